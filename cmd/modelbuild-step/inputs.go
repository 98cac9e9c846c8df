package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"

	"github.com/modelbuild/modelbuild/internal/program"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// runInputs is the subcommand inputs: it measures what the parts of a training read, so
// that each of them need not.
func runInputs(ctx context.Context, args []string) error {
	var jobPath, out string
	if err := flags("inputs", args, map[string]*string{"job": &jobPath, "out": &out}); err != nil {
		return err
	}
	j, err := readJob(jobPath, job.ReadInputs)
	if err != nil {
		return err
	}
	o, err := newOutput(out, 0)
	if err != nil {
		return err
	}
	in, err := measureInputs(ctx, j, "train")
	if err != nil {
		return o.problems(err)
	}
	data, err := train.Marshal(in)
	if err != nil {
		return err
	}
	if err := o.write(train.InputsFile, data); err != nil {
		return err
	}
	return o.close()
}

// inputsOf is what a program can read: as another step measured it, where the job says so.
func inputsOf(ctx context.Context, p *job.Program) (train.Inputs, error) {
	if p.Inputs == "" {
		return measureInputs(ctx, job.Inputs{Data: p.Data, Sources: p.Sources, Base: p.Base, Environment: p.Environment}, p.Stanza())
	}
	data, err := os.ReadFile(p.Inputs)
	if err != nil {
		return train.Inputs{}, fmt.Errorf("read measured inputs: %w", err)
	}
	in, err := train.ReadInputs(data)
	if err == nil && !slices.EqualFunc(in.Datasets, p.Data, func(a train.Dataset, b job.Dataset) bool { return a.Name == b.Name }) {
		err = errors.New("read measured inputs: they are of other datasets")
	}
	return in, err
}

// measureInputs hashes data and sources, and lists the packages of the root. The stanza is
// that of the program, for messages.
func measureInputs(ctx context.Context, j job.Inputs, stanza string) (train.Inputs, error) {
	var in train.Inputs
	for _, d := range j.Data {
		files, err := program.Hash(ctx, d.Path)
		if err != nil {
			return in, missing(err, "data."+d.Name)
		}
		t := tree(d.Name, files)
		if d.Digest != "" && d.Digest != "sha256:"+t.SHA256 {
			return in, job.Problems{{Code: job.CodeDigest, Field: "data." + d.Name + ".digest", Dataset: d.Name,
				Message: fmt.Sprintf("the content has sha256:%s, not %s", t.SHA256, d.Digest), Hint: "the data has changed; if that is meant, change the digest"}}
		}
		in.Datasets = append(in.Datasets, train.Dataset{Name: d.Name, File: path.Base(d.Path), SHA256: t.SHA256, Size: t.Size})
	}
	for _, s := range j.Sources {
		files, err := program.Hash(ctx, s.Path)
		if err != nil {
			return in, missing(err, stanza+".sources."+s.Name)
		}
		in.Sources = append(in.Sources, tree(s.Name, files))
	}
	var err error
	if in.Base, err = measureBase(ctx, j.Base); err != nil {
		return in, err
	}
	in.Environment, err = packagesOf(ctx, j)
	return in, err
}

// variables are the environment of a program, which tells it what it reads.
func variables(p *job.Program, in train.Inputs) []string {
	env := program.Environment(p)
	for i, d := range p.Data {
		env = append(env, program.DataVariables(d, in.Datasets[i].SHA256)...)
	}
	if b := in.Base; b != nil {
		env = append(env, program.BaseVariables(b.Model)...)
	}
	return env
}

func missing(err error, field string) error {
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return job.Problems{{Code: job.CodeNoDataset, Field: field, Message: field + " is not in the step", Hint: "check the source"}}
}

func tree(name string, files []program.File) train.Tree {
	sum, size := program.Digest(files)
	return train.Tree{Name: name, SHA256: sum, Files: len(files), Size: size}
}
