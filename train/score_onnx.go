package train

import (
	"context"
	"fmt"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/runtime"
	"github.com/modelbuild/modelbuild/train/table"
)

// Scored is what a model is scored on, and for which task: classification or regression.
type Scored struct {
	Data job.Dataset
	Task string
}

// ScoreONNX computes the predictions of a model that something else trained. Each of
// its inputs takes the column of its name, or is the only one and takes several as a
// matrix. Of its outputs the first with a label for each row, and the first with one or
// several numbers, count. What does not fit is returned as [job.Problems] at
// evaluate.onnx.
func ScoreONNX(ctx context.Context, model []byte, j job.ONNX, on Scored) (Predictions, error) {
	session, err := runtime.Load(model)
	if err != nil {
		return Predictions{}, unfit("the model cannot be scored: "+err.Error(), "a program can score it: evaluate.run")
	}
	s := &onnxScorer{job: j, task: on.Task, session: session, inputs: session.Inputs()}
	s.several = len(s.inputs) == 1 && (len(j.Columns) > 0 || len(s.inputs[0].Dims) == 2 && s.inputs[0].Dims[1] != 1)
	if err := s.open(ctx, on.Data); err != nil {
		return Predictions{}, err
	}
	if err := s.run(ctx); err != nil {
		return Predictions{}, err
	}
	out := Predictions{Task: on.Task, Rows: make([]int, s.table.Rows())}
	for i := range out.Rows {
		out.Rows[i] = i
	}
	if on.Task == job.TaskRegression {
		return out, s.values(&out)
	}
	return out, s.classes(&out)
}

// unfit is a model that does not go with its data.
func unfit(message, hint string) error {
	return job.Problems{{Code: job.CodeScores, Field: "evaluate.onnx", Message: message, Hint: hint}}
}

type onnxScorer struct {
	job     job.ONNX
	task    string
	session *runtime.Session
	inputs  []runtime.Value
	several bool // one input, which takes several columns
	table   *table.Table
	columns []*table.Column // those of the only input, or one for each input

	labels []string  // of each row, where the model has them
	scores []float64 // rows by width
	width  int
}

// open reads the target and the columns that the model takes.
func (s *onnxScorer) open(ctx context.Context, d job.Dataset) error {
	o := table.Options{Columns: map[string]table.Kind{}, Others: table.Skip}
	if !s.several {
		for _, in := range s.inputs {
			o.Columns[in.Name] = kindFor(in.Type)
		}
	}
	for _, name := range s.job.Columns {
		o.Columns[name] = kindFor(s.inputs[0].Type)
	}
	if s.several && len(s.job.Columns) == 0 {
		o.Others = kindFor(s.inputs[0].Type)
	}
	o.Columns[s.job.Target] = table.Text
	if s.task == job.TaskRegression {
		o.Columns[s.job.Target] = table.Float64
	}
	var err error
	if s.table, err = table.Open(ctx, d, o); err != nil {
		return err
	}
	return s.fit()
}

func kindFor(t runtime.Type) table.Kind {
	switch t {
	case runtime.Float:
		return table.Float32
	case runtime.String:
		return table.Text
	}
	return table.Float64
}

// fit compares the columns with the inputs, and looks for cells that cannot be used.
func (s *onnxScorer) fit() error {
	var ps job.Problems
	names := s.job.Columns
	switch {
	case !s.several:
		for _, in := range s.inputs {
			names = append(names, in.Name)
		}
	case len(names) == 0:
		for _, name := range s.table.Names() {
			if name != s.job.Target {
				names = append(names, name)
			}
		}
	}
	for _, name := range append([]string{s.job.Target}, names...) {
		c, ok := s.table.Column(name)
		if !ok {
			ps = append(ps, s.table.NoColumn(job.CodeNoColumn, "evaluate.onnx", name))
			continue
		}
		s.columns = append(s.columns, c)
		ps = append(ps, unreadable(s.table, c, "evaluate.onnx", "number")...)
	}
	if err := ps.Err(); err != nil {
		return err
	}
	target := s.columns[0]
	s.columns = s.columns[1:]
	if target.Missing.N > 0 {
		p := s.table.Problem(job.CodeBadNumber, "evaluate.onnx", target, target.Missing)
		p.Message = fmt.Sprintf("column %q has no value%s", target.Name, table.More(target.Missing.N-1))
		return job.Problems{p}
	}
	if want := s.inputs[0].Dims; s.several && len(want) == 2 && want[1] > 0 && want[1] != len(s.columns) {
		return unfit(fmt.Sprintf("the model's input %s takes %d columns, and there are %d", s.inputs[0], want[1], len(s.columns)),
			"name them in its order with evaluate.onnx.columns")
	}
	return nil
}
