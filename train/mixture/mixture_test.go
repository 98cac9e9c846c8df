package mixture

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/onnxtest"
	"github.com/modelbuild/modelbuild/internal/sampledata"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/matrix"
)

var shapes = []string{Full, Tied, Diagonal, Spherical}

func options(components int, covariance string) Options {
	return Options{Components: components, Covariance: covariance, Regularisation: 1e-6, Restarts: 1, MaxIterations: 3000, Tolerance: 1e-10}
}

func sample(x matrix.Dense) learn.Sample { return learn.Sample{Input: learn.Input{Dense: x}} }

// blobs draws rows around three centres.
func blobs(rows, width int, offset float64) learn.Sample {
	rng := rand.New(rand.NewPCG(3, 4))
	x := matrix.NewDense(rows, width)
	for i := range rows {
		c, shared := rng.IntN(3), rng.NormFloat64()
		for j := range width {
			x.Row(i)[j] = float64(float32(offset + float64(3*c*(j%2+1)) + shared + rng.NormFloat64()*float64(1+c)))
		}
	}
	return sample(x)
}

func fit(t *testing.T, s learn.Sample, o Options) (*Model, learn.Info) {
	t.Helper()
	m, info, err := Fit(context.Background(), s, o, nil)
	require.NoError(t, err)
	return m, info
}

// TestPublicSets compares with the best mean log-likelihood of scikit-learn
// 1.2.1's GaussianMixture, n_init=20, tol=1e-10, max_iter=3000, and with its BIC.
func TestPublicSets(t *testing.T) {
	for _, c := range []struct {
		set        string
		components int
		covariance string
		likelihood float64
		bic        float64
	}{
		{"iris", 3, Full, -1.2012365052, 580.838904}, {"iris", 3, Tied, -1.7090269232, 632.963324},
		{"iris", 3, Diagonal, -2.0478504695, 744.631658}, {"iris", 3, Spherical, -2.5620939149, 853.808974},
		{"wine", 3, Tied, -17.8741955040, 7047.209028}, {"wine", 3, Diagonal, -18.5070892027, 7003.066440},
		{"wine", 3, Spherical, -62.8034267751, 22586.018337},
		{"breast_cancer", 2, Full, 39.0481775978, -38150.040596}, {"diabetes", 4, Tied, -27.0191264570, 24481.856155},
	} {
		s := sampledata.Load(t, c.set)
		o := options(c.components, c.covariance)
		o.Restarts = 20
		m, info := fit(t, s, o)
		require.True(t, info.Converged)
		require.GreaterOrEqual(t, -info.Loss, c.likelihood-1e-6*math.Abs(c.likelihood), "%s %s", c.set, c.covariance)
		if math.Abs(info.Loss+c.likelihood) < 1e-6*math.Abs(c.likelihood) {
			bic, aic := m.Criteria(s.Dense)
			require.InEpsilon(t, c.bic, bic, 1e-5, "%s %s", c.set, c.covariance)
			require.InDelta(t, float64(m.Parameters())*(math.Log(float64(s.Rows()))-2), bic-aic, 1e-6)
		} else {
			t.Logf("%s %s: %v, better than %v", c.set, c.covariance, -info.Loss, c.likelihood)
		}
	}
}

// TestOneComponent has a closed form: the mean and covariance of the rows.
func TestOneComponent(t *testing.T) {
	s := blobs(1000, 3, 50)
	for i := range s.Rows() {
		s.Weight = append(s.Weight, 1+float64(i%3))
	}
	means, total, err := linalg.Design{X: s.Dense, Weight: s.Weight}.Means(context.Background())
	require.NoError(t, err)
	gram, err := linalg.Design{X: s.Dense, Weight: s.Weight}.Gram(context.Background(), means)
	require.NoError(t, err)
	for _, covariance := range shapes {
		m, info := fit(t, s, options(1, covariance))
		require.True(t, info.Converged)
		for c, v := range means {
			require.InEpsilon(t, v, float64(m.Offset[c])+m.Means.Row(0)[c], 1e-12)
		}
		trace, logDet := 0.0, 0.0
		for c := range 3 {
			trace += gram.Row(c)[c] / total / 3
		}
		switch covariance {
		case Full, Tied:
			u, ok := linalg.Factor(gram)
			require.True(t, ok)
			for c := range 3 {
				logDet += math.Log(u.Upper().Row(c)[c] / math.Sqrt(total))
			}
		case Diagonal:
			for c := range 3 {
				logDet += math.Log(gram.Row(c)[c]/total) / 2
			}
		case Spherical:
			logDet = 1.5 * math.Log(trace)
		}
		require.InDelta(t, 1.5+logDet+3*halfLog2Pi, info.Loss, 1e-5, covariance)
	}
}

