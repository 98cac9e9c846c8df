package logistic

import (
	"context"
	"fmt"
	"runtime"

	"github.com/modelbuild/modelbuild/train/features"
	"github.com/modelbuild/modelbuild/train/optimize"
)

// Options are the algorithm's parameters.
type Options struct {
	L2       float64 // λ
	Balanced bool    // weigh classes inversely to their frequency
	optimize.Options
}

// Model holds one row of coefficients and one intercept for each class, in
// float32, the precision that is exported. With two classes, those of the
// first are zero.
type Model struct {
	Classes, Width int
	Coefficients   []float32 // row-major, Classes by Width
	Intercepts     []float32
}

// Fit is how a fit ended.
type Fit struct {
	Model      Model
	Loss       float64 // the objective at the end
	Gradient   float64 // its largest absolute component
	Iterations int
	Reason     string // one of package optimize's reasons
	Converged  bool
}

// Data is rows X with their classes Y, from 0 to Classes-1.
type Data struct {
	X       features.Matrix
	Y       []int
	Classes int
}

// Train fits a model. It returns an error only where the context ends.
func Train(ctx context.Context, d Data, o Options) (Fit, error) {
	obj := newObjective(d, o)
	res, err := optimize.Minimise(ctx, obj.eval, make([]float64, obj.size()), o.Options)
	if err != nil {
		return Fit{}, fmt.Errorf("fit logistic regression: %w", err)
	}
	return Fit{
		Model:      obj.model(res.X),
		Loss:       res.Value,
		Gradient:   res.Gradient,
		Iterations: res.Iterations,
		Reason:     res.Reason,
		Converged:  res.Reason == optimize.ReasonTolerance,
	}, nil
}

// model unpacks the parameters: for each vector its coefficients, then its
// intercept.
func (o *objective) model(params []float64) Model {
	m := Model{
		Classes: o.classes, Width: o.x.Width,
		Coefficients: make([]float32, o.classes*o.x.Width),
		Intercepts:   make([]float32, o.classes),
	}
	for v := range o.vectors {
		k := v + o.classes - o.vectors
		w := params[v*(o.x.Width+1):]
		for j := range o.x.Width {
			m.Coefficients[k*o.x.Width+j] = float32(w[j])
		}
		m.Intercepts[k] = float32(w[o.x.Width])
	}
	return m
}

// Logits returns the logit of each class for one row.
func (m Model) Logits(row []float64) []float64 {
	z := make([]float64, m.Classes)
	for k := range z {
		sum := float64(m.Intercepts[k])
		for j, v := range row {
			sum += float64(v * float64(m.Coefficients[k*m.Width+j]))
		}
		z[k] = sum
	}
	return z
}

// Finite says whether every number of the model is.
func (m Model) Finite() bool {
	for _, v := range append(append([]float32(nil), m.Coefficients...), m.Intercepts...) {
		if v-v != 0 {
			return false
		}
	}
	return true
}

func workers(shards int) int { return min(runtime.GOMAXPROCS(0), shards) }
