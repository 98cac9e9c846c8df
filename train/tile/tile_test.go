package tile

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/matrix"
)

func random(rows, width int, rng *rand.Rand) matrix.Dense {
	m := matrix.NewDense(rows, width)
	for i := range m.Data {
		m.Data[i] = rng.NormFloat64()
	}
	return m
}

func transpose(m matrix.Dense) matrix.Dense {
	out := matrix.NewDense(m.Width, m.Rows)
	for i := range m.Rows {
		for j, v := range m.Row(i) {
			out.Row(j)[i] = v
		}
	}
	return out
}

// plain adds a product element by element.
func plain(c, a, b matrix.Dense) {
	for i := range a.Rows {
		for j := range b.Width {
			for k, x := range a.Row(i) {
				c.Row(i)[j] += float64(x * b.Row(k)[j])
			}
		}
	}
}

// TestEveryTileGivesTheSameBits covers every remainder of rows and columns.
func TestEveryTileGivesTheSameBits(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var p Panels
	for _, k := range []int{0, 1, 2, 7, 64, 129} {
		for rows := range 27 {
			for n := range 11 {
				a, b, c := random(rows, k, rng), random(k, n, rng), random(rows, n, rng)
				want := matrix.NewDense(rows, n)
				copy(want.Data, c.Data)
				plain(want, a, b)
				got := matrix.NewDense(rows, n)
				copy(got.Data, c.Data)
				p.Pack(b)
				p.Add(got, a)
				name := fmt.Sprintf("%d by %d by %d", rows, k, n)
				require.Equal(t, want.Data, got.Data, name)
				copy(got.Data, c.Data)
				p.PackTransposed(transpose(b))
				p.Add(got, a)
				require.Equal(t, want.Data, got.Data, name+" transposed")
			}
		}
	}
}

func TestAddColumnsLeavesTheOthers(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	a, b := random(5, 6, rng), random(6, 11, rng)
	whole, part := matrix.NewDense(5, 11), matrix.NewDense(5, 11)
	plain(whole, a, b)
	var p Panels
	p.Pack(b)
	p.AddColumns(part, a, 4, 8)
	for i := range 5 {
		require.Equal(t, whole.Row(i)[4:8], part.Row(i)[4:8])
		require.Equal(t, make([]float64, 4), part.Row(i)[:4])
		require.Equal(t, make([]float64, 3), part.Row(i)[8:])
	}
}

func BenchmarkAdd(b *testing.B) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, size := range [][3]int{{256, 28, 10}, {256, 256, 64}} {
		a, f, c := random(size[0], size[1], rng), random(size[1], size[2], rng), matrix.NewDense(size[0], size[2])
		var p Panels
		p.Pack(f)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			for b.Loop() {
				p.Add(c, a)
			}
			b.ReportMetric(2*float64(size[0]*size[1]*size[2])*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOPS")
		})
	}
}
