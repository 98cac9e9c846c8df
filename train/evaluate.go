package train

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/table"
)

// MetricsVersion is the layout version of [Metrics].
const MetricsVersion = 1

// maxSlices is the most values that a slice column may have in the held-out
// part.
const maxSlices = 50

// Trained is what evaluation reads of a training run.
type Trained struct {
	Record      Record
	Predictions Predictions
}

// Metrics is how well a model does on the held-out rows.
type Metrics struct {
	Version   int                         `json:"version"`
	Task      string                      `json:"task"`
	Part      string                      `json:"part"` // test
	Rows      int                         `json:"rows"`
	Metrics   map[string]float64          `json:"metrics"`
	PerClass  map[string]ClassMetrics     `json:"per_class"`
	Confusion Confusion                   `json:"confusion"`
	Baseline  Baseline                    `json:"baseline"`
	Slices    map[string]map[string]Slice `json:"slices,omitempty"` // by column and value
	Gates     []GateResult                `json:"gates,omitempty"`
}

// Baseline is the model that knows only how frequent the classes were in
// training: it predicts the most frequent, with the frequencies as
// probabilities.
type Baseline struct {
	Class   string             `json:"class"`
	Metrics map[string]float64 `json:"metrics"`
}

// Slice is the held-out rows that share a value of a column.
type Slice struct {
	Rows    int                `json:"rows"`
	Metrics map[string]float64 `json:"metrics"`
}

// GateResult is a gate with what was reached.
type GateResult struct {
	Metric string  `json:"metric"`
	Op     string  `json:"op"`
	Value  float64 `json:"value"`
	Actual float64 `json:"actual"`
	Met    bool    `json:"met"`
}

// Evaluate computes the metrics. Where a gate is not met it returns them too,
// with [job.Problems] as the error.
func Evaluate(ctx context.Context, j job.Evaluate, t Trained) (*Metrics, error) {
	p := t.Predictions
	if len(p.Rows) != t.Record.Split.TestRows || !slices.Equal(p.Classes, t.Record.Classes) ||
		len(p.Classes) != len(t.Record.ClassRows.Train) {
		return nil, fmt.Errorf("evaluate: %d predictions do not belong to a record of %d held-out rows", len(p.Rows), t.Record.Split.TestRows)
	}
	m := &Metrics{
		Version: MetricsVersion, Task: t.Record.Job.Task, Part: "test", Rows: len(p.Rows),
		Metrics: score(p), PerClass: map[string]ClassMetrics{}, Confusion: confuse(p), Baseline: baseline(t),
	}
	for k, class := range p.Classes {
		m.PerClass[class] = m.Confusion.class(k)
	}
	if err := m.slice(ctx, j, t); err != nil {
		return nil, err
	}
	return m, m.gate(j.Gates)
}

func baseline(t Trained) Baseline {
	counts := t.Record.ClassRows.Train
	top := slices.Index(counts, slices.Max(counts))
	prior := make([]float64, len(counts))
	for k, n := range counts {
		prior[k] = ratio(n, t.Record.Split.TrainRows)
	}
	p := t.Predictions
	p.Predicted = slices.Repeat([]int{top}, len(p.Rows))
	p.Probabilities = slices.Repeat([][]float64{prior}, len(p.Rows))
	return Baseline{Class: p.Classes[top], Metrics: score(p)}
}

// slice computes the metrics of each value of the slice columns; rows without
// a value are the slice "".
func (m *Metrics) slice(ctx context.Context, j job.Evaluate, t Trained) error {
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
			m.Slices[name][value] = Slice{Rows: len(at), Metrics: score(t.Predictions.subset(at))}
		}
	}
	return ps.Err()
}

// heldOut opens the dataset that the held-out rows are from, and makes sure
// that it is the one trained with.
func heldOut(ctx context.Context, j job.Evaluate, t Trained) (*table.Table, error) {
	name := job.DatasetTrain
	if t.Record.Job.Split.Kind == job.SplitFixed {
		name = job.DatasetTest
	}
	o := table.Options{Columns: map[string]table.Kind{}, Others: table.Skip}
	for _, column := range j.Slices {
		o.Columns[column] = table.Text
	}
	data, err := open(ctx, j.Data, name, o)
	if err != nil {
		return nil, err
	}
	for _, d := range t.Record.Datasets {
		if d.Name == name && d.SHA256 == data.SHA256 {
			return data, nil
		}
	}
	return nil, fmt.Errorf("evaluate: dataset %s has sha256 %s, which is not what the model was trained with", name, data.SHA256)
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

// gate compares the metrics with their bounds.
func (m *Metrics) gate(gates []job.Gate) error {
	var ps job.Problems
	for _, g := range gates {
		field := g.Field
		if field == "" {
			field = "evaluate.gates." + g.Metric
		}
		actual, ok := m.Metrics[g.Metric]
		if !ok {
			ps = append(ps, job.Problem{Code: job.CodeMetric, Field: field, Name: g.Metric, Excerpt: g.Metric,
				Message: fmt.Sprintf("no metric %q for %s", g.Metric, m.Task),
				Hint:    "there are " + joined(slices.Sorted(maps.Keys(m.Metrics)))})
			continue
		}
		met, ok := compare(actual, g)
		if !ok {
			return fmt.Errorf("evaluate: gate %s has operator %q", g.Metric, g.Op)
		}
		m.Gates = append(m.Gates, GateResult{g.Metric, g.Op, g.Value, actual, met})
		if !met {
			ps = append(ps, job.Problem{Code: job.CodeGate, Field: field, Name: g.Metric,
				Excerpt: fmt.Sprintf("%s %v", g.Op, g.Value),
				Message: fmt.Sprintf("%s is %.6g on %d held-out rows; the gate wants %s %v", g.Metric, actual, m.Rows, g.Op, g.Value),
				Hint:    fmt.Sprintf("always predicting %q gives %.6g", m.Baseline.Class, m.Baseline.Metrics[g.Metric])})
		}
	}
	return ps.Err()
}

func compare(actual float64, g job.Gate) (met, ok bool) {
	switch g.Op {
	case ">=":
		return actual >= g.Value, true
	case ">":
		return actual > g.Value, true
	case "<=":
		return actual <= g.Value, true
	case "<":
		return actual < g.Value, true
	case "==":
		return actual == g.Value, true
	}
	return false, false
}
