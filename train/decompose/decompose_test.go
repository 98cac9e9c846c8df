package decompose

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/modelbuild/modelbuild/internal/onnxtest"
	"github.com/modelbuild/modelbuild/internal/sampledata"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
)

func sample(x matrix.Dense) learn.Sample { return learn.Sample{Input: learn.Input{Dense: x}} }

// ellipsoid draws rows with the columns of a random rotation stretched.
func ellipsoid(rows, width int, offset float64) learn.Sample {
	rng := rand.New(rand.NewPCG(uint64(rows), uint64(width)))
	mix := matrix.NewDense(width, width)
	for i := range mix.Data {
		mix.Data[i] = rng.NormFloat64() / math.Pow(1.3, float64(i/width))
	}
	x := matrix.NewDense(rows, width)
	for i := range rows {
		for k := range width {
			z := rng.NormFloat64()
			for j := range width {
				x.Row(i)[j] += z * mix.Row(k)[j]
			}
		}
		for j, v := range x.Row(i) {
			x.Row(i)[j] = float64(float32(v + offset))
		}
	}
	return sample(x)
}

func fit(t *testing.T, s learn.Sample, o Options) (*Model, learn.Info) {
	t.Helper()
	m, info, err := Fit(context.Background(), s, o, nil)
	require.NoError(t, err)
	require.True(t, m.Finite())
	return m, info
}

// shapes lead to each of the four methods.
var shapes = []struct {
	name        string
	rows, width int
}{
	{"columns", 400, 6}, {"triangle", 40, 12}, {"rows turned", 9, 14}, {"many columns", mostTurned + 9, mostTurned + 1},
	{"many rows", mostTurned + 1, mostTurned + 9},
}

// TestAgainstGonum compares with the singular value decomposition of gonum's
// stat package.
func TestAgainstGonum(t *testing.T) {
	for _, shape := range shapes {
		s := ellipsoid(shape.rows, shape.width, 3)
		var pc stat.PC
		require.True(t, pc.PrincipalComponents(mat.NewDense(shape.rows, shape.width, s.Dense.Data), nil))
		want := pc.VarsTo(nil)
		var vectors mat.Dense
		pc.VectorsTo(&vectors)
		k := min(shape.rows-1, shape.width, 8)
		m, _ := fit(t, s, Options{Components: k})
		for i := range k {
			require.InEpsilon(t, want[i], m.Variance[i], 1e-9, shape.name)
			sign := 0.0
			for c := range shape.width {
				sign += vectors.At(c, i) * float64(m.Loadings[i*m.Width+c])
			}
			require.InDelta(t, 1, math.Abs(sign), 1e-5, shape.name)
		}
	}
}

// TestPublicSets compares with scikit-learn 1.2.1: the explained shares of
// PCA(svd_solver="full") and TruncatedSVD(algorithm="arpack"), and the first
// variance of the former.
func TestPublicSets(t *testing.T) {
	for _, c := range []struct {
		set            string
		pca, truncated []float64
		variance       float64
		most           int // components for 0.95 of the variance
	}{
		{"iris", []float64{0.9246187257, 0.05306648035, 0.01710261008, 0.005212183884}, []float64{0.528753608, 0.4484557608, 0.01757678371},
			4.228241662180118, 2},
		{"wine", []float64{0.9980912305, 0.001735915625, 9.495895786e-05, 5.021735662e-05, 1.236368472e-05},
			[]float64{0.9876618769, 0.01206028235, 0.0001839731277, 5.148985997e-05, 1.943362901e-05}, 99201.78951750914, 1},
		{"digits", []float64{0.1489059358, 0.1361877124, 0.1179459376, 0.08409979421, 0.05782414664, 0.04916910317},
			[]float64{0.02870850775, 0.1489005008, 0.1360574764, 0.1177128153, 0.08388759611, 0.05778549834}, 179.00693009797206, 29},
		{"breast_cancer", []float64{0.9820446715, 0.01617648989, 0.00155751071, 0.0001209319665},
			[]float64{0.9744078146, 0.02168862321, 0.002630626458, 0.001163272025}, 443782.6045872311, 1},
		{"diabetes", []float64{0.7324915253, 0.09621207938, 0.0747108701}, []float64{0.5870380942, 0.2188730526, 0.08926702886},
			2056.0967955905635, 5},
	} {
		s := sampledata.Load(t, c.set)
		m, _ := fit(t, s, Options{Components: len(c.pca)})
		require.InDeltaSlice(t, c.pca, m.Ratio, 1e-8, c.set)
		require.InEpsilon(t, c.variance, m.Variance[0], 1e-9, c.set)
		m, _ = fit(t, s, Options{Variance: 0.95})
		require.Equal(t, c.most, m.Components, c.set)
		m, _ = fit(t, s, Options{Components: len(c.truncated), Uncentred: true})
		require.InDeltaSlice(t, c.truncated, m.Ratio, 1e-8, c.set)
		require.Nil(t, m.Mean)
	}
}

