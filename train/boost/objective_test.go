package boost

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/parallel"
)

// TestGradients compares gradients and hessians with differences of the loss.
func TestGradients(t *testing.T) {
	const rows = 300
	rng := rand.New(rand.NewPCG(1, 2))
	value := learn.Target{}
	for range rows {
		value.Value = append(value.Value, rng.ExpFloat64()+0.1)
		value.Weight = append(value.Weight, rng.Float64()+0.5)
	}
	class := func(n int) learn.Target {
		out := learn.Target{Classes: n, Weight: value.Weight}
		for range rows {
			out.Class = append(out.Class, rng.IntN(n))
		}
		return out
	}
	for name, c := range map[string]struct {
		target  learn.Target
		options Options
		hessian float64 // by what the second derivative is multiplied; zero for none
	}{
		"logistic":     {class(2), Options{}, 1},
		"softmax":      {class(3), Options{}, 1.5},
		SquaredError:   {value, Options{Objective: SquaredError}, 1},
		Quantile:       {value, Options{Objective: Quantile, Alpha: 0.2}, 0},
		AbsoluteError:  {value, Options{Objective: AbsoluteError}, 0},
		Poisson:        {value, Options{Objective: Poisson}, 1},
		Gamma:          {value, Options{Objective: Gamma}, 1},
		Tweedie:        {value, Options{Objective: Tweedie, TweediePower: 1.3}, 1},
		Tweedie + " 2": {value, Options{Objective: Tweedie, TweediePower: 1.8}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			o := newObjective(target{c.target}, c.options)
			s := &state{target: target{c.target}, pairs: make([]int64, rows), norm: make([]float64, rows)}
			for range o.start() {
				s.scores = append(s.scores, make([]float64, rows))
			}
			for _, z := range s.scores {
				for i := range z {
					z[i] = rng.NormFloat64()
				}
			}
			all := parallel.Range{To: rows}
			for k, z := range s.scores {
				got := o.gradients(s, k, all)
				total := 0.0
				for i, w := range c.target.Weight {
					at := z[i]
					f := func(d float64) float64 {
						z[i] = at + d
						defer func() { z[i] = at }()
						return w * o.loss(s, i)
					}
					const d = 1e-4
					total += f(0)
					require.InDelta(t, (f(d)-f(-d))/(2*d), float32At(s.pairs[i]>>32), 1e-5*w*(1+math.Exp(math.Abs(at))))
					if c.hessian > 0 {
						require.InDelta(t, c.hessian*(f(d)+f(-d)-2*f(0))/(d*d), float32At(s.pairs[i]), 1e-5*w*(1+math.Exp(math.Abs(at))))
					}
				}
				if k == 0 {
					require.InDelta(t, total, got.loss, 1e-6*total)
				}
			}
		})
	}
}

func float32At(bits int64) float64 { return float64(math.Float32frombits(uint32(bits))) }

// TestStart checks that the first scores are where the sum of gradients is
// zero, or for quantiles changes its sign.
func TestStart(t *testing.T) {
	s := valued(1, 501)
	for i, v := range s.Value {
		s.Value[i] = math.Exp(v)
	}
	for _, objective := range []string{SquaredError, Quantile, AbsoluteError, Poisson, Gamma, Tweedie} {
		opt := options()
		opt.Objective, opt.Alpha = objective, 0.3
		o := newObjective(target{s.Target}, opt)
		st := &state{target: target{s.Target}, pairs: make([]int64, 501), scores: [][]float64{filled(501, o.start()[0])}}
		o.gradients(st, 0, parallel.Range{To: 501})
		sum := 0.0
		for _, p := range st.pairs {
			sum += float32At(p >> 32)
		}
		require.InDelta(t, 0, sum, 1, objective)
	}
}

func TestQuantileCoverage(t *testing.T) {
	train, test := valued(21, 8000), valued(22, 8000)
	for _, alpha := range []float64{0.1, 0.5, 0.9} {
		o := options()
		o.Objective, o.Alpha = Quantile, alpha
		m, _ := fit(t, train, o)
		p := predict(t, m, test.Columns).Data
		below := 0.0
		for i, v := range test.Value {
			if v <= p[i] {
				below += 1.0 / float64(len(p))
			}
		}
		require.InDelta(t, alpha, below, 0.04)
	}
	o := options()
	o.Objective = Quantile
	median, _ := fit(t, train, o)
	o.Objective = AbsoluteError
	absolute, _ := fit(t, train, o)
	require.Equal(t, median, absolute)
}

// TestCounts fits objectives with a logarithmic link to targets whose mean is
// known.
func TestCounts(t *testing.T) {
	x, signal := drawn(31, 8000)
	rng := rand.New(rand.NewPCG(3, 3))
	counts, amounts := make([]float64, len(signal)), make([]float64, len(signal))
	for i, v := range signal {
		mean := math.Exp(v)
		for sum := rng.ExpFloat64(); sum < mean; sum += rng.ExpFloat64() {
			counts[i]++ // Poisson
		}
		amounts[i] = mean * rng.ExpFloat64()
	}
	for objective, y := range map[string][]float64{Poisson: counts, Gamma: amounts, Tweedie: counts} {
		o := options()
		o.Objective = objective
		m, info := fit(t, learn.Sample{Input: learn.Input{Columns: x}, Target: learn.Target{Value: y}}, o)
		p := predict(t, m, x).Data
		sum, total, want := 0.0, 0.0, 0.0
		for i, v := range p {
			sum += math.Abs(math.Log(v) - signal[i])
			total += v
			want += y[i]
		}
		require.Less(t, sum/float64(len(p)), 0.35, objective)
		require.InEpsilon(t, want, total, 0.15, objective)
		require.False(t, math.IsNaN(info.Loss))
	}
}

// TestFarStart begins where most rows are zero and one is not: the steps are
// limited, so that nothing overflows.
func TestFarStart(t *testing.T) {
	s := valued(41, 400)
	for i := range s.Value {
		s.Value[i] = 0
	}
	s.Value[7] = 1e6
	o := options()
	o.MinSamples, o.LearningRate, o.L2 = 1, 1, 0
	for _, objective := range []string{Poisson, Tweedie} {
		o.Objective = objective
		m, _ := fit(t, s, o)
		p := predict(t, m, s.Columns).Data
		require.Greater(t, p[7], 1e5, objective)
		require.Less(t, slices.Max(slices.Delete(p, 7, 8)), 100.0, objective)
	}
}

func TestScaleHoldsSums(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for _, n := range []int{1, 2, 1000, 100_000} {
		for _, magnitude := range []float64{1e-30, 1, 1e30} {
			v := learn.Target{}
			for range n {
				v.Value = append(v.Value, rng.ExpFloat64()*magnitude) // all gradients have one sign
				v.Weight = append(v.Weight, 3*rng.ExpFloat64()+1e-3)
			}
			s := &state{target: target{v}, pairs: make([]int64, n), scores: [][]float64{make([]float64, n)}}
			c, _, err := s.differentiate(context.Background(), newObjective(target{v}, options()), 0)
			require.NoError(t, err)
			g, h, sum := 0.0, 0.0, int64(0)
			for i, p := range s.pairs {
				g -= v.Value[i] * v.Weight[i]
				h += v.Weight[i]
				sum += p
			}
			require.InEpsilon(t, g, gradientOf(sum)*c.gradient, 1e-4)
			require.InEpsilon(t, h, hessianOf(sum)*c.hessian, 1e-4)
		}
	}
}
