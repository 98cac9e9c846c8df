package train

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/metrics"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/runtime"
)

// Importance is how much worse a metric becomes when the values of a column are
// shuffled among the held-out rows, so that the column says nothing any more
// (Breiman 2001; Fisher, Rudin and Dominici 2019).
type Importance struct {
	Metric  string             `json:"metric"`
	Value   float64            `json:"value"` // of the metric, with every column in place
	Rows    int                `json:"rows"`
	Repeats int                `json:"repeats"`
	Columns []ColumnImportance `json:"columns"` // the most important first
}

// ColumnImportance is by how much the metric becomes worse, over the repeats:
// about zero for a column that the model does not need.
type ColumnImportance struct {
	Column string  `json:"column"`
	Mean   float64 `json:"mean"`
	Std    float64 `json:"std"` // population standard deviation
}

// ShownColumns is how many of the most important columns are shown where there is
// no room for all.
const ShownColumns = 5

// Lines are the most important columns, for logs.
func (m *Importance) Lines() []string {
	if m == nil {
		return nil
	}
	shown := m.Columns[:min(ShownColumns, len(m.Columns))]
	width := 0
	for _, c := range shown {
		width = max(width, len(c.Column))
	}
	var out []string
	for _, c := range shown {
		out = append(out, fmt.Sprintf("%-*s worsens %s by %.4g ± %.2g", width, c.Column, m.Metric, c.Mean, c.Std))
	}
	return out
}

// importance shuffles each input of the model. Shuffle r is the same for every
// column, so that another column in the model changes nothing for the others.
func (e *explainer) importance(ctx context.Context, o job.Importance) (*Importance, error) {
	x := e.take(cmp.Or(o.Rows, job.DefaultExplainRows))
	m := &Importance{Metric: cmp.Or(o.Metric, job.HeadlineMetric(e.trained.Record.Job.Task)), Rows: len(x.rows),
		Repeats: cmp.Or(o.Repeats, job.DefaultRepeats)}
	out, err := e.applier.session.Run(ctx, x.batch)
	if err != nil {
		return nil, fmt.Errorf("score held-out rows: %w", err)
	}
	if m.Value, err = e.score(out, x, m.Metric); err != nil {
		return nil, err
	}
	shuffled := make([][]int, m.Repeats)
	for r := range shuffled {
		shuffled[r] = slices.Clone(x.rows)
		fpmath.Shuffle(rand.NewPCG(e.trained.Record.Job.Seed, shuffleStream+uint64(r)), shuffled[r])
	}
	inputs := e.trained.Schema.Inputs
	worse, failed := make([]float64, len(inputs)*m.Repeats), make([]error, len(inputs)*m.Repeats)
	err = parallel.Do(ctx, len(worse), func(i int) {
		name := inputs[i/m.Repeats].Name
		out, err := e.with(ctx, x, name, e.cells(name, shuffled[i%m.Repeats]))
		if err == nil {
			worse[i], err = e.score(out, x, m.Metric)
		}
		worse[i], failed[i] = worsening(m, e.trained.Record.Job.Task, worse[i]), err
	})
	for _, f := range append(failed, err) {
		if f != nil {
			return nil, f
		}
	}
	for i, in := range inputs {
		mean, std := spread(worse[i*m.Repeats : (i+1)*m.Repeats])
		m.Columns = append(m.Columns, ColumnImportance{in.Name, mean, std})
	}
	slices.SortFunc(m.Columns, func(a, b ColumnImportance) int {
		return cmp.Or(cmp.Compare(b.Mean, a.Mean), cmp.Compare(a.Column, b.Column))
	})
	return m, nil
}

// worsening is how much worse a value is than that of the importance.
func worsening(m *Importance, task string, value float64) float64 {
	for _, known := range job.ImportanceMetrics(task) {
		if known.Name == m.Metric && known.HigherIsBetter {
			return m.Value - value
		}
	}
	return value - m.Value
}

// score computes a metric of the rows from what the model says of them.
func (e *explainer) score(out map[string]runtime.Tensor, x explained, metric string) (float64, error) {
	p, output := e.trained.Predictions, e.trained.Record.Output
	s := metrics.Sample{Task: p.Task, Columns: p.Columns, Class: pick(p.Class, x.at), Value: pick(p.Value, x.at),
		Scores: matrix.NewDense(len(x.at), len(p.Columns)), Probabilities: output == OutputProbabilities}
	copy(s.Scores.Data, reals(out[output]))
	for _, label := range out[OutputLabel].Strings {
		s.Predicted = append(s.Predicted, e.class[label])
	}
	scores := metrics.New(s).Score(nil)
	v, ok := scores[metric]
	if !ok || !matrix.Finite([]float64{v}) {
		return 0, metricProblem(metric, fmt.Sprintf("importance by %s: the metric is not defined for these rows of a %s", metric, p.Task), slices.Sorted(maps.Keys(scores)))
	}
	return v, nil
}

func metricProblem(metric, message string, others []string) error {
	return job.Problems{{Code: job.CodeMetric, Field: "evaluate.importance.metric", Name: metric, Excerpt: metric,
		Message: message, Hint: "there are " + joined(others)}}
}

// checkImportance checks what needs no data.
func checkImportance(o *job.Importance, task string) error {
	if o == nil {
		return nil
	}
	if !job.Supervised(task) {
		return job.Problems{{Code: job.CodeAlgorithm, Field: "evaluate.importance", Excerpt: "importance",
			Message: task + " has no target, so no metric that a column is important for", Hint: "leave the key out"}}
	}
	var names []string
	for _, m := range job.ImportanceMetrics(task) {
		names = append(names, m.Name)
	}
	if o.Metric != "" && !slices.Contains(names, o.Metric) {
		return metricProblem(o.Metric, fmt.Sprintf("importance is not measured by %q in a %s", o.Metric, task), names)
	}
	return nil
}
