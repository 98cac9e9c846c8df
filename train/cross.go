package train

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/modelbuild/modelbuild/train/calibrate"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/metrics"
	"github.com/modelbuild/modelbuild/train/split"
)

// CrossValidation is the metrics of each fold of the training part, scored by a
// model fitted on the others. Calibration and threshold are not applied to them.
type CrossValidation struct {
	Folds   int                      `json:"folds"`
	Metrics map[string]CrossedMetric `json:"metrics"`
}

// CrossedMetric is a metric over the folds for which it is defined.
type CrossedMetric struct {
	Mean   float64   `json:"mean"`
	Std    float64   `json:"std"` // population standard deviation
	Values []float64 `json:"values"`
}

// outOfFold is what models say of rows that they were not trained on.
type outOfFold struct {
	joined  Predictions      // of all folds
	metrics *CrossValidation // nil where the folds are for a calibration alone
}

// crossValidate fits a model for each fold where the job asks for it, and
// calibrates the model that was fitted on all rows with what they predict.
func (in *input) crossValidate(ctx context.Context, f *fitted) (out outOfFold, err error) {
	if in.job.Split.KFold == 0 && in.job.Calibrate == "" {
		return out, nil
	}
	folds, err := in.predictFolds(ctx)
	if err != nil {
		return out, err
	}
	out.joined = joinPredictions(folds)
	if in.job.Split.KFold > 0 {
		out.metrics = crossed(folds, outputOf(in.job.Task, f.algorithm.scores))
	}
	if in.job.Calibrate != "" {
		f.model = calibrate.Fit(f.model, in.job.Calibrate, out.joined.Scores, in.trainTarget.pick(out.joined.Rows))
		f.algorithm.scores = false
	}
	return out, nil
}

// predictFolds predicts the rows of each fold.
func (in *input) predictFolds(ctx context.Context) ([]Predictions, error) {
	crossed := *in
	if crossed.job.Split.KFold == 0 {
		crossed.job.Split.KFold = job.DefaultFolds
	}
	folds, err := crossed.folds()
	if err != nil {
		return nil, err
	}
	var out []Predictions
	for i, fold := range folds {
		got, err := in.predictFold(ctx, fold, Options{})
		if err != nil {
			return nil, fmt.Errorf("fold %d of %d: %w", i+1, len(folds), err)
		}
		out = append(out, got.predictions)
	}
	return out, nil
}

// foldResult is a model of a fold, and what it says of the rows that it did not see.
type foldResult struct {
	fitted      *fitted
	predictions Predictions
	seen        learn.Input // those rows as the model saw them
}

func (in *input) predictFold(ctx context.Context, fold split.Parts, o Options) (r foldResult, err error) {
	if r.fitted, err = in.fit(ctx, fold.Train, o); err != nil {
		return r, err
	}
	r.fitted.threshold = 0
	r.predictions, r.seen, err = in.predict(ctx, r.fitted, rowsOf{in.train, fold.Test, in.trainTarget})
	return r, err
}

// joinPredictions puts the rows of all folds in their order.
func joinPredictions(folds []Predictions) Predictions {
	type place struct{ row, fold, at int }
	var places []place
	for k, p := range folds {
		for i, row := range p.Rows {
			places = append(places, place{row, k, i})
		}
	}
	slices.SortFunc(places, func(a, b place) int { return a.row - b.row })
	out := Predictions{Task: folds[0].Task, Columns: folds[0].Columns, Scores: matrix.NewDense(len(places), folds[0].Scores.Width)}
	for i, pl := range places {
		p := folds[pl.fold]
		out.Rows = append(out.Rows, pl.row)
		copy(out.Scores.Row(i), p.Scores.Row(pl.at))
		if p.Class != nil {
			out.Class = append(out.Class, p.Class[pl.at])
		}
		if p.Value != nil {
			out.Value = append(out.Value, p.Value[pl.at])
		}
		if p.Predicted != nil {
			out.Predicted = append(out.Predicted, p.Predicted[pl.at])
		}
	}
	return out
}

// crossed scores each fold.
func crossed(folds []Predictions, output string) *CrossValidation {
	scores := make([]map[string]float64, len(folds))
	for i, p := range folds {
		scores[i] = metrics.New(sample(p, output)).Score(nil)
	}
	return crossedScores(scores)
}

// crossedScores joins the metrics of each fold.
func crossedScores(folds []map[string]float64) *CrossValidation {
	c := &CrossValidation{Folds: len(folds), Metrics: map[string]CrossedMetric{}}
	for _, scores := range folds {
		for name, v := range scores {
			m := c.Metrics[name]
			m.Values = append(m.Values, v)
			c.Metrics[name] = m
		}
	}
	for name, m := range c.Metrics {
		m.Mean, m.Std = spread(m.Values)
		c.Metrics[name] = m
	}
	return c
}

// spread is the mean and the population standard deviation.
func spread(values []float64) (mean, std float64) {
	n := float64(len(values))
	for _, v := range values {
		mean += v / n
	}
	for _, v := range values {
		std += float64((v-mean)*(v-mean)) / n
	}
	return mean, math.Sqrt(std)
}
