package linalg

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/modelbuild/modelbuild/internal/knownbits"
	"github.com/modelbuild/modelbuild/train/matrix"
)

func random(rows, width int, seed uint64) matrix.Dense {
	rng := rand.New(rand.NewPCG(seed, 2))
	m := matrix.NewDense(rows, width)
	for i := range m.Data {
		m.Data[i] = rng.NormFloat64() + float64(i%width%7)
	}
	return m
}

func weights(rows int) []float64 {
	rng := rand.New(rand.NewPCG(9, 9))
	w := make([]float64, rows)
	for i := range w {
		w[i] = 0.25 + rng.Float64()
	}
	return w
}

func dense(m matrix.Dense) *mat.Dense { return mat.NewDense(m.Rows, m.Width, m.Data) }

func requireClose(t *testing.T, want mat.Matrix, got matrix.Dense, tolerance float64) {
	t.Helper()
	rows, width := want.Dims()
	require.Equal(t, []int{rows, width}, []int{got.Rows, got.Width})
	for i := range rows {
		for j := range width {
			require.InDelta(t, want.At(i, j), got.Row(i)[j], tolerance, "element %d, %d", i, j)
		}
	}
}

// designs have one shard and many, one band and several, and with the target
// widths that are no multiple of a panel's.
func designs() []Design {
	var out []Design
	for _, shape := range [][2]int{{0, 3}, {1, 1}, {7, 9}, {1000, 5}, {5001, 28}, {700, 140}, {300, 600}} {
		x := random(shape[0], shape[1], 1)
		out = append(out, Design{X: x}, Design{X: x, Weight: weights(x.Rows), Y: random(1, max(1, x.Rows), 3).Data[:x.Rows]})
	}
	return out
}

// columns is a design as one matrix, with the roots of the weights.
func columns(d Design, centre []float64) *mat.Dense {
	out := mat.NewDense(max(1, d.X.Rows), d.Width(), nil)
	for i := range d.X.Rows {
		row := append([]float64(nil), d.X.Row(i)...)
		if d.Y != nil {
			row = append(row, d.Y[i])
		}
		for j, v := range row {
			out.Set(i, j, (v-centre[j])*math.Sqrt(d.Weight.Of(i)))
		}
	}
	return out
}

func TestMeansAndGram(t *testing.T) {
	for _, d := range designs() {
		means, total, err := d.Means(t.Context())
		require.NoError(t, err)
		want, sum := make([]float64, d.Width()), 0.0
		for i := range d.X.Rows {
			for j := range d.X.Width {
				want[j] += d.Weight.Of(i) * d.X.Row(i)[j]
			}
			if d.Y != nil {
				want[d.X.Width] += d.Weight.Of(i) * d.Y[i]
			}
			sum += d.Weight.Of(i)
		}
		require.InDelta(t, sum, total, 1e-9)
		for j := range want {
			require.InDelta(t, want[j]/max(sum, 1e-300), means[j], 1e-12)
		}
		a := columns(d, means)
		var gram mat.Dense
		gram.Mul(a.T(), a)
		got, err := d.Gram(t.Context(), means)
		require.NoError(t, err)
		requireClose(t, &gram, got, 1e-8)
	}
}

func TestTriangleHasTheGramMatrix(t *testing.T) {
	for _, d := range designs() {
		means, _, err := d.Means(t.Context())
		require.NoError(t, err)
		r, err := d.Triangle(t.Context(), means)
		require.NoError(t, err)
		gram, err := d.Gram(t.Context(), means)
		require.NoError(t, err)
		var product mat.Dense
		product.Mul(dense(r).T(), dense(r))
		requireClose(t, &product, gram, 1e-8)
	}
}

func TestProducts(t *testing.T) {
	for _, shape := range [][3]int{{1, 1, 1}, {5, 3, 2}, {301, 33, 17}, {64, 200, 70}} {
		a, b := random(shape[0], shape[1], 4), random(shape[1], shape[2], 5)
		var want mat.Dense
		want.Mul(dense(a), dense(b))
		got, err := Mul(t.Context(), a, b)
		require.NoError(t, err)
		requireClose(t, &want, got, 1e-10)
		got, err = MulTransposed(t.Context(), a, Transpose(b))
		require.NoError(t, err)
		requireClose(t, &want, got, 1e-10)

		w := b.Data[:shape[1]]
		out, g := make([]float64, a.Rows), make([]float64, a.Width)
		Times(a, w, 0.5, out)
		r := random(1, a.Rows, 6).Data
		AddTransposed(a, r, g)
		for i := range out {
			require.InDelta(t, mat.Dot(dense(a).RowView(i), mat.NewVecDense(a.Width, w))+0.5, out[i], 1e-10)
		}
		for j := range g {
			require.InDelta(t, mat.Dot(dense(a).ColView(j), mat.NewVecDense(a.Rows, r)), g[j], 1e-10)
		}
	}
}

