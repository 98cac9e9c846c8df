package train

import (
	"fmt"

	"github.com/modelbuild/modelbuild/train/features"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/onnx"
	"github.com/modelbuild/modelbuild/train/table"
)

// encode turns rows of a table into the layout that the algorithm wants.
func (f *fitted) encode(t *table.Table, rows []int) (learn.Input, error) {
	x, err := f.enc.Encode(t, rows)
	return learn.Input{Dense: x}, err
}

// exportFeatures adds the graph from raw columns to features.
func exportFeatures(b *onnx.Builder, enc *features.Encoder) string {
	var parts []string
	if n := exportNumbers(b, enc); n != "" {
		parts = append(parts, n)
	}
	for _, c := range enc.Columns {
		if c.Type == job.TypeCategory {
			if p := exportCategory(b, c); p != "" {
				parts = append(parts, p)
			}
		}
	}
	return b.With("Concat", "features", []onnx.Attribute{onnx.Int("axis", 1)}, parts...)
}

// exportNumbers fills, centres and scales all number columns at once.
func exportNumbers(b *onnx.Builder, enc *features.Encoder) string {
	var names []string
	var fill, offset, divisor []float32
	for _, c := range enc.Columns {
		if c.Type != job.TypeNumber {
			continue
		}
		b.Graph.Inputs = append(b.Graph.Inputs, onnx.Value{Name: c.Name, Type: onnx.Float, Dims: []int64{onnx.Rows, 1}})
		names = append(names, c.Name)
		fill, offset, divisor = append(fill, c.Fill), append(offset, c.Offset), append(divisor, c.Divisor)
	}
	if len(names) == 0 {
		return ""
	}
	row := []int64{1, int64(len(names))}
	x := b.With("Concat", "numbers", []onnx.Attribute{onnx.Int("axis", 1)}, names...)
	missing := b.Apply("IsNaN", "missing", x)
	x = b.Apply("Where", "filled", missing, b.Constant("fill", row, fill), x)
	x = b.Apply("Sub", "centred", x, b.Constant("offset", row, offset))
	return b.Apply("Div", "scaled", x, b.Constant("divisor", row, divisor))
}

// exportCategory looks up a text's index, with every spelling of a missing
// value standing for the fill category and others for -1, and sets the
// indicator.
func exportCategory(b *onnx.Builder, c features.Fitted) string {
	b.Graph.Inputs = append(b.Graph.Inputs, onnx.Value{Name: c.Name, Type: onnx.String, Dims: []int64{onnx.Rows, 1}})
	if len(c.Categories) == 0 {
		return ""
	}
	var keys []string
	var indices, all []int64
	for i, category := range c.Categories {
		all = append(all, int64(i))
		if !table.Missing(category) {
			keys, indices = append(keys, category), append(indices, int64(i))
		}
	}
	for _, missing := range table.MissingValues() {
		keys, indices = append(keys, missing), append(indices, int64(c.FillCategory))
	}
	index := b.ML("LabelEncoder", "index", []onnx.Attribute{{Name: "keys_strings", Value: keys},
		{Name: "values_int64s", Value: indices}, {Name: "default_int64", Value: int64(-1)}}, c.Name)
	indicators := b.ML("OneHotEncoder", "indicators", []onnx.Attribute{{Name: "cats_int64s", Value: all}, onnx.Int("zeros", 1)}, index)
	shape := b.Constant("shape", []int64{2}, []int64{-1, int64(len(c.Categories))})
	return b.Apply("Reshape", fmt.Sprintf("category_%d", len(b.Graph.Inputs)-1), indicators, shape)
}
