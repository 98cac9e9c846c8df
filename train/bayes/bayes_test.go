package bayes

import (
	"context"
	"errors"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/onnxtest"
	"github.com/modelbuild/modelbuild/internal/sampledata"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
)

func defaults(distribution string) Options {
	return Options{Distribution: distribution, VarSmoothing: 1e-9, Alpha: 1}
}

func fit(t *testing.T, s learn.Sample, o Options) *Model {
	t.Helper()
	m, info, err := Fit(context.Background(), s, o, nil)
	require.NoError(t, err)
	require.True(t, info.Converged)
	require.True(t, m.Finite())
	return m
}

func predict(t *testing.T, m *Model, x matrix.Dense) matrix.Dense {
	t.Helper()
	p, err := m.Predict(context.Background(), learn.Input{Dense: x})
	require.NoError(t, err)
	for i := range p.Rows {
		sum := 0.0
		for _, v := range p.Row(i) {
			sum += v
		}
		require.InDelta(t, 1, sum, 1e-6)
	}
	return p
}

func sample(rows [][]float64, class []int, weight []float64) learn.Sample {
	s := learn.Sample{Target: learn.Target{Class: class, Weight: weight}}
	s.Dense = matrix.NewDense(len(rows), len(rows[0]))
	for i, r := range rows {
		copy(s.Dense.Row(i), r)
		s.Classes = max(s.Classes, class[i]+1)
	}
	return s
}

// TestAgainstScikitLearn holds out every third row. The figures are those of
// GaussianNB(), MultinomialNB() and BernoulliNB() of scikit-learn 1.2.1, the
// last on features standardised by the training rows.
func TestAgainstScikitLearn(t *testing.T) {
	const epsilon = 0x1p-52 // where its log_loss clips
	cases := []struct {
		set, distribution string
		accuracy, logLoss float64
	}{
		{"iris", Gaussian, 0.94, 0.17802358516687863},
		{"iris", Multinomial, 0.94, 0.5808060578365558},
		{"iris", Bernoulli, 0.76, 0.4964230573625272},
		{"wine", Gaussian, 0.9830508474576272, 0.051228608011972855},
		{"wine", Multinomial, 0.8135593220338984, 0.8851285345841565},
		{"wine", Bernoulli, 0.9491525423728814, 0.12275652607147329},
		{"breast_cancer", Gaussian, 0.9312169312169312, 0.9733859318484216},
		{"breast_cancer", Multinomial, 0.8835978835978836, 1.6916159065756968},
		{"breast_cancer", Bernoulli, 0.9206349206349206, 0.5241655922088111},
		{"digits", Gaussian, 0.8196994991652755, 3.0828133273553733},
		{"digits", Multinomial, 0.9081803005008348, 1.8548694677913162},
		{"digits", Bernoulli, 0.8831385642737897, 0.6844489663775638},
	}
	for _, c := range cases {
		t.Run(c.set+" "+c.distribution, func(t *testing.T) {
			train, test := sampledata.Split(sampledata.Load(t, c.set))
			if c.distribution == Bernoulli {
				train, test = sampledata.Standard(train, test)
			}
			p := predict(t, fit(t, train, defaults(c.distribution)), test.Dense)
			require.InDelta(t, c.accuracy, sampledata.Accuracy(p, test.Class), 1e-12)
			loss := 0.0
			for i, k := range test.Class {
				loss -= math.Log(min(1-epsilon, max(epsilon, p.Row(i)[k]))) / float64(p.Rows)
			}
			require.InEpsilon(t, c.logLoss, loss, 1e-5)
		})
	}
}

// TestGaussianByHand checks the parameters and one density.
func TestGaussianByHand(t *testing.T) {
	m := fit(t, sample([][]float64{{1}, {3}, {10}, {14}, {18}}, []int{0, 0, 1, 1, 1}, nil), Options{Distribution: Gaussian})
	require.Equal(t, []float32{2, 14}, m.Mean)
	require.InDeltaSlice(t, []float32{1, float32(math.Sqrt(32.0 / 3))}, m.Deviation, 1e-6)
	normal := func(x, mean, variance float64) float64 {
		return math.Exp(-(x-mean)*(x-mean)/2/variance) / math.Sqrt(variance)
	}
	a, b := 2*normal(5, 2, 1), 3*normal(5, 14, 32.0/3)
	p := predict(t, m, matrix.Dense{Rows: 1, Width: 1, Data: []float64{5}})
	require.InDelta(t, a/(a+b), p.Row(0)[0], 1e-6)
	m = fit(t, sample([][]float64{{1}, {3}, {10}, {14}, {18}}, []int{0, 0, 1, 1, 1}, nil), Options{Distribution: Gaussian, Uniform: true})
	p = predict(t, m, matrix.Dense{Rows: 1, Width: 1, Data: []float64{5}})
	require.InDelta(t, a*3/(a*3+b*2), p.Row(0)[0], 1e-6)
}

