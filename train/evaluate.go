package train

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/metrics"
	"github.com/modelbuild/modelbuild/train/table"
)

// MetricsVersion is the layout version of [Metrics].
const MetricsVersion = 2

// maxSlices is the most values that a slice column may have in the held-out
// part.
const maxSlices = 50

// Trained is what evaluation reads of a training run.
type Trained struct {
	Record      Record
	Predictions Predictions
	// Model and Schema are needed where rows are scored: see
	// [job.Evaluate.NeedsModel].
	Model  []byte
	Schema Schema
}

// Trained is what evaluation reads of the run.
func (r *Result) Trained() Trained { return Trained{r.Record, r.Predictions, r.Model, r.Schema} }

// Metrics is how well a model does on the held-out rows.
type Metrics struct {
	Version   int                      `json:"version"`
	Task      string                   `json:"task"`
	Part      string                   `json:"part"` // test
	Rows      int                      `json:"rows"`
	Metrics   map[string]float64       `json:"metrics"`
	Intervals *Intervals               `json:"intervals,omitempty"`
	PerClass  map[string]metrics.Class `json:"per_class,omitempty"`
	Confusion *metrics.Confusion       `json:"confusion,omitempty"`
	// CrossValidation is over the training part.
	CrossValidation *CrossValidation `json:"cross_validation,omitempty"`
	// LearningCurve is by rising share of the training part; the last point is the
	// model itself.
	LearningCurve []CurvePoint `json:"learning_curve,omitempty"`
	// Calibration of the probability of each class, or with two of the second.
	Calibration map[string]Calibration      `json:"calibration,omitempty"`
	Baseline    *Baseline                   `json:"baseline,omitempty"`
	Slices      map[string]map[string]Slice `json:"slices,omitempty"` // by column and value
	Gates       []GateResult                `json:"gates,omitempty"`
	// Importance and PartialDependence say what the model makes of its columns.
	Importance        *Importance        `json:"importance,omitempty"`
	PartialDependence *PartialDependence `json:"partial_dependence,omitempty"`

	scorer *metrics.Scorer // of the held-out rows; nil where the metrics were read from a file
}

// Intervals are confidence intervals of the metrics.
type Intervals struct {
	Level   float64                     `json:"level"`
	Samples int                         `json:"samples"` // bootstrap samples
	Metrics map[string]metrics.Interval `json:"metrics"`
}

// Calibration compares probabilities with what was observed.
type Calibration struct {
	Error float64       `json:"error"` // expected calibration error
	Bins  []metrics.Bin `json:"bins"`
}

// Baseline is the model that knows only the target in training: for classes it
// predicts the most frequent, with the frequencies as probabilities; for values
// the mean.
type Baseline struct {
	Class   string             `json:"class,omitempty"`
	Value   *float64           `json:"value,omitempty"`
	Metrics map[string]float64 `json:"metrics"`
}

// Slice is the held-out rows that share a value of a column.
type Slice struct {
	Rows    int                `json:"rows"`
	Metrics map[string]float64 `json:"metrics"`
	// Intervals are at the level of [Metrics.Intervals].
	Intervals map[string]metrics.Interval `json:"intervals,omitempty"`
}

// Evaluate computes the metrics. Where a gate is not met it returns them too,
// with [job.Problems] as the error.
func Evaluate(ctx context.Context, j job.Evaluate, t Trained) (*Metrics, error) {
	p := t.Predictions
	if err := belongs(p, t.Record); err != nil {
		return nil, err
	}
	m := &Metrics{Version: MetricsVersion, Task: p.Task, Part: "test", Rows: len(p.Rows),
		Baseline:        baseline(t),
		CrossValidation: t.Record.CrossValidation, LearningCurve: t.Record.LearningCurve}
	s := metrics.New(sample(p, t.Record.Output))
	m.scorer = s
	m.Metrics = s.Score(nil)
	maps.Copy(m.Metrics, t.Record.Measures)
	if p.Task == job.TaskClassification {
		m.describeClasses(s)
	}
	if err := m.intervals(ctx, s, j, t.Record.Job.Seed); err != nil {
		return nil, err
	}
	if err := m.slice(ctx, j, t, s); err != nil {
		return nil, err
	}
	if err := m.explain(ctx, j, t); err != nil {
		return nil, err
	}
	return m, m.gate(j.Gates)
}

