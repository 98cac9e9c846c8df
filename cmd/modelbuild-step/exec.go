package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/modelbuild/modelbuild/internal/program"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// runExec is the subcommand exec: it runs a program of the user's own, takes its
// outputs, and writes a record of all that it could read.
func runExec(ctx context.Context, args []string) error {
	var jobPath, out string
	if err := flags("exec", args, map[string]*string{"job": &jobPath, "out": &out}); err != nil {
		return err
	}
	p, err := readJob(jobPath, job.ReadProgram)
	if err != nil {
		return err
	}
	o, err := newOutput(out, p.Epoch)
	if err != nil {
		return err
	}
	record, err := runProgram(ctx, &p, out)
	if err != nil {
		return o.problems(err)
	}
	data, err := train.Marshal(record)
	if err != nil {
		return err
	}
	if err := o.write(train.RecordFile, data); err != nil {
		return err
	}
	return o.close()
}

func runProgram(ctx context.Context, p *job.Program, out string) (*train.Record, error) {
	r := &train.Record{
		Version: train.RecordVersion, Engine: train.Engine{Name: job.EngineExec, Version: train.ExecVersion},
		Job:         train.ProgramJob(p),
		Determinism: train.Determinism{Class: p.Class},
		Program: &train.Program{Step: p.Step, Part: p.Part, Command: p.Command, Env: p.Env, Threads: p.Threads, Network: p.Network,
			Secrets: p.Secrets, Devices: p.Devices, Limits: p.Limits},
	}
	in, err := inputsOf(ctx, p)
	if err != nil {
		return nil, err
	}
	r.Datasets, r.Program.Sources, r.Program.Environment, r.Program.Base = in.Datasets, in.Sources, in.Environment, in.Base
	if err := recordHardware(r.Program); err != nil {
		return nil, err
	}
	used, err := program.Run(ctx, p, program.Options{Output: os.Stderr, Env: variables(p, in)})
	if err != nil {
		return nil, err
	}
	collected, err := program.Collect(ctx, p, out)
	if err != nil {
		return nil, err
	}
	for _, c := range collected {
		t := outputTree(c)
		r.Program.Outputs = append(r.Program.Outputs, t)
		if c.Name == job.OutputModel {
			r.Model = train.File{File: c.Path, SHA256: t.SHA256, Size: t.Size}
		}
	}
	if p.Part != nil {
		fmt.Fprintf(os.Stderr, "train  %s\n", p.Part)
	}
	for _, t := range r.Program.Outputs {
		if p.Step != "" || t.Name == job.OutputModel {
			fmt.Fprintf(os.Stderr, "%s  %s sha256:%s, %d bytes\n", p.Stanza(), t.Path, t.SHA256, t.Size)
		}
	}
	fmt.Fprintf(os.Stderr, "%s  took %s, %s of CPU time\n", p.Stanza(), used.Wall.Round(time.Millisecond), used.CPU.Round(time.Millisecond))
	return r, nil
}

func outputTree(c program.Collected) train.Tree {
	t := tree(c.Name, c.Files)
	t.Path = c.Path
	for _, f := range c.Files {
		if c.Dir {
			t.Contents = append(t.Contents, train.File{File: f.Path, SHA256: f.SHA256, Size: f.Size})
		}
	}
	return t
}
