package neighbors

import (
	"context"
	"math"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// Options are the algorithm's parameters.
type Options struct {
	Neighbors int  // at most as many as there are rows
	Distance  bool // weigh neighbours by the inverse of their distance
	Manhattan bool // sum absolute differences rather than squared ones
}

// Model is the training rows, with Class set for classification and Value for
// regression.
type Model struct {
	Options
	Rows, Width, Classes int
	Points               []float32 // row-major, Rows by Width
	Class                []int
	Value                []float32
	Weight               []float32 // of each row; nil for all 1
	tree                 *tree
}

var _ learn.Model = (*Model)(nil)

// Fit keeps the rows and prepares the search.
func Fit(ctx context.Context, s learn.Sample, o Options, p learn.Progress) (*Model, learn.Info, error) {
	o.Neighbors = max(1, min(o.Neighbors, s.Dense.Rows))
	m := &Model{Options: o, Rows: s.Dense.Rows, Width: s.Dense.Width, Classes: s.Classes, Class: s.Class,
		Points: round(s.Dense.Data)}
	if s.Value != nil {
		m.Value = round(s.Value)
	}
	if s.Weight != nil {
		m.Weight = round(s.Weight)
	}
	m.tree = newTree(m.Points, m.Rows, m.Width)
	if p != nil {
		p(1, 1, math.NaN())
	}
	return m, learn.Info{Iterations: 1, Converged: true, Stopped: learn.StoppedDone}, ctx.Err()
}

// Finite says whether every number of the model is.
func (m *Model) Finite() bool {
	return matrix.Finite(m.Points, m.Value, m.Weight)
}

func round(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}
