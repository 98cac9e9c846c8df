package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/modelbuild/modelbuild/internal/program"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// readProgram reads what a program wrote of the held-out rows, if it did.
func readProgram(dir string, r train.Record) (train.Trained, error) {
	t := train.Trained{Record: r}
	o, ok := r.Program.Output(job.OutputPredictions)
	if !ok {
		return t, nil
	}
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(o.Path)))
	if err != nil {
		return t, fmt.Errorf("read predictions: %w", err)
	}
	if t.Predictions, err = train.ReadPredictions(bytes.NewReader(data), r.Job.Task); err != nil {
		return t, badScores(job.OutputPredictions, o, err, "its columns are row,actual,predicted and score:NAME for each class; see the reference of train")
	}
	return t, nil
}

// readReported reads the metrics that a program reports, if it does.
func readReported(dir string, p *train.Program) (map[string]float64, error) {
	o, ok := p.Output(job.OutputMetrics)
	if !ok {
		return nil, nil
	}
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(o.Path)))
	if err != nil {
		return nil, fmt.Errorf("read metrics of the program: %w", err)
	}
	const hint = `write an object of numbers, as in {"accuracy": 0.97}`
	var all map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, badScores(job.OutputMetrics, o, err, hint)
	}
	out := train.Reported(all)
	if len(out) == 0 {
		return nil, badScores(job.OutputMetrics, o, errors.New("it has no numbers"), hint)
	}
	return out, nil
}

func badScores(name string, o train.Tree, err error, hint string) error {
	return job.Problems{{Code: job.CodeScores, Field: "train.outputs." + name,
		Message: fmt.Sprintf("the %s that the program wrote to /out/%s cannot be read: %s", name, o.Path, err), Hint: hint}}
}

// verifyOutputs makes sure that the files are those of the record.
func verifyOutputs(ctx context.Context, dir string, r train.Record) error {
	if r.Program == nil {
		return verifyModel(ctx, dir, r.Model)
	}
	for _, o := range r.Program.Outputs {
		if !filepath.IsLocal(o.Path) {
			return fmt.Errorf("verify outputs: the training record names %q, outside its folder", o.Path)
		}
		files, err := program.Hash(ctx, filepath.Join(dir, filepath.FromSlash(o.Path)))
		if err != nil {
			return fmt.Errorf("verify outputs: %w", err)
		}
		if got, size := program.Digest(files); got != o.SHA256 || size != o.Size {
			return fmt.Errorf("verify outputs: %s has sha256 %s and %d bytes, the training record says %s and %d", o.Path, got, size, o.SHA256, o.Size)
		}
	}
	return nil
}

// predictionsDigest is empty where there are none.
func predictionsDigest(dir string, r train.Record) (string, error) {
	if r.Program != nil {
		o, _ := r.Program.Output(job.OutputPredictions)
		return o.SHA256, nil
	}
	data, err := os.ReadFile(filepath.Join(dir, train.PredictionsFile))
	if err != nil {
		return "", fmt.Errorf("read predictions: %w", err)
	}
	return sum(data), nil
}