// plain is the mixture's responsibilities and log-density for one row, from
// the formulas of the package comment and the covariances' inverses.
func plain(m *Model, row []float64) (responsibilities []float64, log float64) {
	k, d := m.Components, m.Width
	p := make([]float64, k)
	sum := 0.0
	for j := range k {
		square, det := 0.0, 1.0
		for c := range d {
			y := 0.0
			for i := range d {
				diff := row[i] - float64(m.Offset[i]) - m.Means.Row(j)[i]
				switch {
				case m.density.covariance == Tied:
					y += diff * m.density.roots[0].Row(i)[c]
				case m.density.covariance == Full:
					y += diff * m.density.roots[j].Row(i)[c]
				case i == c:
					y += diff * m.density.diagonal.Row(j)[c]
				}
			}
			square += y * y
			switch m.density.covariance {
			case Tied:
				det *= m.density.roots[0].Row(c)[c]
			case Full:
				det *= m.density.roots[j].Row(c)[c]
			default:
				det *= m.density.diagonal.Row(j)[c]
			}
		}
		p[j] = m.Weights[j] * det * math.Exp(-square/2) / math.Pow(2*math.Pi, float64(d)/2)
		sum += p[j]
	}
	for j := range p {
		p[j] /= sum
	}
	return p, math.Log(sum)
}

func TestPredict(t *testing.T) {
	s := blobs(300, 4, 7)
	for _, covariance := range shapes {
		m, info := fit(t, s, options(3, covariance))
		got, err := m.Predict(context.Background(), s.Input)
		require.NoError(t, err)
		log, mean := m.LogDensity(s.Dense), 0.0
		for i := range s.Rows() {
			want, density := plain(m, s.Dense.Row(i))
			require.InDeltaSlice(t, want, got.Row(i), 1e-12, covariance)
			require.InDelta(t, density, log[i], 1e-10, covariance)
			mean += log[i] / float64(s.Rows())
		}
		require.InDelta(t, -info.Loss, mean, 1e-6, "but for float32")
	}
}

// TestLikelihoodRises holds each iteration to what expectation maximisation
// promises, without a constant on the diagonals.
func TestLikelihoodRises(t *testing.T) {
	for _, covariance := range shapes {
		o := options(3, covariance)
		o.Regularisation, o.Tolerance, o.MaxIterations = 0, 1e-9, 400
		last := math.Inf(1)
		_, _, err := Fit(context.Background(), blobs(2000, 4, 0), o, func(done, total int, loss float64) {
			require.LessOrEqual(t, loss, last+1e-12, covariance)
			require.Equal(t, 400, total)
			last = loss
		})
		require.NoError(t, err)
	}
}

// TestWeightsAreRepetitions fits each row as often as it weighs.
func TestWeightsAreRepetitions(t *testing.T) {
	weighted := blobs(300, 3, 0)
	var repeated []int
	for i := range weighted.Rows() {
		weighted.Weight = append(weighted.Weight, float64(1+i%3))
		for range 1 + i%3 {
			repeated = append(repeated, i)
		}
	}
	for _, covariance := range shapes {
		o := options(3, covariance)
		o.Restarts = 5
		_, want := fit(t, sampledata.Pick(learn.Sample{Input: weighted.Input}, repeated), o)
		_, got := fit(t, weighted, o)
		require.InEpsilon(t, want.Loss, got.Loss, 1e-6, covariance)
	}
}