// describeClasses adds what is said of each class.
func (m *Metrics) describeClasses(s *metrics.Scorer) {
	m.Confusion, m.PerClass = s.Confuse(nil), map[string]metrics.Class{}
	for k, class := range s.Columns {
		m.PerClass[class] = m.Confusion.Class(k)
	}
	if !s.Probabilities {
		return
	}
	m.Calibration = map[string]Calibration{}
	ranked := s.Ranked()
	for i, class := range ranked {
		bins, expected := s.Calibration(len(s.Columns) - len(ranked) + i)
		m.Calibration[class] = Calibration{expected, bins}
	}
}

// intervals resamples the held-out rows.
func (m *Metrics) intervals(ctx context.Context, s *metrics.Scorer, j job.Evaluate, seed uint64) error {
	if m.Task == job.TaskDecomposition {
		return nil
	}
	level := cmp.Or(j.Confidence, job.DefaultConfidence)
	found, err := s.Bootstrap(ctx, seed, level)
	if err != nil {
		return fmt.Errorf("evaluate: %w", err)
	}
	m.Intervals = &Intervals{Level: level, Samples: metrics.Samples(s.Rows()), Metrics: found}
	return nil
}

// sample is what the metrics are computed of.
func sample(p Predictions, output string) metrics.Sample {
	return metrics.Sample{Task: p.Task, Columns: p.Columns, Class: p.Class, Value: p.Value, Predicted: p.Predicted,
		Scores: p.Scores, Probabilities: output == OutputProbabilities}
}

// belongs refuses predictions that are not those of the record.
func belongs(p Predictions, r Record) error {
	classes := r.ClassRows == nil && len(r.Classes) == 0 ||
		r.ClassRows != nil && slices.Equal(p.Columns, r.Classes) && len(p.Columns) == len(r.ClassRows.Train)
	if len(p.Rows) != r.Split.TestRows || p.Task != r.Job.Task || !classes {
		return fmt.Errorf("evaluate: %d predictions do not belong to a record of %d held-out rows", len(p.Rows), r.Split.TestRows)
	}
	return nil
}

// baseline is nil for the tasks without a target.
func baseline(t Trained) *Baseline {
	p := t.Predictions
	switch {
	case t.Record.ClassRows != nil:
		counts := t.Record.ClassRows.Train
		top := slices.Index(counts, slices.Max(counts))
		prior := make([]float64, len(counts))
		for k, n := range counts {
			prior[k] = float64(n) / float64(t.Record.Split.TrainRows)
		}
		p.Predicted = slices.Repeat([]int{top}, len(p.Rows))
		p.Scores.Data = slices.Repeat(prior, len(p.Rows))
		return &Baseline{Class: p.Columns[top], Metrics: metrics.New(sample(p, t.Record.Output)).Score(nil)}
	case t.Record.Target != nil:
		mean := t.Record.Target.Mean
		p.Scores.Data = slices.Repeat([]float64{mean}, len(p.Rows))
		return &Baseline{Value: &mean, Metrics: metrics.New(sample(p, t.Record.Output)).Score(nil)}
	}
	return nil
}

// hint says what the baseline reaches.
func (b *Baseline) hint(metric string) string {
	switch {
	case b == nil:
		return ""
	case b.Value != nil:
		return fmt.Sprintf("always predicting the mean, %.6g, gives %.6g", *b.Value, b.Metrics[metric])
	}
	return fmt.Sprintf("always predicting %q gives %.6g", b.Class, b.Metrics[metric])
}

