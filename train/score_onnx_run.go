package train

import (
	"context"
	"fmt"
	"strconv"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/runtime"
	"github.com/modelbuild/modelbuild/train/table"
)

// run scores all rows, in blocks where the model takes any number of them.
func (s *onnxScorer) run(ctx context.Context) error {
	blocks := parallel.Blocks(s.table.Rows(), applyBlock)
	if !s.session.ByRow() {
		blocks = []parallel.Range{{From: 0, To: s.table.Rows()}}
	}
	for _, r := range blocks {
		out, err := s.session.Run(ctx, s.batch(r))
		if err != nil {
			return unfit(fmt.Sprintf("the model fails on rows %d to %d: %s", r.From+1, r.To, err), "")
		}
		if err := s.take(out, r.Len()); err != nil {
			return err
		}
	}
	return nil
}

func (s *onnxScorer) batch(r parallel.Range) map[string]runtime.Tensor {
	batch := make(map[string]runtime.Tensor, len(s.inputs))
	if s.several {
		batch[s.inputs[0].Name] = matrixOf(s.columns, r, s.inputs[0].Type)
		return batch
	}
	for i, in := range s.inputs {
		t := matrixOf(s.columns[i:i+1], r, in.Type)
		if len(in.Dims) == 1 {
			t.Dims = t.Dims[:1]
		}
		batch[in.Name] = t
	}
	return batch
}

// matrixOf is a matrix of some rows of columns.
func matrixOf(columns []*table.Column, r parallel.Range, typ runtime.Type) runtime.Tensor {
	n, w := r.Len(), len(columns)
	number := func(i int) float64 {
		c, row := columns[i%w], r.From+i/w
		if c.Kind == table.Float32 {
			return float64(c.Numbers[row])
		}
		return c.Exact[row]
	}
	switch typ {
	case runtime.String:
		return runtime.Matrix(filled(n*w, func(i int) string { return columns[i%w].Text(r.From + i/w) }), n, w)
	case runtime.Double:
		return runtime.Matrix(filled(n*w, number), n, w)
	case runtime.Int64:
		return runtime.Matrix(filled(n*w, func(i int) int64 { return int64(number(i)) }), n, w)
	case runtime.Bool:
		return runtime.Matrix(filled(n*w, func(i int) bool { return number(i) != 0 }), n, w)
	}
	return runtime.Matrix(filled(n*w, func(i int) float32 { return float32(number(i)) }), n, w)
}

func filled[T any](n int, f func(int) T) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}

// take keeps the labels and the scores of some rows.
func (s *onnxScorer) take(out map[string]runtime.Tensor, rows int) error {
	var labels bool
	scores, err := s.takeColumns(out, rows)
	if err != nil {
		return err
	}
	for _, o := range s.session.Outputs() {
		t := out[o.Name]
		width, ok := perRow(t, rows)
		switch numbers := floats(t); {
		case !ok:
		case numbers != nil && !scores:
			scores = true
			if err := s.add(o.Name, width, numbers); err != nil {
				return err
			}
		case numbers == nil && width == 1 && !labels:
			labels = true
			for i := range rows {
				s.labels = append(s.labels, label(t, i))
			}
		}
	}
	if !scores && (!labels || s.task == job.TaskRegression) {
		return unfit("the model has no output with a label or numbers for each row", "")
	}
	return nil
}

// takeColumns keeps the scores of some rows where each class has an output of its name,
// which scikit-learn's converter begins with i for a number and with s for a text.
func (s *onnxScorer) takeColumns(out map[string]runtime.Tensor, rows int) (bool, error) {
	classes := s.session.Classes()
	if len(classes) < 2 {
		return false, nil
	}
	scores := make([]float64, rows*len(classes))
	for k, c := range classes {
		var numbers []float64
		for _, name := range []string{c, "i" + c, "s" + c} {
			if width, ok := perRow(out[name], rows); ok && width == 1 && numbers == nil {
				numbers = floats(out[name])
			}
		}
		if numbers == nil {
			return false, nil
		}
		for i, v := range numbers {
			scores[i*len(classes)+k] = v
		}
	}
	return true, s.add("of each class", len(classes), scores)
}

// add appends the scores of some rows.
func (s *onnxScorer) add(output string, width int, scores []float64) error {
	if len(s.scores) > 0 && width != s.width {
		return unfit(fmt.Sprintf("the model's output %s has %d numbers a row, and %d before", output, width, s.width), "")
	}
	s.width, s.scores = width, append(s.scores, scores...)
	return nil
}

// perRow is how many elements an output has for each row.
func perRow(t runtime.Tensor, rows int) (width int, ok bool) {
	if len(t.Dims) == 0 || len(t.Dims) > 2 || t.Dims[0] != rows {
		return 0, false
	}
	width = 1
	if len(t.Dims) == 2 {
		width = t.Dims[1]
	}
	return width, width > 0
}

func floats(t runtime.Tensor) []float64 {
	if t.Doubles != nil {
		return t.Doubles
	}
	if t.Floats == nil {
		return nil
	}
	return filled(len(t.Floats), func(i int) float64 { return float64(t.Floats[i]) })
}

func label(t runtime.Tensor, i int) string {
	switch {
	case t.Strings != nil:
		return t.Strings[i]
	case t.Ints != nil:
		return strconv.FormatInt(t.Ints[i], 10)
	}
	return strconv.FormatBool(t.Bools[i])
}
