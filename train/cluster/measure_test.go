package cluster

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/sampledata"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// TestPublicSets compares with sklearn.metrics of scikit-learn 1.2.1, the
// classes standing for clusters.
func TestPublicSets(t *testing.T) {
	for _, c := range []struct {
		set                                         string
		silhouette, daviesBouldin, calinskiHarabasz float64
	}{
		{"iris", 0.503477446, 0.751370699, 487.33089}, {"wine", 0.200082979, 1.515486252, 206.67812},
		{"digits", 0.162943205, 2.151709738, 144.19028}, {"breast_cancer", 0.513696769, 0.720645211, 633.63111},
	} {
		s := sampledata.Load(t, c.set)
		m := Measure(s.Dense, s.Class, s.Classes)
		require.InDelta(t, c.silhouette, m["silhouette"], 1e-6, c.set)
		require.InDelta(t, c.daviesBouldin, m["davies_bouldin"], 1e-6, c.set)
		require.InEpsilon(t, c.calinskiHarabasz, m["calinski_harabasz"], 1e-6, c.set)

		noisy := append(append([]float64(nil), s.Dense.Data...), make([]float64, 3*s.Dense.Width)...)
		x := matrix.Dense{Rows: s.Rows() + 3, Width: s.Dense.Width, Data: noisy}
		require.Equal(t, m, Measure(x, append(append([]int(nil), s.Class...), -1, s.Classes, -1), s.Classes), "noise is left out")
	}
}

func TestWhatIsNotDefined(t *testing.T) {
	x := matrix.Dense{Rows: 4, Width: 1, Data: []float64{1, 1, 5, 5}}
	require.Empty(t, Measure(x, []int{0, 0, 0, 0}, 3))
	require.Empty(t, Measure(x, []int{-1, -1, -1, -1}, 3))
	require.Empty(t, Measure(matrix.Dense{Width: 1}, nil, 2))
	require.Equal(t, map[string]float64{"davies_bouldin": 0, "silhouette": 1}, Measure(x, []int{0, 0, 2, 2}, 3))
	require.Equal(t, map[string]float64{"davies_bouldin": 0}, Measure(x, []int{0, 1, 2, 3}, 4))
}

func TestManyRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	x, label := matrix.NewDense(9000, 2), make([]int, 9000)
	for i := range label {
		label[i] = i % 3
		x.Row(i)[0], x.Row(i)[1] = rng.NormFloat64()+float64(4*label[i]), rng.NormFloat64()
	}
	g := newGroups(x, label, 3)
	require.Equal(t, mostRows, g.thin().rows)
	few, _ := g.thin().silhouette()
	all, _ := g.silhouette()
	require.InDelta(t, all, few, 0.02)
}

func TestLabels(t *testing.T) {
	require.Equal(t, []int{1, 0, 2}, Labels(matrix.Dense{Rows: 3, Width: 3, Data: []float64{0, 2, 1, 3, 3, 1, -2, -2, -1}}))
}