// TestCoordinates checks what the coordinates of the training rows must be:
// uncorrelated, of the variances claimed, and, with all components, as far
// apart as the rows.
func TestCoordinates(t *testing.T) {
	for _, shape := range shapes[:3] {
		for _, whiten := range []bool{false, true} {
			s := ellipsoid(shape.rows, shape.width, -2)
			m, info := fit(t, s, Options{Whiten: whiten})
			out, err := m.Predict(context.Background(), s.Input)
			require.NoError(t, err)
			n := float64(out.Rows)
			for a := range m.Components {
				for b := range a + 1 {
					sum := 0.0
					for i := range out.Rows {
						sum += out.Row(i)[a] * out.Row(i)[b]
					}
					want := 0.0
					if a == b {
						want = m.Variance[a]
						if whiten {
							want = 1
						}
						if a >= out.Rows-1 {
							want = 0
						}
					}
					require.InDelta(t, want, sum/(n-1), 1e-4*(1+want), "%s: %d and %d", shape.name, a, b)
				}
			}
			require.InDelta(t, 0, info.Loss, 1e-9)
		}
	}
}

func TestSigns(t *testing.T) {
	for _, shape := range shapes[:3] {
		m, _ := fit(t, ellipsoid(shape.rows, shape.width, 1), Options{Components: 3})
		for k := range 3 {
			top := 0.0
			for _, v := range m.Loadings[k*m.Width : (k+1)*m.Width] {
				if math.Abs(float64(v)) > math.Abs(top) {
					top = float64(v)
				}
			}
			require.Positive(t, top)
		}
	}
}

// TestWeightsAreRepetitions fits each row as often as it weighs.
func TestWeightsAreRepetitions(t *testing.T) {
	for _, o := range []Options{{Components: 4}, {Components: 4, Whiten: true}, {Components: 4, Uncentred: true}} {
		for _, shape := range shapes[:3] {
			weighted := ellipsoid(shape.rows, shape.width, 2)
			var repeated []int
			for i := range weighted.Rows() {
				weighted.Weight = append(weighted.Weight, float64(1+i%3))
				for range 1 + i%3 {
					repeated = append(repeated, i)
				}
			}
			want, loss := fit(t, sampledata.Pick(learn.Sample{Input: weighted.Input}, repeated), o)
			got, info := fit(t, weighted, o)
			require.InEpsilon(t, loss.Loss, info.Loss, 1e-9)
			require.InDeltaSlice(t, want.Ratio, got.Ratio, 1e-12)
			for i, v := range want.Loadings {
				require.InDelta(t, v, got.Loadings[i], 1e-5)
			}
		}
	}
}

func TestLoss(t *testing.T) {
	s := ellipsoid(300, 5, 4)
	m, info := fit(t, s, Options{Components: 2})
	out, err := m.Predict(context.Background(), s.Input)
	require.NoError(t, err)
	sum := 0.0
	for i := range out.Rows {
		for c, v := range s.Dense.Row(i) {
			image := float64(m.Mean[c])
			for k, z := range out.Row(i) {
				image += z * float64(m.Loadings[k*m.Width+c])
			}
			sum += (v - image) * (v - image)
		}
	}
	require.InEpsilon(t, sum/float64(out.Rows), info.Loss, 1e-6)
}

func TestTooManyComponents(t *testing.T) {
	_, _, err := Fit(context.Background(), ellipsoid(3, 7, 0), Options{Components: 4}, nil)
	var problems job.Problems
	require.ErrorAs(t, err, &problems)
	require.Equal(t, "4 components are asked for, and 3 training rows of 7 features have at most 3", problems[0].Message)
}

