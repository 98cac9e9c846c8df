package logistic

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/sampledata"
	"github.com/modelbuild/modelbuild/train/learn"
)

// TestAgainstScikitLearn compares coefficients with those of scikit-learn 1.2.1
// on standardised features: LogisticRegression(C=(1-l1_ratio)/l2, tol=1e-12)
// with solver newton-cg, or saga where there is an L1 penalty.
func TestAgainstScikitLearn(t *testing.T) {
	balanced := func(s learn.Sample) []float64 {
		count := make([]float64, s.Classes)
		for _, c := range s.Class {
			count[c]++
		}
		w := make([]float64, len(s.Class))
		for i, c := range s.Class {
			w[i] = float64(len(w)) / (float64(s.Classes) * count[c])
		}
		return w
	}
	rising := func(s learn.Sample) []float64 {
		w := make([]float64, len(s.Class))
		for i := range w {
			w[i] = float64(1 + i%3)
		}
		return w
	}
	none := func(learn.Sample) []float64 { return nil }
	cases := []struct {
		name, data   string
		l2, l1       float64
		weight       func(learn.Sample) []float64
		coefficients [][]float64 // of the first features of each vector
		intercepts   []float64
	}{
		{"C=1", "breast_cancer", 1, 0, none,
			[][]float64{{-0.363092558, -0.387675275, -0.351062301, -0.43560969, -0.161830917, 0.562653814}}, []float64{0.214502723}},
		{"C=0.1, L1", "breast_cancer", 0, 10, none,
			[][]float64{{0, 0, 0, 0, 0, 0, 0, -0.519478836, 0, 0, -0.319860497, 0, 0, 0, 0, 0, 0, 0, 0, 0, -2.24940568, -0.735434671, 0, 0,
				-0.181703768, 0, -0.0255472355, -1.09534542, -0.162851296, 0}}, []float64{0.693647789}},
		{"C=0.1, l1_ratio=0.3", "breast_cancer", 7, 3, none,
			[][]float64{{-0.349740419, -0.325158751, -0.332858311, -0.307247209, -0.0236005064, 0, -0.241918548, -0.469445358}},
			[]float64{0.533625733}},
		{"C=0.5, balanced", "wine", 2, 0, balanced,
			[][]float64{{0.673435319, 0.137346884, 0.383749116, -0.691808645}, {-0.862095086, -0.374361961, -0.667905637, 0.454651528},
				{0.188659767, 0.237015076, 0.284156521, 0.237157117}}, []float64{0.30380134, 0.560334067, -0.864135407}},
		{"C=2, l1_ratio=0.5, weighted", "wine", 0.25, 0.25, rising,
			[][]float64{{1.08737624, 0.0430452603, 0.228594471, -1.18874553}, {-1.39715944, -0.836712453, -1.58675807, 0.771376448},
				{0, 0, 0.358163596, 0}}, []float64{0.68342347, 0.732081549, -1.41550502}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := sampledata.Load(t, c.data)
			s, _ = sampledata.Standard(s, s)
			s.Weight = c.weight(s)
			got, info := fit(t, s, options(c.l2, c.l1))
			require.True(t, info.Converged, "%+v", info)
			var intercepts []float64
			for k, want := range c.coefficients {
				v := got[k*(s.Dense.Width+1):]
				require.InDeltaSlice(t, want, v[:len(want)], 2e-6)
				intercepts = append(intercepts, v[s.Dense.Width])
			}
			// The intercepts of several classes are determined but for a constant.
			shift := 0.0
			if len(c.intercepts) > 1 {
				shift = intercepts[0] - c.intercepts[0]
			}
			for k, want := range c.intercepts {
				require.InDelta(t, want, intercepts[k]-shift, 2e-6)
			}
		})
	}
}
