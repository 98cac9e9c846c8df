package erm

import (
	"context"

	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/optimize"
)

const (
	sampleRows   = 4096 // at least
	sampleFactor = 16   // and this often the number of parameters of a block
	samplesEqual = 4    // after as many samples of one size the size doubles
	maxBlock     = 512  // parameters of the largest matrix that is factorised
)

// curvature approximates the matrix of second derivatives from evenly spaced
// rows, more of them where the minimisation takes long: the whole of it where it
// is small, else the block of each output, else its diagonal. It is a Curvature
// of [optimize.Options].
func (o *objective) curvature(ctx context.Context, params []float64) (*optimize.Curvature, error) {
	size, outputs := o.Size(), o.Loss.Outputs()
	switch {
	case size <= maxBlock:
		return o.whole(ctx, params)
	case size/outputs <= maxBlock:
		return o.blocks(ctx, params)
	}
	return &optimize.Curvature{Solve: o.diagonal(params)}, nil
}

// sample is some of the rows and the second derivatives of their losses, each
// times the row's weight and its share of the sum of the weights.
type sample struct {
	step int          // every so many rows one is taken
	x    matrix.Dense // the rows
	ones []float64
	h    matrix.Dense // rows by outputs²
}

// sample takes rows for a number of parameters and finds the derivatives. Where
// as many are taken as last time they are not copied again.
func (o *objective) sample(params []float64, parameters int) *sample {
	wanted := max(sampleRows, sampleFactor*parameters) << min(o.samples/samplesEqual, 30)
	o.samples++
	k, step := o.Loss.Outputs(), max(1, o.X.Rows/wanted)
	s := o.sampled
	if s == nil || s.step != step {
		n := (o.X.Rows + step - 1) / step
		s = &sample{step: step, x: o.X, ones: make([]float64, n), h: matrix.NewDense(n, k*k)}
		if step > 1 {
			s.x = matrix.NewDense(n, o.X.Width)
			for i := range n {
				copy(s.x.Row(i), o.X.Row(i*step))
			}
		}
		for i := range s.ones {
			s.ones[i] = 1
		}
		o.sampled = s
	}
	o.derivatives(s, params)
	return s
}

func (o *objective) derivatives(s *sample, params []float64) {
	eta, total := make([]float64, o.Loss.Outputs()), 0.0
	for i := range s.x.Rows {
		row, h, w := s.x.Row(i), s.h.Row(i), 1.0
		for j := range eta {
			v := o.vector(params, j)
			eta[j] = linalg.Dot(row, v[:len(row)]) + v[len(row)]
		}
		o.Loss.Curvature(i*s.step, eta, h)
		if o.Weight != nil {
			w = o.Weight[i*s.step]
		}
		total += w
		for j, v := range h {
			h[j] = float64(w * v)
		}
	}
	for i, v := range s.h.Data {
		s.h.Data[i] = v / total
	}
}

// column is one second derivative of every row.
func (s *sample) column(j int) []float64 {
	out := make([]float64, s.x.Rows)
	for i := range out {
		out[i] = s.h.Row(i)[j]
	}
	return out
}

// gram is the second derivatives by the parameters of two outputs.
func (o *objective) gram(ctx context.Context, s *sample, i, j int) (matrix.Dense, error) {
	return linalg.Design{X: s.x, Y: s.ones, Weight: s.column(i*o.Loss.Outputs() + j)}.Gram(ctx, nil)
}

func (o *objective) whole(ctx context.Context, params []float64) (*optimize.Curvature, error) {
	s, k, block := o.sample(params, len(params)), o.Loss.Outputs(), o.X.Width+1
	h := matrix.NewDense(len(params), len(params))
	for i := range k {
		for j := i; j < k; j++ {
			g, err := o.gram(ctx, s, i, j)
			if err != nil {
				return nil, err
			}
			for r := range block {
				copy(h.Row(i*block + r)[j*block:], g.Row(r))
			}
		}
	}
	o.regularise(h)
	c, ok := linalg.Factor(h)
	if !ok {
		return nil, nil
	}
	for i := range h.Rows {
		for j := range i {
			h.Row(i)[j] = h.Row(j)[i]
		}
	}
	return &optimize.Curvature{Solve: c.Solve, Matrix: h}, nil
}

func (o *objective) blocks(ctx context.Context, params []float64) (*optimize.Curvature, error) {
	block := o.X.Width + 1
	s := o.sample(params, block)
	factors := make([]linalg.Cholesky, o.Loss.Outputs())
	for k := range factors {
		g, err := o.gram(ctx, s, k, k)
		if err != nil {
			return nil, err
		}
		o.regularise(g)
		c, ok := linalg.Factor(g)
		if !ok {
			return nil, nil
		}
		factors[k] = c
	}
	return &optimize.Curvature{Solve: func(q []float64) {
		for k, c := range factors {
			c.Solve(o.vector(q, k))
		}
	}}, nil
}

// regularise adds the penalty to the diagonal, and a little more, since the
// sample may have fewer rows than there are parameters and the predictors of a
// multinomial loss are determined but for a constant.
func (o *objective) regularise(h matrix.Dense) {
	const little = 1e-6
	for i := range h.Rows {
		if !o.intercept(i) {
			h.Row(i)[i] += o.L2
		}
		h.Row(i)[i] += float64(little*h.Row(i)[i]) + little*little
	}
}

func (o *objective) diagonal(params []float64) func(q []float64) {
	s, k := o.sample(params, 0), o.Loss.Outputs()
	h := make([]float64, len(params))
	for i := range s.x.Rows {
		for j := range k {
			v, curvature := o.vector(h, j), s.h.Row(i)[j*k+j]
			for c, x := range s.x.Row(i) {
				v[c] += float64(curvature * float64(x*x))
			}
			v[o.X.Width] += curvature
		}
	}
	for i := range h {
		if !o.intercept(i) {
			h[i] += o.L2
		}
		h[i] = 1 / (h[i] + 1e-12)
	}
	return func(q []float64) {
		for i, v := range q {
			q[i] = float64(v * h[i])
		}
	}
}
