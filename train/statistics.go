package train

import (
	"context"

	"github.com/modelbuild/modelbuild/train/drift"
	"github.com/modelbuild/modelbuild/train/job"
)

// statistics describe the training part, and what the model says of the rows
// held out, so that later data can be compared with them.
func (in *input) statistics(ctx context.Context, f *fitted, p Predictions) (*drift.Statistics, error) {
	columns, err := f.enc.Statistics(ctx, in.train, in.parts.Train)
	if err != nil {
		return nil, err
	}
	s := &drift.Statistics{Rows: len(in.parts.Train), Columns: columns, Outputs: outputStatistics(p)}
	switch in.job.Task {
	case job.TaskClassification:
		target := drift.OfCategories(in.classes, in.counts(in.trainTarget.Class, in.parts.Train), 0)
		s.Target = &target
	case job.TaskRegression:
		target := drift.Column{Rows: s.Rows}
		target.Numbers, target.Missing = drift.OfNumbers(pick(in.trainTarget.Value, in.parts.Train))
		s.Target = &target
	}
	return s, nil
}

// outputStatistics describe the outputs by their names.
func outputStatistics(p Predictions) map[string]drift.Column {
	decided := func(values []string) drift.Column {
		counts := make([]int, len(values))
		for _, k := range p.Predicted {
			counts[k]++
		}
		return drift.OfCategories(values, counts, 0)
	}
	numbers := func() drift.Column {
		c := drift.Column{Rows: len(p.Rows)}
		c.Numbers, c.Missing = drift.OfNumbers(p.Scores.Data)
		return c
	}
	switch p.Task {
	case job.TaskClassification:
		return map[string]drift.Column{OutputLabel: decided(p.Columns)}
	case job.TaskRegression:
		return map[string]drift.Column{OutputPrediction: numbers()}
	case job.TaskClustering:
		return map[string]drift.Column{OutputCluster: decided(p.Columns)}
	case job.TaskAnomaly:
		return map[string]drift.Column{OutputScore: numbers(), OutputAnomaly: decided([]string{"0", "1"})}
	}
	return nil
}
