package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// runEvaluate is the subcommand evaluate: it writes the metrics, also where a
// gate is not met, which is a problem.
func runEvaluate(ctx context.Context, args []string) error {
	var jobPath, trainDir, out string
	if err := flags("evaluate", args, map[string]*string{"job": &jobPath, "train": &trainDir, "out": &out}); err != nil {
		return err
	}
	j, err := readJob(jobPath, job.ReadEvaluate)
	if err != nil {
		return err
	}
	o, err := newOutput(out, j.Epoch)
	if err != nil {
		return err
	}
	trained, err := readTrained(trainDir, j.NeedsModel())
	if err != nil {
		return o.problems(err)
	}
	metrics, unmet := evaluate(ctx, j, trainDir, &trained)
	if metrics == nil {
		return o.problems(unmet)
	}
	files, err := train.EvaluationFiles(metrics, trained)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := o.write(f.Name, f.Data); err != nil {
			return err
		}
	}
	printMetrics(metrics)
	return errors.Join(o.problems(unmet), o.close())
}

// evaluate scores a model of either engine.
func evaluate(ctx context.Context, j job.Evaluate, dir string, t *train.Trained) (*train.Metrics, error) {
	if t.Record.Program == nil {
		return train.Evaluate(ctx, j, *t)
	}
	return evaluateProgram(ctx, j, dir, t)
}

// readTrained reads the outcome of the train step: the model itself only where
// rows are scored.
func readTrained(dir string, model bool) (train.Trained, error) {
	data, err := os.ReadFile(filepath.Join(dir, train.RecordFile))
	if err != nil {
		return train.Trained{}, fmt.Errorf("read training record: %w", err)
	}
	record, err := train.ReadRecord(data)
	if err != nil {
		return train.Trained{}, err
	}
	if record.Program != nil {
		return train.Trained{Record: record}, nil // what it wrote of the rows is read with its metrics
	}
	f, err := os.Open(filepath.Join(dir, train.PredictionsFile))
	if err != nil {
		return train.Trained{}, fmt.Errorf("read predictions: %w", err)
	}
	defer f.Close()
	t := train.Trained{Record: record}
	if t.Predictions, err = train.ReadPredictions(f, record.Job.Task); err != nil || !model {
		return t, err
	}
	if t.Model, err = os.ReadFile(filepath.Join(dir, train.ModelFile)); err != nil {
		return t, fmt.Errorf("read model: %w", err)
	}
	if data, err = os.ReadFile(filepath.Join(dir, train.SchemaFile)); err != nil {
		return t, fmt.Errorf("read schema: %w", err)
	}
	t.Schema, err = train.ReadSchema(data)
	return t, err
}

func printMetrics(m *train.Metrics) {
	for _, name := range slices.Sorted(maps.Keys(m.Metrics)) {
		fmt.Fprintf(os.Stderr, "evaluate  %s\n", m.Line(name, 17))
	}
	for _, g := range m.Gates {
		fmt.Fprintf(os.Stderr, "evaluate  gate %s\n", g)
	}
	for _, line := range m.Importance.Lines() {
		fmt.Fprintf(os.Stderr, "evaluate  column %s\n", line)
	}
}