// slice computes the metrics of each value of the slice columns; rows without
// a value are the slice "".
func (m *Metrics) slice(ctx context.Context, j job.Evaluate, t Trained, s *metrics.Scorer) error {
	if len(j.Slices) == 0 {
		return nil
	}
	data, err := heldOut(ctx, j, t)
	if err != nil {
		return err
	}
	m.Slices = map[string]map[string]Slice{}
	var ps job.Problems
	for i, name := range j.Slices {
		if err := ctx.Err(); err != nil {
			return err
		}
		field := fmt.Sprintf("evaluate.slices[%d]", i)
		column, ok := data.Column(name)
		if !ok {
			ps = append(ps, data.NoColumn(job.CodeNoColumn, field, name))
			continue
		}
		groups := group(column, t.Predictions.Rows)
		if len(groups) > maxSlices {
			ps = append(ps, job.Problem{Code: job.CodeSlice, Field: field, Dataset: data.Name, Name: name, Excerpt: name,
				Message: fmt.Sprintf("slice column %q has %d values in the held-out part; at most %d are reported", name, len(groups), maxSlices),
				Hint:    "slice by a column with few values"})
			continue
		}
		m.Slices[name] = map[string]Slice{}
		for value, at := range groups {
			times := make([]int32, s.Rows())
			for _, i := range at {
				times[i] = 1
			}
			found, err := m.sliceIntervals(ctx, j, t, at)
			if err != nil {
				return err
			}
			m.Slices[name][value] = Slice{Rows: len(at), Metrics: s.Score(times), Intervals: found}
		}
	}
	return ps.Err()
}

// sliceIntervals are [Metrics.intervals] for some of the held-out rows.
func (m *Metrics) sliceIntervals(ctx context.Context, j job.Evaluate, t Trained, at []int) (map[string]metrics.Interval, error) {
	if m.Task == job.TaskDecomposition {
		return nil, nil
	}
	p := t.Predictions
	p.Class, p.Value, p.Predicted = pick(p.Class, at), pick(p.Value, at), pick(p.Predicted, at)
	p.Scores = matrix.Dense{Rows: len(at), Width: p.Scores.Width}
	for _, i := range at {
		p.Scores.Data = append(p.Scores.Data, t.Predictions.Scores.Row(i)...)
	}
	found, err := metrics.New(sample(p, t.Record.Output)).Bootstrap(ctx, t.Record.Job.Seed, cmp.Or(j.Confidence, job.DefaultConfidence))
	if err != nil {
		return nil, fmt.Errorf("evaluate slices: %w", err)
	}
	return found, nil
}

// heldOut opens the dataset that the held-out rows are from, and makes sure
// that it is the one trained with.
func heldOut(ctx context.Context, j job.Evaluate, t Trained) (*table.Table, error) {
	o := table.Options{Columns: map[string]table.Kind{}, Others: table.Skip}
	for _, column := range j.Slices {
		o.Columns[column] = table.Text
	}
	if j.ONNX != nil { // the one dataset that the model was scored on
		return open(ctx, j.Data, j.Data[0].Name, o)
	}
	data, err := open(ctx, j.Data, t.heldOutDataset(), o)
	if err != nil {
		return nil, err
	}
	return data, t.trainedWith(data)
}

// heldOutDataset is the name of the dataset that the held-out rows are from.
func (t Trained) heldOutDataset() string {
	if t.Record.Job.Split.Kind == job.SplitFixed {
		return job.DatasetTest
	}
	return job.DatasetTrain
}

// trainedWith refuses data that is not what the record has.
func (t Trained) trainedWith(data *table.Table) error {
	for _, d := range t.Record.Datasets {
		if d.Name == data.Name && d.SHA256 == data.SHA256 {
			return nil
		}
	}
	return fmt.Errorf("evaluate: dataset %s has sha256 %s, which is not what the model was trained with", data.Name, data.SHA256)
}

// group maps each value of a column to the positions of the rows that have it.
func group(c *table.Column, rows []int) map[string][]int {
	groups := map[string][]int{}
	for i, r := range rows {
		value := c.Text(r)
		groups[value] = append(groups[value], i)
	}
	return groups
}

// Line is a metric beside the baseline's, for logs, with the name padded to a
// width.
func (m *Metrics) Line(name string, width int) string {
	line := fmt.Sprintf("%-*s %.6g", width, name, m.Metrics[name])
	if v, ok := m.Baseline.Metric(name); ok {
		line += fmt.Sprintf("  (baseline %.6g)", v)
	}
	return line
}

// Metric is one of the baseline's, where there is a baseline that has it.
func (b *Baseline) Metric(name string) (float64, bool) {
	if b == nil {
		return 0, false
	}
	v, ok := b.Metrics[name]
	return v, ok
}