func TestExtremes(t *testing.T) {
	constant, huge := matrix.NewDense(80, 3), ellipsoid(60, 3, 0)
	for i := range constant.Rows {
		constant.Row(i)[0], constant.Row(i)[1], constant.Row(i)[2] = 5, float64(i%4), float64(i%4)
	}
	for i := range huge.Dense.Data {
		huge.Dense.Data[i] = float64(float32(huge.Dense.Data[i] * 1e35))
	}
	for name, s := range map[string]learn.Sample{
		"one row": sample(matrix.Dense{Rows: 1, Width: 3, Data: []float64{1, 2, 3}}), "one column": ellipsoid(50, 1, 0),
		"constant and equal columns": sample(constant), "all constant": sample(matrix.NewDense(40, 2)), "wide": ellipsoid(4, 30, 0),
		"equal rows, wide": sample(matrix.NewDense(3, 20)), "huge": huge,
	} {
		for _, o := range []Options{{}, {Whiten: true}, {Variance: 0.9}, {Uncentred: true}, {Components: 1, Whiten: true}} {
			m, info := fit(t, s, o)
			require.False(t, math.IsNaN(info.Loss) || math.IsInf(info.Loss, 0), name)
			for _, v := range append(m.Variance, m.Ratio...) {
				require.False(t, math.IsNaN(v) || math.IsInf(v, 0), name)
			}
			out, err := m.Predict(context.Background(), s.Input)
			require.NoError(t, err)
			for _, v := range out.Data {
				require.False(t, math.IsNaN(v) || math.IsInf(v, 0), name)
			}
		}
	}
}

func TestThreadsDoNotChangeBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, shape := range shapes[:3] {
		var first *Model
		for _, n := range []int{1, 2, 8} {
			runtime.GOMAXPROCS(n)
			m, _ := fit(t, ellipsoid(20*shape.rows, shape.width, 0), Options{Whiten: true})
			if n == 1 {
				first = m
			}
			require.Equal(t, first, m, "%s with %d threads", shape.name, n)
		}
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, shape := range shapes {
		_, _, err := Fit(ctx, ellipsoid(shape.rows, shape.width, 0), Options{}, nil)
		require.ErrorIs(t, err, context.Canceled)
	}
}

func TestExport(t *testing.T) {
	for _, set := range []string{"iris", "wine", "digits"} {
		s := sampledata.Load(t, set)
		for _, o := range []Options{{Components: 3}, {Components: 4, Whiten: true}, {Components: 3, Uncentred: true}} {
			m, _ := fit(t, s, o)
			want, err := m.Predict(context.Background(), s.Input)
			require.NoError(t, err)
			scores, labels := onnxtest.Score(t, m, s.Dense, m.Components)
			for i := range s.Rows() {
				require.Equal(t, sampledata.Top(want.Row(i)), labels[i], set)
				norm := 0.0
				for _, v := range s.Dense.Row(i) {
					norm = math.Max(norm, math.Abs(v))
				}
				require.InDeltaSlice(t, want.Row(i), scores[i], 1e-6*(1+norm), set)
			}
		}
	}
}

func BenchmarkFit(b *testing.B) {
	s := ellipsoid(200_000, 28, 0)
	for b.Loop() {
		if _, _, err := Fit(context.Background(), s, Options{}, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// TestMeasure: on the training rows it is the sum of the ratios.
func TestMeasure(t *testing.T) {
	s := sampledata.Load(t, "wine")
	for _, o := range []Options{{Components: 2}, {Components: 2, Whiten: true}, {Components: 3, Uncentred: true}} {
		m, _ := fit(t, s, o)
		out, err := m.Predict(context.Background(), s.Input)
		require.NoError(t, err)
		want := 0.0
		for _, v := range m.Ratio {
			want += v
		}
		require.InDelta(t, want, m.Measure(s.Input, out)["explained_variance"], 1e-6)
	}
	m, _ := fit(t, s, Options{Components: 1})
	require.Empty(t, m.Measure(learn.Input{Dense: s.Dense.Slice(0, 1)}, matrix.NewDense(1, 1)))
}
