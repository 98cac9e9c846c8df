package neighbors

import "github.com/modelbuild/modelbuild/train/onnx"

// Export adds the distances to all training rows, feature by feature, and the
// vote of the nearest, neighbour by neighbour, so that every sum has the order
// of [Model.Predict]. The rows of the batch times the training rows is what it
// needs in memory.
func (m *Model) Export(b *onnx.Builder, in string) string {
	e := &exporter{Builder: b, m: m}
	k := b.Constant("neighbors", []int64{1}, []int64{int64(m.Neighbors)})
	nearest, row := b.Name("nearest"), b.Name("row")
	b.Node(onnx.Node{Op: "TopK", Inputs: []string{e.distances(in), k}, Outputs: []string{nearest, row},
		Attributes: []onnx.Attribute{axis, onnx.Int("largest", 0), onnx.Int("sorted", 1)}})
	weight := e.weights(nearest, row)
	all := e.sum(weight)
	if m.Value != nil {
		share := b.Apply("Div", "share", weight, all)
		return e.sum(b.Apply("Mul", "part", share, e.lookup("value", m.Value, row)))
	}
	return b.Apply("Div", "votes", e.votes(weight, row), all)
}

// axis is that of the columns, and of the neighbours.
var axis = onnx.Int("axis", 1)

type exporter struct {
	*onnx.Builder
	m *Model
}

// distances is [rows, training rows].
func (e *exporter) distances(in string) string {
	columns := e.split(in, e.m.Width)
	sum := ""
	for j, column := range columns {
		points := make([]float32, e.m.Rows)
		for i := range points {
			points[i] = e.m.Points[i*e.m.Width+j]
		}
		d := e.Apply("Sub", "difference", column, e.Constant("points", []int64{1, int64(e.m.Rows)}, points))
		if e.m.Manhattan {
			d = e.Apply("Abs", "term", d)
		} else {
			d = e.Apply("Mul", "term", d, d)
		}
		if sum != "" {
			d = e.Apply("Add", "distance", sum, d)
		}
		sum = d
	}
	return sum
}

// weights is [rows, neighbours], or [1, neighbours] where they are all 1.
func (e *exporter) weights(nearest, row string) string {
	weight := ""
	if e.m.Distance {
		weight = e.inverse(nearest)
	}
	switch {
	case e.m.Weight == nil && weight == "":
		ones := make([]float32, e.m.Neighbors)
		for i := range ones {
			ones[i] = 1
		}
		return e.Constant("weight", []int64{1, int64(len(ones))}, ones)
	case e.m.Weight == nil:
		return weight
	}
	own := e.lookup("weight", e.m.Weight, row)
	if weight == "" {
		return own
	}
	return e.Apply("Mul", "weight", weight, own)
}

func (e *exporter) inverse(nearest string) string {
	length, one, zero := nearest, e.scalar("one", 1), e.scalar("zero", 0)
	if !e.m.Manhattan {
		length = e.Apply("Sqrt", "length", nearest)
	}
	length = e.Apply("Min", "bounded", length, e.scalar("farthest", farthest))
	least := e.Reduce("ReduceMin", "least", length)
	same := e.Apply("Where", "same", e.Apply("Greater", "apart", length, zero), zero, one)
	return e.Apply("Where", "weight", e.Apply("Greater", "apart", least, zero), e.Apply("Div", "inverse", least, length), same)
}

// votes adds the weights by class: [rows, classes].
func (e *exporter) votes(weight, row string) string {
	classes, all := make([]int64, e.m.Rows), make([]int64, e.m.Classes)
	for i, c := range e.m.Class {
		classes[i] = int64(c)
	}
	for c := range all {
		all[c] = int64(c)
	}
	last := e.Constant("last", []int64{1}, []int64{2})
	class := e.Apply("Gather", "class", e.Constant("classes", []int64{int64(e.m.Rows)}, classes), row)
	own := e.Apply("Equal", "own", e.Apply("Unsqueeze", "class", class, last), e.Constant("all", []int64{1, 1, int64(e.m.Classes)}, all))
	votes := e.Apply("Where", "votes", own, e.Apply("Unsqueeze", "weight", weight, last), e.scalar("zero", 0))
	return e.Apply("Squeeze", "votes", e.sum(votes), e.Constant("middle", []int64{1}, []int64{1}))
}

// lookup is a number of each neighbour.
func (e *exporter) lookup(name string, values []float32, row string) string {
	return e.Apply("Gather", name, e.Constant(name, []int64{int64(len(values))}, values), row)
}

// sum adds up over the neighbours from the nearest on.
func (e *exporter) sum(in string) string {
	parts := e.split(in, e.m.Neighbors)
	sum := parts[0]
	for _, p := range parts[1:] {
		sum = e.Apply("Add", "sum", sum, p)
	}
	return sum
}

// split cuts a tensor into its n columns.
func (e *exporter) split(in string, n int) []string {
	if n == 1 {
		return []string{in}
	}
	return e.Columns("column", in, n)
}

func (e *exporter) scalar(name string, v float32) string {
	return e.Constant(name, []int64{1}, []float32{v})
}
