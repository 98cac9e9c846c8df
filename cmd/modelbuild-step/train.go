package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// runTrain is the subcommand train: it writes the model, its schema, the
// held-out predictions and the record. Of a sweep the parameters of the chosen trial come
// over those of the job.
func runTrain(ctx context.Context, args []string) error {
	var jobPath, out, selected string
	if err := flagsOr("train", args, map[string]*string{"job": &jobPath, "out": &out}, map[string]*string{"selected": &selected}); err != nil {
		return err
	}
	j, err := readJob(jobPath, job.ReadTrain)
	if err != nil {
		return err
	}
	if selected != "" {
		s, err := readJob(selected, job.ReadSelected)
		if err != nil {
			return err
		}
		j.Params = j.Params.With(s.Params)
	}
	o, err := newOutput(out, j.Epoch)
	if err != nil {
		return err
	}
	p := newProgress(os.Stderr, time.Now)
	result, err := train.Run(ctx, j, train.Options{Progress: p.show})
	p.done()
	if err != nil {
		return o.problems(err)
	}
	files, err := result.Files()
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, f := range files {
		if err := o.write(f.Name, f.Data); err != nil {
			return err
		}
	}
	summarise(result.Record)
	return o.close()
}

func summarise(r train.Record) {
	fmt.Fprintf(os.Stderr, "train  %d rows, %d held out, %d features", r.Split.TrainRows, r.Split.TestRows, r.Features)
	if len(r.Classes) > 0 {
		fmt.Fprintf(os.Stderr, ", %d classes", len(r.Classes))
	}
	fmt.Fprintln(os.Stderr)
	if !r.Converged {
		fmt.Fprintf(os.Stderr, "train  warning: stopped by %s after %d iterations, before the tolerance was reached\n",
			r.Stopped, r.Iterations)
	}
	fmt.Fprintf(os.Stderr, "train  %s sha256:%s, %d bytes\n", r.Model.File, r.Model.SHA256, r.Model.Size)
}

// readJob opens a job file and decodes it.
func readJob[T any](path string, read func(io.Reader) (T, error)) (T, error) {
	f, err := os.Open(path)
	if err != nil {
		var none T
		return none, fmt.Errorf("open job: %w", err)
	}
	defer f.Close()
	return read(f)
}
