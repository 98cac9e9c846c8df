package features

import (
	"fmt"
	"math"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/onnx"
	"github.com/modelbuild/modelbuild/train/table"
)

// exporter writes the encoder as a graph.
type exporter struct {
	*onnx.Builder
	e *Encoder
}

// Export adds one input for each column, of the shape [rows, 1] or for a vector
// [rows, places], and nodes that compute what [Encoder.Encode] does in float32.
// It returns the name of the result, of the shape [rows, features].
func (e *Encoder) Export(b *onnx.Builder) string { return e.export(b) }

// ExportColumns is [Encoder.Export] for what [Encoder.EncodeColumns] computes:
// codes of categories become floats, NaN for a missing or unknown one.
func (e *Encoder) ExportColumns(b *onnx.Builder) string { return e.export(b) }

func (e *Encoder) export(b *onnx.Builder) string {
	x := exporter{b, e}
	parts := x.numbers()
	for i := range e.Columns {
		f := &e.Columns[i]
		switch f.Type {
		case job.TypeCategory:
			parts = append(parts, x.category(fmt.Sprintf("category_%d", i), f)...)
		case job.TypeText:
			parts = append(parts, x.text(fmt.Sprintf("text_%d", i), f)...)
		}
	}
	return x.With("Concat", "features", []onnx.Attribute{onnx.Int("axis", 1)}, parts...)
}

func (x exporter) input(name string, kind int32, width int) {
	x.Graph.Inputs = append(x.Graph.Inputs, onnx.Value{Name: name, Type: kind, Dims: []int64{onnx.Rows, int64(width)}})
}

// numbers fills, clips, centres and scales all numbers at once, and sets the
// indicators of missing values.
func (x exporter) numbers() []string {
	var names []string
	var all []Number
	var indicated []int64 // the first number of each column with an indicator
	for i := range x.e.Columns {
		f := &x.e.Columns[i]
		if !f.numeric() {
			continue
		}
		if f.Indicator {
			indicated = append(indicated, int64(len(all)))
		}
		if len(f.Numbers) > 0 {
			names = append(names, x.raw(fmt.Sprintf("number_%d", i), f))
		}
		all = append(all, f.Numbers...)
	}
	if len(all) == 0 {
		return nil
	}
	raw := x.With("Concat", "numbers", []onnx.Attribute{onnx.Int("axis", 1)}, names...)
	treated, missing := x.treat(all, raw, len(indicated) > 0)
	parts := []string{treated}
	if len(indicated) > 0 {
		at := x.Constant("indicated", []int64{int64(len(indicated))}, indicated)
		gathered := x.With("Gather", "indicator", []onnx.Attribute{onnx.Int("axis", 1)}, missing, at)
		parts = append(parts, x.With("Cast", "indicators", []onnx.Attribute{onnx.Int("to", onnx.Float)}, gathered))
	}
	return parts
}

// treat applies the treatments to the numbers in a tensor. The steps that change
// nothing are left out, but for the filling, centring and scaling of a matrix.
func (x exporter) treat(all []Number, raw string, indicated bool) (out, missing string) {
	row := func(prefix string, value func(Number) float32) string {
		values := make([]float32, len(all))
		for i, n := range all {
			values[i] = value(n)
		}
		return x.Constant(prefix, []int64{1, int64(len(all))}, values)
	}
	fills, clips, scales := false, false, false
	for _, n := range all {
		fills = fills || n.Fill == n.Fill
		clips = clips || n.clips()
		scales = scales || n.Offset != 0 || n.Divisor != 1
	}
	scales = scales || fills
	var fill, low, high, offset, divisor string
	if fills || clips {
		fill = row("fill", func(n Number) float32 { return n.Fill })
	}
	if clips {
		low = row("low", func(n Number) float32 { return n.Low })
		high = row("high", func(n Number) float32 { return n.High })
	}
	if scales {
		offset = row("offset", func(n Number) float32 { return n.Offset })
		divisor = row("divisor", func(n Number) float32 { return n.Divisor })
	}
	out = raw
	if fills || clips || indicated {
		missing = x.Apply("IsNaN", "missing", raw)
	}
	if clips {
		out = x.Apply("Max", "raised", out, low)
		out = x.Apply("Min", "lowered", out, high)
	}
	if fills || clips {
		out = x.Apply("Where", "filled", missing, fill, out)
	}
	if scales {
		out = x.Apply("Sub", "centred", out, offset)
		out = x.Apply("Div", "scaled", out, divisor)
	}
	return out, missing
}

// raw adds the input of a column that becomes numbers, and returns the tensor
// that holds them, NaN where they are missing.
func (x exporter) raw(name string, f *Fitted) string {
	switch f.Type {
	case job.TypeBinary:
		x.input(f.Name, onnx.String, 1)
		m := mapping{others: -1}
		for i, words := range [][]string{no, yes} {
			for _, w := range words {
				m.add(w, int64(i))
			}
		}
		return x.label(name, f.Name, m, codes)
	case job.TypeDate:
		x.input(f.Name, onnx.Double, 1)
		return x.date(name, f)
	}
	x.input(f.Name, onnx.Float, len(f.Numbers))
	return f.Name
}

