package bayes

import "github.com/modelbuild/modelbuild/train/onnx"

// Export adds the joint density of each class and a softmax. Values are
// float32, of which a normal density needs care: see [exporter.gaussian].
func (m *Model) Export(b *onnx.Builder, in string) string {
	e := &exporter{b, m}
	var joint string
	switch m.Distribution {
	case Gaussian:
		joint = e.gaussian(in)
	case Bernoulli:
		present := b.Apply("Greater", "present", in, b.Constant("threshold", []int64{1}, []float32{m.Threshold}))
		joint = e.linear(b.With("Cast", "present", []onnx.Attribute{onnx.Int("to", onnx.Float)}, present))
	default:
		joint = e.linear(in)
	}
	return b.With("Softmax", "probabilities", []onnx.Attribute{onnx.Int("axis", 1)}, joint)
}

type exporter struct {
	*onnx.Builder
	m *Model
}

func (e *exporter) linear(in string) string {
	width, classes := e.m.Width, e.m.Classes
	transposed := make([]float32, 0, width*classes)
	for j := range width {
		for c := range classes {
			transposed = append(transposed, e.m.Coefficients[c*width+j])
		}
	}
	w := e.Constant("coefficients", []int64{int64(width), int64(classes)}, transposed)
	return e.Apply("Gemm", "joint", in, w, e.offset())
}

func (e *exporter) offset() string {
	return e.Constant("offset", []int64{1, int64(e.m.Classes)}, e.m.Offset)
}

// gaussian sums the squares t = ((x-mean)/deviation)² by class. A square is
// large where a feature is almost constant in the training rows and not in the
// row at hand. Where it is the same for two classes, adding it to the others
// in float32 would wipe out what tells the classes apart. So t is cut into
//
//	t = units[0]·a + units[1]·b + c
//
// with whole a and b. Their sums over the features are exact, and they are
// compared with the smallest of any class before all is put together.
func (e *exporter) gaussian(in string) string {
	parts := make([][]string, len(units)+1)
	for c := range e.m.Classes {
		rest := e.square(in, c)
		for i, unit := range units {
			size := e.scalar("unit", unit)
			whole := e.Apply("Floor", "whole", e.Apply("Div", "in_units", rest, size))
			rest = e.Apply("Sub", "rest", rest, e.Apply("Mul", "taken", whole, size))
			parts[i] = append(parts[i], e.sum(whole))
		}
		parts[len(units)] = append(parts[len(units)], e.sum(rest))
	}
	total := e.concat(parts[len(units)])
	for i := len(units) - 1; i >= 0; i-- {
		sums := e.concat(parts[i])
		least := e.Reduce("ReduceMin", "least", sums)
		more := e.Apply("Mul", "more", e.Apply("Sub", "above", sums, least), e.scalar("unit", units[i]))
		total = e.Apply("Add", "total", total, more)
	}
	return e.Apply("Sub", "joint", e.offset(), e.Apply("Mul", "half", total, e.scalar("half", 0.5)))
}

// square is [rows, features] for one class.
func (e *exporter) square(in string, class int) string {
	w := e.m.Width
	mean := e.Constant("mean", []int64{1, int64(w)}, e.m.Mean[class*w:(class+1)*w])
	deviation := e.Constant("deviation", []int64{1, int64(w)}, e.m.Deviation[class*w:(class+1)*w])
	z := e.Apply("Div", "scaled", e.Apply("Sub", "difference", in, mean), deviation)
	z = e.Apply("Min", "bounded", e.scalar("largest", largest), e.Apply("Max", "bounded", e.scalar("least", -largest), z))
	return e.Apply("Mul", "square", z, z)
}

// sum adds up over the features: [rows, 1].
func (e *exporter) sum(in string) string {
	return e.Apply("ReduceSum", "sum", in, e.Constant("axis", []int64{1}, []int64{1}))
}

func (e *exporter) concat(in []string) string {
	return e.With("Concat", "classes", []onnx.Attribute{onnx.Int("axis", 1)}, in...)
}

func (e *exporter) scalar(name string, v float32) string {
	return e.Constant(name, []int64{1}, []float32{v})
}
