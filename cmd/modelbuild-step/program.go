package main

import (
	"bytes"
	"cmp"
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

// scorer is the program that scored a model, and the folder with what it wrote.
type scorer struct {
	dir     string
	program *train.Program
}

// newScorer is the program that trained the model, where no other scored it.
func newScorer(trainDir string, trained *train.Program, scores string) (scorer, error) {
	if scores == "" {
		return scorer{trainDir, trained}, nil
	}
	r, err := readRecord(filepath.Join(scores, train.RecordFile))
	return scorer{scores, r.Program}, err
}

// readRecord reads the record of a program.
func readRecord(file string) (train.Record, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return train.Record{}, fmt.Errorf("read record of a program: %w", err)
	}
	r, err := train.ReadRecord(data)
	if err == nil && r.Program == nil {
		err = fmt.Errorf("read record of a program: %s is that of the built-in engine", file)
	}
	return r, err
}

func (s scorer) read(o train.Tree) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(o.Path)))
	if err != nil {
		return nil, fmt.Errorf("read %s of the program: %w", o.Name, err)
	}
	return data, nil
}

// predictions reads what the program wrote of the held-out rows, if it did.
func (s scorer) predictions(task string) (train.Predictions, error) {
	o, ok := s.program.Output(job.OutputPredictions)
	if !ok {
		return train.Predictions{}, nil
	}
	data, err := s.read(o)
	if err != nil {
		return train.Predictions{}, err
	}
	out, err := train.ReadPredictions(bytes.NewReader(data), task)
	if err != nil {
		return out, s.bad(o, err, "its columns are row,actual,predicted and score:NAME for each class; see the reference of train")
	}
	return out, nil
}

// reported reads the metrics that the program reports, if it does.
func (s scorer) reported() (map[string]float64, error) {
	o, ok := s.program.Output(job.OutputMetrics)
	if !ok {
		return nil, nil
	}
	data, err := s.read(o)
	if err != nil {
		return nil, err
	}
	const hint = `write an object of numbers, as in {"accuracy": 0.97}`
	var all map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, s.bad(o, err, hint)
	}
	out := train.Reported(all)
	if len(out) == 0 {
		return nil, s.bad(o, errors.New("it has no numbers"), hint)
	}
	return out, nil
}

func (s scorer) bad(o train.Tree, err error, hint string) error {
	return job.Problems{{Code: job.CodeScores, Field: cmp.Or(s.program.Step, "train") + ".outputs." + o.Name,
		Message: fmt.Sprintf("the %s that the program wrote to /out/%s cannot be read: %s", o.Name, o.Path, err), Hint: hint}}
}

// evaluateProgram scores a model that a program trained.
func evaluateProgram(ctx context.Context, j job.Evaluate, dir string, t *train.Trained) (*train.Metrics, error) {
	s, err := newScorer(dir, t.Record.Program, j.Scores)
	if err != nil {
		return nil, err
	}
	if j.ONNX != nil {
		t.Predictions, err = scoreONNX(ctx, j, dir, t.Record)
	} else {
		t.Predictions, err = s.predictions(t.Record.Job.Task)
	}
	if err != nil {
		return nil, err
	}
	reported, err := s.reported()
	if err != nil {
		return nil, err
	}
	return train.EvaluateProgram(ctx, j, t, reported)
}

// scoreONNX scores the model of a program.
func scoreONNX(ctx context.Context, j job.Evaluate, dir string, r train.Record) (train.Predictions, error) {
	o, ok := r.Program.Output(job.OutputModel)
	if !ok || len(j.Data) != 1 {
		return train.Predictions{}, errors.New("score model: it needs a model and a dataset")
	}
	model, err := (scorer{dir: dir, program: r.Program}).read(o)
	if err != nil {
		return train.Predictions{}, err
	}
	return train.ScoreONNX(ctx, model, *j.ONNX, train.Scored{Data: j.Data[0], Task: r.Job.Task})
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
