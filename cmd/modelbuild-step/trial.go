package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// runTrial is the subcommand trial: it writes how well the parameters of its job do on
// rows of the training part, also where they cannot be fitted with, which is a result.
func runTrial(ctx context.Context, args []string) error {
	var jobPath, out string
	if err := flags("trial", args, map[string]*string{"job": &jobPath, "out": &out}); err != nil {
		return err
	}
	j, err := readJob(jobPath, job.ReadTrain)
	if err != nil {
		return err
	}
	o, err := newOutput(out, j.Epoch)
	if err != nil {
		return err
	}
	p := newProgress(os.Stderr, time.Now)
	t, err := try(ctx, j, p)
	if err != nil {
		return o.problems(err)
	}
	data, err := train.Marshal(t)
	if err != nil {
		return err
	}
	if err := o.write(train.TrialFile, data); err != nil {
		return err
	}
	if err := o.write(train.TurnFile, nil); err != nil {
		return err
	}
	if t.Failed != nil {
		fmt.Fprintf(os.Stderr, "trial  failed: %s\n", t.Failed.Message)
	}
	return o.close()
}

func try(ctx context.Context, j job.Train, p *progress) (*train.Trial, error) {
	trials, err := train.NewTrials(ctx, j)
	if err != nil {
		return nil, err
	}
	defer p.done()
	t, err := trials.Run(ctx, j.Params, train.Options{Progress: p.show})
	if err != nil {
		return nil, err
	}
	return t, ctx.Err()
}

// runSelect is the subcommand select: it compares the trials, and writes the record of
// the sweep and the parameters of the best.
func runSelect(ctx context.Context, args []string) error {
	var jobPath, dir, out string
	if err := flags("select", args, map[string]*string{"job": &jobPath, "trials": &dir, "out": &out}); err != nil {
		return err
	}
	j, err := readJob(jobPath, job.ReadSelect)
	if err != nil {
		return err
	}
	o, err := newOutput(out, 0)
	if err != nil {
		return err
	}
	files := make([][]byte, len(j.Trials))
	for i := range files {
		if files[i], err = os.ReadFile(filepath.Join(dir, job.TrialName(i+1))); err != nil {
			return fmt.Errorf("read trial: %w", err)
		}
	}
	s, err := train.Select(j, files)
	if err != nil {
		return o.problems(err)
	}
	for _, t := range s.Trials {
		fmt.Fprintf(os.Stderr, "select  %s\n", s.Line(t))
	}
	fmt.Fprintf(os.Stderr, "select  trial %d has the best %s by %s\n", s.Selected, s.Metric, s.Validation)
	outputs, err := s.Files()
	if err != nil {
		return err
	}
	for _, f := range outputs {
		if err := o.write(f.Name, f.Data); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return o.close()
}