func TestCholesky(t *testing.T) {
	gram, err := Design{X: random(200, 50, 7)}.Gram(t.Context(), nil)
	require.NoError(t, err)
	c, ok := Factor(gram)
	require.True(t, ok)
	var product mat.Dense
	product.Mul(dense(c.Upper()).T(), dense(c.Upper()))
	requireClose(t, &product, gram, 1e-8)
	b := random(50, 3, 8)
	x := matrix.Dense{Rows: 50, Width: 3, Data: append([]float64(nil), b.Data...)}
	c.SolveMatrix(x)
	var back mat.Dense
	back.Mul(dense(gram), dense(x))
	requireClose(t, &back, b, 1e-9)
	require.Positive(t, c.SmallestPivot())

	_, ok = Factor(matrix.Dense{Rows: 2, Width: 2, Data: []float64{1, 2, 2, 1}})
	require.False(t, ok, "an indefinite matrix")
	_, ok = Factor(matrix.Dense{Rows: 1, Width: 1, Data: []float64{math.NaN()}})
	require.False(t, ok)
	_, ok = Factor(matrix.Dense{})
	require.False(t, ok)
}

func TestEigenSym(t *testing.T) {
	for _, n := range []int{1, 2, 40, 130} {
		gram, err := Design{X: random(n/2+1, n, 7)}.Gram(t.Context(), nil) // of half the rank
		require.NoError(t, err)
		values, v, ok := EigenSym(gram)
		require.True(t, ok)
		var av, identity mat.Dense
		av.Mul(dense(gram), dense(v))
		identity.Mul(dense(v).T(), dense(v))
		for i := range n {
			for j := range n {
				require.InDelta(t, values[j]*v.Row(i)[j], av.At(i, j), 1e-9*max(1, values[n-1]))
				want := 0.0
				if i == j {
					want = 1
				}
				require.InDelta(t, want, identity.At(i, j), 1e-12)
			}
		}
	}
	_, _, ok := EigenSym(matrix.Dense{Rows: 1, Width: 1, Data: []float64{math.Inf(1)}})
	require.False(t, ok)
}

func TestThinSVD(t *testing.T) {
	deficient := random(30, 6, 3)
	for i := range deficient.Rows {
		row := deficient.Row(i)
		row[4], row[5] = 2*row[1]-row[0], 0
	}
	huge := random(12, 4, 5)
	for i := range huge.Data {
		huge.Data[i] *= 1e300
	}
	for _, a := range []matrix.Dense{random(1, 1, 1), random(8, 8, 2), random(300, 40, 3), deficient, huge, matrix.NewDense(4, 3)} {
		got, ok := ThinSVD(t.Context(), a)
		require.True(t, ok)
		var want mat.SVD
		require.True(t, want.Factorize(dense(a), mat.SVDThin))
		require.InDeltaSlice(t, want.Values(nil), got.S, 1e-12*max(1, got.S[0]))
		var us, product, identity mat.Dense
		us.Mul(dense(got.U), mat.NewDiagDense(a.Width, got.S))
		product.Mul(&us, dense(got.V).T())
		requireClose(t, &product, a, 1e-12*max(1, got.S[0]))
		identity.Mul(dense(got.V), dense(got.V).T())
		for i := range a.Width {
			require.InDelta(t, 1, identity.At(i, i), 1e-12)
		}
	}
	_, ok := ThinSVD(t.Context(), matrix.NewDense(2, 3))
	require.False(t, ok, "wider than high")
	_, ok = ThinSVD(t.Context(), matrix.Dense{Rows: 1, Width: 1, Data: []float64{math.NaN()}})
	require.False(t, ok)
}

func TestMinNormIsThatOfThePseudoinverse(t *testing.T) {
	for _, rank := range []int{0, 1, 7, 19, 20} {
		const n = 20
		left, right := random(n, rank, 5), random(rank, n, 6)
		a, err := Mul(t.Context(), left, right)
		require.NoError(t, err)
		b := random(1, n, 7).Data
		x, got := MinNorm(a, b, 1e-10)
		require.Equal(t, rank, got)
		var svd mat.SVD
		require.True(t, svd.Factorize(dense(a), mat.SVDFull))
		want := mat.NewDense(n, 1, nil)
		if rank > 0 {
			svd.SolveTo(want, mat.NewDense(n, 1, b), rank)
		}
		requireClose(t, want, matrix.Dense{Rows: n, Width: 1, Data: x}, 1e-8)
	}
}

func TestThreadsDoNotChangeBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first [][]float64
	for _, n := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(n)
		var all [][]float64
		for _, d := range designs() {
			means, _, _ := d.Means(t.Context())
			gram, _ := d.Gram(t.Context(), means)
			r, _ := d.Triangle(t.Context(), means)
			all = append(all, means, gram.Data, r.Data)
		}
		all = append(all, KnownAnswer())
		if n == 1 {
			first = all
		}
		require.Equal(t, first, all)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := Design{X: random(3000, 4, 1)}
	_, err := d.Gram(ctx, nil)
	require.ErrorIs(t, err, context.Canceled)
	_, err = d.Triangle(ctx, make([]float64, 4))
	require.ErrorIs(t, err, context.Canceled)
	_, _, err = d.Means(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

func TestKnownBits(t *testing.T) {
	require.True(t, Portable(), "compile with -tags noasm, as hack/test does")
	knownbits.Check(t, "edab6bdfdaa717d1565fe2600d0952371baadcf8785b0ad84ff69f04a1ec4a63", KnownAnswer())
}

func BenchmarkGram(b *testing.B) {
	d := Design{X: random(200_000, 28, 1), Weight: weights(200_000)}
	for b.Loop() {
		_, _ = d.Gram(b.Context(), make([]float64, 28))
	}
	b.ReportMetric(float64(b.N)*200_000*28*28/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}

func BenchmarkKnownAnswer(b *testing.B) {
	for b.Loop() {
		KnownAnswer()
	}
}
