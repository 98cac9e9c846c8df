package features

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/onnxtest"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/onnx"
	"github.com/modelbuild/modelbuild/train/table"
)

// feed turns a table's columns into the tensors that the inputs take.
func feed(inputs []Input, t *table.Table) map[string]onnxtest.Tensor {
	out := map[string]onnxtest.Tensor{}
	for _, in := range inputs {
		c, _ := t.Column(in.Name)
		x := onnxtest.Tensor{Dims: []int{t.Rows(), max(1, in.Width)}}
		switch in.Tensor {
		case "string":
			for row := range t.Rows() {
				text := c.Text(row)
				if text == "" {
					text = table.MissingValues()[row%len(table.MissingValues())]
				}
				x.Strings = append(x.Strings, text)
			}
		case "float64":
			x.Doubles = c.Exact
		default:
			x.Floats = c.Numbers
		}
		out[in.Name] = x
	}
	return out
}

// oracle is what ONNX Runtime makes of a graph whose result is out.
func oracle(t *testing.T, b *onnx.Builder, out string, width int, inputs map[string]onnxtest.Tensor) []float64 {
	t.Helper()
	b.Node(onnx.Node{Op: "Identity", Inputs: []string{out}, Outputs: []string{"out"}})
	b.Graph.Outputs = []onnx.Value{{Name: "out", Type: onnx.Float, Dims: []int64{onnx.Rows, int64(width)}}}
	var values []float64
	for _, v := range onnxtest.Outputs(t, onnx.Model{Graph: b.Graph}.Encode(), inputs)["out"].Floats {
		values = append(values, float64(v))
	}
	return values
}

// TestExport encodes every row of data with every type, fitted on some of them,
// in both layouts, and compares with ONNX Runtime.
func TestExport(t *testing.T) {
	data, treatments := everything(700)
	numbers := map[string]job.Column{"y": {}}
	cases := map[string]struct {
		data       string
		treatments map[string]job.Column
		exclude    []string
	}{
		"every type":         {data, treatments, nil},
		"numbers alone":      {data, numbers, []string{"b", "c", "o", "f", "d", "t", "v", "s", "h"}},
		"categories alone":   {data, map[string]job.Column{"c": {MaxCategories: 3}}, []string{"n", "m", "b", "d", "t", "v", "s", "h"}},
		"nothing in a part":  {"a,b,c,d,s,v,y\n" + strings.Repeat(",,,,,,p\n", 300) + strings.Repeat("1,yes,u,2026-01-01,words here,1 2,p\n", 400), map[string]job.Column{"b": {Type: "binary"}, "c": {Type: "category"}, "d": {Type: "date"}, "s": {Type: "text"}, "v": {Type: "vector"}}, nil},
		"kept and clipped":   {data, map[string]job.Column{"n": {Clip: []float64{-1, 1}}, "m": {Scale: job.ScaleStandard, Indicator: true}}, []string{"b", "c", "o", "f", "d", "t", "v", "s", "h"}},
		"categories as such": {data, map[string]job.Column{"c": {Missing: job.MissingOwnCategory}, "o": {Missing: job.MissingMostFrequent, MaxCategories: 4}}, []string{"n", "m", "b", "d", "t", "v", "s", "h"}},
	}
	for name, c := range cases {
		for l, layout := range map[Layout]string{Dense: "dense", Columns: "columns"} {
			t.Run(name+" "+layout, func(t *testing.T) {
				f := job.Features{Target: "y", Columns: c.treatments, Exclude: c.exclude}
				delete(f.Columns, "y")
				tab, err := table.Read("train", strings.NewReader(c.data), Wants(f))
				require.NoError(t, err)
				plan, err := Plan(tab, f, l)
				require.NoError(t, err)
				e, err := Fit(tab, plan, upTo(300))
				require.NoError(t, err)
				b := &onnx.Builder{}
				var want []float64
				var out string
				if l == Dense {
					m, err := e.Encode(tab, upTo(tab.Rows()))
					require.NoError(t, err)
					want, out = m.Data, e.Export(b)
				} else {
					x, err := e.EncodeColumns(tab, upTo(tab.Rows()))
					require.NoError(t, err)
					want, out = rowMajor(x), e.ExportColumns(b)
				}
				got := oracle(t, b, out, e.Width(), feed(e.Inputs(), tab))
				require.Len(t, got, len(want))
				for i := range want {
					same := math.IsNaN(want[i]) && math.IsNaN(got[i]) || math.Abs(want[i]-got[i]) <= 1e-6*(1+math.Abs(want[i]))
					require.True(t, same, "row %d %s: %v, ONNX Runtime %v", i/e.Width(), e.Names()[i%e.Width()], want[i], got[i])
				}
			})
		}
	}
}

// rowMajor is columns as the graph has them.
func rowMajor(x matrix.Columns) []float64 {
	out := make([]float64, 0, x.Rows*len(x.Features))
	for i := range x.Rows {
		for _, f := range x.Features {
			switch {
			case !f.Categorical():
				out = append(out, float64(f.Values[i]))
			case f.Codes[i] < 0:
				out = append(out, math.NaN())
			default:
				out = append(out, float64(f.Codes[i]))
			}
		}
	}
	return out
}

// TestInputs makes sure that the description of the inputs is complete.
func TestInputs(t *testing.T) {
	data, treatments := everything(50)
	e, _ := fit(t, data, 50, treatments)
	b := &onnx.Builder{}
	e.Export(b)
	inputs := e.Inputs()
	require.Len(t, b.Graph.Inputs, len(inputs))
	for i, in := range inputs {
		require.Equal(t, b.Graph.Inputs[i].Name, in.Name)
		require.Equal(t, map[string]int32{"float32": onnx.Float, "float64": onnx.Double, "string": onnx.String}[in.Tensor], b.Graph.Inputs[i].Type)
		require.Equal(t, []int64{onnx.Rows, int64(max(1, in.Width))}, b.Graph.Inputs[i].Dims)
	}
	text, err := json.Marshal(inputs)
	require.NoError(t, err)
	for _, want := range []string{`"unit":"seconds since`, `"clip":[100,800]`, `"other":true`, `"shares":[`, `"words":[`, `"weights":[`, `"buckets":[`, `"name":"epoch_days"`} {
		require.Contains(t, string(text), want)
	}
	require.True(t, slices.ContainsFunc(inputs, func(in Input) bool { return in.Inferred }))
}
