package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/tile"
	"github.com/modelbuild/modelbuild/train/tree"
)

// What it costs that the bits of a model are the same on every machine is measured in loops of what the engine does, and of
// what it could do otherwise: math.Exp, which has assembly that depends on the processor; gonum's own assembly, in the
// same program compiled without -tags noasm; and histograms of floating-point sums, whose order would matter.

const (
	microPrefix = "determinism-"
	loopTime    = 200 * time.Millisecond
	loopTries   = 3
)

// loop is one computation, which returns a number that depends on all of it.
type loop func() float64

// loops make a computation of size n, as the engine does it or, for the peers that this program has, otherwise.
var loops = map[string]func(n int, peer string) loop{
	"exp": func(n int, peer string) loop {
		x, exp := normals(n), fpmath.Exp
		if peer == mathExp {
			exp = math.Exp
		}
		return func() (sum float64) {
			for _, v := range x {
				sum += exp(v)
			}
			return sum
		}
	},
	"dot": func(n int, peer string) loop {
		x, y := normals(n), normals(n)
		if peer == assembly {
			return func() float64 {
				return blas64.Dot(blas64.Vector{N: n, Inc: 1, Data: x}, blas64.Vector{N: n, Inc: 1, Data: y})
			}
		}
		return func() float64 { return linalg.Dot(x, y) }
	},
	"product":   product,
	"cholesky":  cholesky,
	"histogram": histogram,
}

func normals(n int) []float64 {
	r := rand.New(rand.NewPCG(uint64(n), 0))
	out := make([]float64, n)
	for i := range out {
		out[i] = r.NormFloat64()
	}
	return out
}

func product(n int, peer string) loop {
	a, b, c := normals(n*n), normals(n*n), make([]float64, n*n)
	if peer == assembly {
		general := func(data []float64) blas64.General { return blas64.General{Rows: n, Cols: n, Stride: n, Data: data} }
		return func() float64 {
			blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, general(a), general(b), 0, general(c))
			return c[0]
		}
	}
	dense := func(data []float64) matrix.Dense { return matrix.Dense{Rows: n, Width: n, Data: data} }
	var panels tile.Panels
	return func() float64 {
		clear(c)
		panels.Pack(dense(b))
		panels.Add(dense(c), dense(a))
		return c[0]
	}
}

// cholesky is the same code on both sides, compiled with gonum's assembly or without.
func cholesky(n int, _ string) loop {
	a := matrix.Dense{Rows: n, Width: n, Data: normals(n * n)}
	for i := range n {
		a.Row(i)[i] += float64(4 * n)
	}
	b := make([]float64, n)
	return func() float64 {
		factor, ok := linalg.Factor(a)
		if !ok {
			return math.NaN()
		}
		for i := range b {
			b[i] = 1
		}
		factor.Solve(b)
		return b[0]
	}
}

// histogram adds a gradient and a second derivative to the bins of eight features for each row: both in one integer, as
// the engine does, or as two floating-point numbers.
func histogram(n int, peer string) loop {
	if peer == floatSums {
		return floatHistogram(n)
	}
	r := rand.New(rand.NewPCG(1, 0))
	x, sums := matrix.Columns{Rows: n}, make([]int64, n)
	for range tree.Lanes {
		values := make([]float32, n)
		for i := range values {
			values[i] = r.Float32()
		}
		x.Features = append(x.Features, matrix.Feature{Values: values})
	}
	for i := range sums {
		sums[i] = r.Int64N(1 << 20)
	}
	data, err := tree.Bin(context.Background(), x, tree.BinOptions{})
	if err != nil {
		return math.NaN
	}
	h := data.NewHistogram()
	return func() float64 {
		data.AddRange(h, 0, 0, sums)
		return float64(h[0][0])
	}
}

type pair struct{ gradient, hessian float64 }

func (p *pair) add(q pair) {
	p.gradient += q.gradient
	p.hessian += q.hessian
}

func floatHistogram(n int) loop {
	r := rand.New(rand.NewPCG(1, 0))
	words, values := make([]uint64, n), make([]pair, n)
	for i := range words {
		words[i], values[i] = r.Uint64(), pair{r.NormFloat64(), r.Float64()}
	}
	h := new([tree.Lanes][256]pair)
	return func() float64 {
		for i, w := range words {
			v := values[i]
			h[0][uint8(w)].add(v)
			h[1][uint8(w>>8)].add(v)
			h[2][uint8(w>>16)].add(v)
			h[3][uint8(w>>24)].add(v)
			h[4][uint8(w>>32)].add(v)
			h[5][uint8(w>>40)].add(v)
			h[6][uint8(w>>48)].add(v)
			h[7][uint8(w>>56)].add(v)
		}
		return h[0][0].gradient
	}
}

// timeLoop repeats a computation for loopTime, and keeps the least time of a few tries.
func timeLoop(kind string, n int, peer string) (outcome, error) {
	of, ok := loops[strings.TrimPrefix(kind, microPrefix)]
	if !ok {
		return outcome{}, fmt.Errorf("no loop of %q", kind)
	}
	run := of(n, peer)
	out := outcome{CPU: math.Inf(1), Wall: math.Inf(1), Metric: run()}
	for range loopTries {
		c, times := startClock(), 0
		for time.Since(c.start) < loopTime {
			run()
			times++
		}
		got := c.stop()
		out.CPU, out.Wall = min(out.CPU, got.CPU/float64(times)), min(out.Wall, got.Wall/float64(times))
	}
	return out, nil
}
