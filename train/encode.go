package train

import (
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/onnx"
	"github.com/modelbuild/modelbuild/train/table"
)

// encode turns rows of a table into the layout that the algorithm wants.
func (f *fitted) encode(t *table.Table, rows []int) (learn.Input, error) {
	if f.algorithm.columns {
		x, err := f.enc.EncodeColumns(t, rows)
		return learn.Input{Columns: x}, err
	}
	x, err := f.enc.Encode(t, rows)
	return learn.Input{Dense: x}, err
}

// exportFeatures adds the graph from raw columns to that layout.
func (f *fitted) exportFeatures(b *onnx.Builder) string {
	if f.algorithm.columns {
		return f.enc.ExportColumns(b)
	}
	return f.enc.Export(b)
}
