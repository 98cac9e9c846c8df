package main

import (
	"context"
	"fmt"

	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// trySweep runs the trials of a grid over five folds of what a file holds, one after the other. The peer searches all
// rows, so that next to none is held out here.
func trySweep(ctx context.Context, from source, rows int) (outcome, error) {
	j := job.Train{
		Version: job.Version, Seed: 1, Task: job.TaskClassification, Algorithm: "logistic",
		Data:     []job.Dataset{{Name: job.DatasetTrain, Path: from.csvPath(rows), Format: "csv"}},
		Features: job.Features{Target: "label"},
		Split:    job.Split{Kind: job.SplitStratified, Test: 2 / float64(rows), KFold: 5},
	}
	trials, err := train.NewTrials(ctx, j)
	if err != nil {
		return outcome{}, err
	}
	best := 0.0
	c := startClock()
	for _, l2 := range []float64{0.01, 0.1, 1, 10, 100} {
		t, err := trials.Run(ctx, job.Params{"l2": l2}, train.Options{})
		if err != nil {
			return outcome{}, fmt.Errorf("try l2 %v: %w", l2, err)
		}
		if loss := t.Metrics["log_loss"].Mean; best == 0 || loss < best {
			best = loss
		}
	}
	out := c.stop()
	out.Metric = best
	return out, nil
}
