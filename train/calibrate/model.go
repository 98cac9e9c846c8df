package calibrate

import (
	"context"
	"fmt"
	"math"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/onnx"
)

// Methods of calibration.
const (
	Platt    = "platt"
	Isotonic = "isotonic"
)

// Model is a classifier whose scores are mapped to probabilities.
type Model struct {
	Inner learn.Model
	Maps  []Map // with two classes that of the second, with more one for each
}

var _ learn.Model = (*Model)(nil)

// Map is the map of one class: p = 1/(1+exp(A·s+B)), or linear between knots.
type Map struct {
	A, B  float32
	Knots []Knot // of an isotonic map; nil for a sigmoid
}

// Knot begins a piece of an isotonic map: from X on, p = Slope·s + Offset.
type Knot struct{ X, Slope, Offset float32 }

// Fit calibrates a model by the scores that models like it gave to rows they had
// not seen, one row for each of the target.
func Fit(inner learn.Model, method string, scores matrix.Dense, t learn.Target) *Model {
	m := &Model{Inner: inner}
	first := 0
	if scores.Width == 2 {
		first = 1
	}
	for k := first; k < scores.Width; k++ {
		column, positive := make([]float64, scores.Rows), make([]bool, scores.Rows)
		for i := range column {
			column[i], positive[i] = float64(float32(scores.Row(i)[k])), t.Class[i] == k
		}
		if method == Platt {
			f := fitPlatt(column, positive, t.Weight)
			m.Maps = append(m.Maps, Map{A: float32(f.a), B: float32(f.b)})
			continue
		}
		m.Maps = append(m.Maps, Map{Knots: knots(fitIsotonic(column, positive, t.Weight))})
	}
	return m
}

// knots rounds the pieces to what the exported model holds. The first begins
// below every score.
func knots(f segments) []Knot {
	out := []Knot{{X: float32(math.Inf(-1)), Offset: float32(f.Y[0])}}
	for k := 1; k < len(f.X); k++ {
		slope := (f.Y[k] - f.Y[k-1]) / (f.X[k] - f.X[k-1])
		offset := f.Y[k-1] - float64(slope*f.X[k-1])
		if math.Abs(offset) > 1e3 { // too steep for float32: a step
			slope, offset = 0, f.Y[k]
		}
		out = append(out, Knot{float32(f.X[k-1]), float32(slope), float32(offset)})
	}
	return append(out, Knot{X: float32(f.X[len(f.X)-1]), Offset: float32(f.Y[len(f.Y)-1])})
}

// at applies the map to a score.
func (m Map) at(s float64) float64 {
	if m.Knots == nil {
		return fpmath.Sigmoid(-(float64(float64(m.A)*s) + float64(m.B)))
	}
	low, high := 0, len(m.Knots) // the last knot below the score
	for high-low > 1 {
		if mid := (low + high) / 2; s > float64(m.Knots[mid].X) {
			low = mid
		} else {
			high = mid
		}
	}
	k := m.Knots[low]
	return math.Min(1, math.Max(0, float64(float64(k.Slope)*s)+float64(k.Offset)))
}

// least is added to each probability of several classes before they are
// normalised, so that their sum is never zero.
const least = 1e-7

// Predict calibrates what the model inside predicts.
func (m *Model) Predict(ctx context.Context, in learn.Input) (matrix.Dense, error) {
	out, err := m.Inner.Predict(ctx, in)
	if err != nil {
		return matrix.Dense{}, fmt.Errorf("calibrate: %w", err)
	}
	for i := range out.Rows {
		row := out.Row(i)
		if len(m.Maps) == 1 {
			row[1] = m.Maps[0].at(float64(float32(row[1])))
			row[0] = 1 - row[1]
			continue
		}
		sum := 0.0
		for k, s := range row {
			row[k] = m.Maps[k].at(float64(float32(s))) + least
			sum += row[k]
		}
		for k := range row {
			row[k] /= sum
		}
	}
	return out, nil
}

// Finite says whether the model inside and the maps are.
func (m *Model) Finite() bool {
	for _, f := range m.Maps {
		if f.A-f.A != 0 || f.B-f.B != 0 {
			return false
		}
		for _, k := range f.Knots {
			if k.Slope-k.Slope != 0 || k.Offset-k.Offset != 0 {
				return false
			}
		}
	}
	return m.Inner.Finite()
}

// Export adds the model inside and the maps.
func (m *Model) Export(b *onnx.Builder, in string) string {
	scores := m.Inner.Export(b, in)
	axis := []onnx.Attribute{onnx.Int("axis", 1)}
	if len(m.Maps) == 1 {
		p := m.Maps[0].export(b, column(b, scores, 1))
		rest := b.Apply("Sub", "complement", b.Constant("one", []int64{1}, []float32{1}), p)
		return b.With("Concat", "calibrated", axis, rest, p)
	}
	var parts []string
	for k, f := range m.Maps {
		parts = append(parts, f.export(b, column(b, scores, int64(k))))
	}
	p := b.With("Concat", "calibrated", axis, parts...)
	p = b.Apply("Add", "positive", p, b.Constant("least", []int64{1}, []float32{least}))
	sum := b.With("ReduceSum", "sum", []onnx.Attribute{onnx.Int("keepdims", 1)}, p, b.Constant("classes", []int64{1}, []int64{1}))
	return b.Apply("Div", "normalised", p, sum)
}

// column is one column of a matrix, [rows, 1].
func column(b *onnx.Builder, from string, k int64) string {
	return b.With("Gather", "score", []onnx.Attribute{onnx.Int("axis", 1)}, from, b.Constant("column", []int64{1}, []int64{k}))
}