// TestExtremes fits what a formula might stumble over.
func TestExtremes(t *testing.T) {
	constant, huge := matrix.NewDense(60, 3), blobs(50, 3, 0)
	for i := range constant.Rows {
		constant.Row(i)[0], constant.Row(i)[1], constant.Row(i)[2] = 5, float64(i%3), float64(i%3)
	}
	for i := range huge.Dense.Data {
		huge.Dense.Data[i] = float64(float32(huge.Dense.Data[i] * 1e34))
	}
	for name, c := range map[string]struct {
		s learn.Sample
		k int
	}{
		"one row":                     {sample(matrix.Dense{Rows: 1, Width: 2, Data: []float64{1, 2}}), 1},
		"as many components as rows":  {blobs(4, 3, 0), 4},
		"constant and equal columns":  {sample(constant), 3},
		"more columns than rows":      {blobs(6, 30, 0), 2},
		"huge":                        {huge, 3},
		"far from zero, barely apart": {blobs(100, 2, 1e7), 3},
	} {
		for _, covariance := range shapes {
			for _, regularisation := range []float64{0, 1e-6} {
				o := options(c.k, covariance)
				o.Regularisation, o.MaxIterations = regularisation, 50
				m, info := fit(t, c.s, o)
				require.True(t, m.Finite(), "%s %s", name, covariance)
				require.False(t, math.IsNaN(info.Loss) || math.IsInf(info.Loss, 0), "%s %s", name, covariance)
				out, err := m.Predict(context.Background(), c.s.Input)
				require.NoError(t, err)
				for i := range out.Rows {
					sum := 0.0
					for _, v := range out.Row(i) {
						sum += v
					}
					require.InDelta(t, 1, sum, 1e-9, "%s %s", name, covariance)
				}
			}
		}
	}
}

func TestFewerDistinctRowsThanComponents(t *testing.T) {
	_, _, err := Fit(context.Background(), sample(matrix.NewDense(5, 2)), options(2, Full), nil)
	var problems job.Problems
	require.ErrorAs(t, err, &problems)
	require.Equal(t, "train.params.components", problems[0].Field)
}

func TestIterationLimit(t *testing.T) {
	o := options(3, Full)
	o.MaxIterations, o.Tolerance = 2, 0
	_, info := fit(t, blobs(500, 3, 0), o)
	require.Equal(t, learn.Info{Iterations: 2, Loss: info.Loss, Stopped: "max_iterations"}, info)
}

func TestThreadsDoNotChangeBits(t *testing.T) {
	s := blobs(3000, 5, 0)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, covariance := range shapes {
		var first *Model
		for _, n := range []int{1, 2, 8} {
			runtime.GOMAXPROCS(n)
			o := options(4, covariance)
			o.MaxIterations = 10
			m, _ := fit(t, s, o)
			if n == 1 {
				first = m
			}
			require.Equal(t, first, m, "%s with %d threads", covariance, n)
		}
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	_, _, err := Fit(ctx, blobs(2000, 4, 0), options(3, Full), func(int, int, float64) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
}

func TestExport(t *testing.T) {
	for name, s := range map[string]learn.Sample{
		"iris": sampledata.Load(t, "iris"), "wine": sampledata.Load(t, "wine"), "far": blobs(300, 3, 1e4),
	} {
		for _, covariance := range shapes {
			if name == "wine" && covariance != Full {
				continue
			}
			m, _ := fit(t, s, options(3, covariance))
			want, err := m.Predict(context.Background(), s.Input)
			require.NoError(t, err)
			scores, labels := onnxtest.Score(t, m, s.Dense, 3)
			for i := range s.Rows() {
				require.Equal(t, sampledata.Top(want.Row(i)), labels[i], "%s %s", name, covariance)
				require.InDeltaSlice(t, want.Row(i), scores[i], 1e-7, "%s %s", name, covariance)
			}
		}
	}
}
