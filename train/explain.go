package train

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/runtime"
	"github.com/modelbuild/modelbuild/train/table"
)

// Streams that separate the draws of an explanation from others with the same
// seed; that of shuffle r of a column is shuffleStream+r.
const (
	sampleStream  = 0x6578706c61696e
	shuffleStream = 0x73687566666c65 << 8
)

// explain adds what the exported model makes of its columns, where the job asks
// for it.
func (m *Metrics) explain(ctx context.Context, j job.Evaluate, t Trained) error {
	if !j.NeedsModel() {
		return nil
	}
	e, err := newExplainer(ctx, j, t)
	if err != nil {
		return err
	}
	if j.Importance != nil {
		if m.Importance, err = e.importance(ctx, *j.Importance); err != nil {
			return err
		}
	}
	if len(j.PartialDependence) > 0 {
		m.PartialDependence, err = e.partialDependence(ctx, j.PartialDependence)
	}
	return err
}

// explainer asks the exported model what it says of held-out rows in which one
// column has other values.
type explainer struct {
	trained Trained
	applier *Applier
	table   *table.Table
	class   map[string]int // by label
}

func newExplainer(ctx context.Context, j job.Evaluate, t Trained) (*explainer, error) {
	if describe(ModelFile, t.Model) != t.Record.Model {
		return nil, errors.New("evaluate: the model is not the one of the training record")
	}
	if err := checkImportance(j.Importance, t.Record.Job.Task); err != nil {
		return nil, err
	}
	if err := checkDependence(j.PartialDependence, t); err != nil {
		return nil, err
	}
	e := &explainer{trained: t, class: map[string]int{}}
	for k, name := range t.Predictions.Columns {
		e.class[name] = k
	}
	var err error
	if e.applier, err = newApplier(t.Model, t.Schema); err != nil {
		return nil, err
	}
	d, err := dataset(j.Data, t.heldOutDataset())
	if err != nil {
		return nil, err
	}
	if e.table, err = e.applier.Open(ctx, d); err != nil {
		return nil, err
	}
	return e, t.trainedWith(e.table)
}

// explained are held-out rows, with the inputs of the model for them.
type explained struct {
	at    []int // among the predictions
	rows  []int // of the table
	batch map[string]runtime.Tensor
}

// take draws rows where there are more than the limit.
func (e *explainer) take(limit int) explained {
	at := all(len(e.trained.Predictions.Rows))
	if len(at) > limit {
		fpmath.Shuffle(rand.NewPCG(e.trained.Record.Job.Seed, sampleStream), at)
		at = at[:limit]
		slices.Sort(at)
	}
	x := explained{at: at, rows: pick(e.trained.Predictions.Rows, at), batch: map[string]runtime.Tensor{}}
	for _, in := range e.trained.Schema.Inputs {
		x.batch[in.Name] = e.cells(in.Name, x.rows)
	}
	return x
}

// cells is the tensor of a column for some rows.
func (e *explainer) cells(column string, rows []int) runtime.Tensor {
	c, _ := e.table.Column(column)
	switch c.Kind {
	case table.Vector:
		values := make([]float32, 0, len(rows)*c.Width)
		for _, row := range rows {
			values = append(values, c.Numbers[row*c.Width:(row+1)*c.Width]...)
		}
		return runtime.Matrix(values, len(rows), c.Width)
	case table.Date:
		return runtime.Column(pick(c.Exact, rows))
	case table.Text:
		return runtime.Column(textsOf(c, rows))
	}
	return runtime.Column(pick(c.Numbers, rows))
}

// textsOf are the texts of some rows; a missing one is empty.
func textsOf(c *table.Column, rows []int) []string {
	texts := make([]string, len(rows))
	for i, row := range rows {
		if code := c.Codes[row]; code >= 0 {
			texts[i] = c.Values[code]
		}
	}
	return texts
}

// with is what the model says of the rows with other values in one column.
func (e *explainer) with(ctx context.Context, x explained, column string, values runtime.Tensor) (map[string]runtime.Tensor, error) {
	batch := maps.Clone(x.batch)
	batch[column] = values
	out, err := e.applier.session.Run(ctx, batch)
	if err != nil {
		return nil, fmt.Errorf("score with another %q: %w", column, err)
	}
	return out, nil
}