// TestWeights makes a row of weight three count as three rows.
func TestWeights(t *testing.T) {
	rows := [][]float64{{1, 0}, {2, 1}, {4, 1}, {0, 3}, {1, 5}, {3, 1}}
	class := []int{0, 0, 0, 1, 1, 1}
	weight := []float64{1, 3, 2, 1, 1, 3}
	var many [][]float64
	var manyClass []int
	for i, w := range weight {
		for range int(w) {
			many, manyClass = append(many, rows[i]), append(manyClass, class[i])
		}
	}
	for _, d := range []string{Gaussian, Multinomial, Bernoulli} {
		weighted := predict(t, fit(t, sample(rows, class, weight), defaults(d)), sample(rows, class, nil).Dense)
		repeated := predict(t, fit(t, sample(many, manyClass, nil), defaults(d)), sample(rows, class, nil).Dense)
		require.InDeltaSlice(t, repeated.Data, weighted.Data, 1e-6, d)
	}
}

func TestHardInput(t *testing.T) {
	const huge = 3e38
	cases := map[string]learn.Sample{
		"one row":             sample([][]float64{{1, 2}}, []int{0}, nil),
		"constant columns":    sample([][]float64{{1, 2}, {1, 2}, {1, 2}}, []int{0, 1, 1}, nil),
		"constant by class":   sample([][]float64{{1, 2}, {1, 2}, {3, 2}}, []int{0, 0, 1}, nil),
		"more columns":        sample([][]float64{{1, 2, 3, 4}, {2, 3, 1, 0}}, []int{0, 1}, nil),
		"a class without":     sample([][]float64{{1, 2}, {2, 0}, {5, 5}}, []int{0, 2, 2}, nil),
		"huge":                sample([][]float64{{huge, 0}, {huge / 2, huge}, {0, huge}}, []int{0, 1, 1}, nil),
		"tiny":                sample([][]float64{{1e-40, 0}, {1e-42, 1e-41}, {0, 1e-43}}, []int{0, 1, 1}, nil),
		"far from the origin": sample([][]float64{{1e7, 1}, {1e7 + 1, 1}, {1e7 + 2, 1}, {1e7 + 3, 1}}, []int{0, 0, 1, 1}, nil),
	}
	for name, s := range cases {
		for _, o := range []Options{defaults(Gaussian), {Distribution: Gaussian}, defaults(Multinomial), defaults(Bernoulli), {Distribution: Bernoulli}} {
			t.Run(name+" "+o.Distribution, func(t *testing.T) {
				m := fit(t, s, o)
				p := predict(t, m, s.Dense)
				if o.Distribution == Gaussian {
					scores, labels := onnxtest.Score(t, m, s.Dense, s.Classes)
					compare(t, p, scores, labels)
				}
			})
		}
	}
}

func compare(t *testing.T, p matrix.Dense, scores [][]float64, labels []int) {
	t.Helper()
	for i, got := range scores {
		require.InDeltaSlice(t, p.Row(i), got, 1e-5, "row %d", i)
		require.Equal(t, sampledata.Top(p.Row(i)), labels[i], "row %d", i)
	}
}

func TestOracle(t *testing.T) {
	for _, set := range []string{"iris", "breast_cancer", "digits"} {
		for _, d := range []string{Gaussian, Multinomial, Bernoulli} {
			t.Run(set+" "+d, func(t *testing.T) {
				train, test := sampledata.Split(sampledata.Load(t, set))
				m := fit(t, train, defaults(d))
				scores, labels := onnxtest.Score(t, m, test.Dense, test.Classes)
				compare(t, predict(t, m, test.Dense), scores, labels)
			})
		}
	}
}

func TestThreadsDoNotChangeBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	s := sampledata.Load(t, "digits")
	for _, d := range []string{Gaussian, Multinomial, Bernoulli} {
		var first *Model
		for _, n := range []int{1, 2, 8} {
			runtime.GOMAXPROCS(n)
			m := fit(t, s, defaults(d))
			if first == nil {
				first = m
			}
			require.Equal(t, first, m)
			require.Equal(t, predict(t, first, s.Dense), predict(t, m, s.Dense))
		}
	}
}

func TestRefusals(t *testing.T) {
	var ps job.Problems
	s := sample([][]float64{{1, 2}, {0, -1}}, []int{0, 1}, nil)
	_, _, err := Fit(context.Background(), s, defaults(Multinomial), nil)
	require.True(t, errors.As(err, &ps))
	require.Contains(t, ps[0].Message, "feature 1 has the value -1")
	_, _, err = Fit(context.Background(), s, defaults("poisson"), nil)
	require.True(t, errors.As(err, &ps))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, d := range []string{Gaussian, Bernoulli} {
		_, _, err = Fit(ctx, s, defaults(d), nil)
		require.ErrorIs(t, err, context.Canceled)
	}
}

func TestFinite(t *testing.T) {
	require.False(t, (&Model{Offset: []float32{float32(math.Inf(1))}}).Finite())
}