// mapping is the whole number of each of some texts, and of all others.
type mapping struct {
	texts   []string
	numbers []int64
	missing int // how many of the texts, the last ones, mean a missing value
	others  int64
}

func (m *mapping) add(text string, number int64) {
	m.texts, m.numbers = append(m.texts, text), append(m.numbers, number)
}

// codes is a number as it is, NaN where there is none.
func codes(k int64, _ bool) float32 {
	if k < 0 {
		return float32(math.NaN())
	}
	return float32(k)
}

// label maps texts to what value makes of their numbers.
func (x exporter) label(name, in string, m mapping, value func(k int64, missing bool) float32) string {
	values := make([]float32, len(m.numbers))
	for i, k := range m.numbers {
		values[i] = value(k, i >= len(m.numbers)-m.missing)
	}
	return x.ML("LabelEncoder", name, []onnx.Attribute{{Name: "keys_strings", Value: m.texts}, {Name: "values_floats", Value: values},
		onnx.Real("default_float", value(m.others, false))}, in)
}

// category looks up a text's category, with every spelling of a missing value
// standing for the one that fills it.
func (x exporter) category(name string, f *Fitted) []string {
	x.input(f.Name, onnx.String, 1)
	if f.Width() == 0 {
		return nil
	}
	c := f.Categories
	m := mapping{others: -1, missing: len(table.MissingValues())}
	for i, category := range c.Values {
		if !table.Missing(category) {
			m.add(category, int64(i))
		}
	}
	for _, missing := range table.MissingValues() {
		m.add(missing, int64(c.Fill))
	}
	if c.Other {
		m.others = int64(len(c.Values))
	}
	switch f.Encode {
	case job.EncodeOneHot:
		return []string{x.indicators(name, f, m)}
	case job.EncodeCodes:
		return []string{x.label(name, f.Name, m, codes)}
	}
	return []string{x.label(name, f.Name, m, func(k int64, missing bool) float32 { return c.value(f.Encode, int(k), missing) })}
}

// indicators sets one of as many numbers as there are categories.
func (x exporter) indicators(name string, f *Fitted, m mapping) string {
	index := x.ML("LabelEncoder", name+"/index", []onnx.Attribute{{Name: "keys_strings", Value: m.texts}, {Name: "values_int64s", Value: m.numbers},
		onnx.Int("default_int64", m.others)}, f.Name)
	all := make([]int64, f.Width())
	for i := range all {
		all[i] = int64(i)
	}
	set := x.ML("OneHotEncoder", name+"/indicators", []onnx.Attribute{{Name: "cats_int64s", Value: all}, onnx.Int("zeros", 1)}, index)
	shape := x.Constant(name+"/shape", []int64{2}, []int64{-1, int64(len(all))})
	return x.Apply("Reshape", name, set, shape)
}

// text counts words. ONNX splits at spaces and knows the case of ASCII without
// a locale.
func (x exporter) text(name string, f *Fitted) []string {
	x.input(f.Name, onnx.String, 1)
	w := f.Words
	if len(w.Values) == 0 {
		return nil
	}
	x.Graph.Opset = max(x.Graph.Opset, onnx.OpsetStringSplit)
	flat := x.Apply("Reshape", name+"/flat", f.Name, x.Constant(name+"/rows", []int64{1}, []int64{-1}))
	present := x.present(name, flat)
	lower := x.With("StringNormalizer", name+"/lower", []onnx.Attribute{onnx.Text("case_change_action", "LOWER"),
		onnx.Int("is_case_sensitive", 1), onnx.Text("locale", "C")}, flat)
	words := x.Name(name + "/words")
	x.Node(onnx.Node{Op: "StringSplit", Inputs: []string{lower}, Outputs: []string{words, x.Name(name + "/count")}})
	pool, starts, at := w.pool()
	attributes := []onnx.Attribute{onnx.Int("max_gram_length", int64(len(starts))), onnx.Int("max_skip_count", 0),
		onnx.Int("min_gram_length", 1), onnx.Text("mode", "TF"), {Name: "ngram_counts", Value: starts},
		{Name: "ngram_indexes", Value: at}, {Name: "pool_strings", Value: pool}}
	counts := x.With("TfIdfVectorizer", name+"/counts", attributes, words)
	counts = x.Apply("Mul", name+"/present", counts, present)
	if w.Buckets != nil {
		return []string{counts}
	}
	weights := x.Constant(name+"/weights", []int64{1, int64(len(w.Weights))}, w.Weights)
	weighted := x.Apply("Mul", name+"/weighted", counts, weights)
	return []string{x.With("LpNormalization", name, []onnx.Attribute{onnx.Int("axis", 1), onnx.Int("p", 2)}, weighted)}
}

// present is 0 for the rows whose text means a missing value and 1 for others,
// of the shape [rows, 1].
func (x exporter) present(name, flat string) string {
	m := mapping{others: 1}
	for _, missing := range table.MissingValues() {
		m.add(missing, 0)
	}
	column := x.Constant(name+"/column", []int64{2}, []int64{-1, 1})
	return x.Apply("Reshape", name+"/there", x.label(name+"/known", flat, m, codes), column)
}
