package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/modelbuild/modelbuild/internal/program"
	"github.com/modelbuild/modelbuild/sbom/catalog"
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
	env, err := readInputs(ctx, p, r)
	if err != nil {
		return nil, err
	}
	if err := recordHardware(r.Program); err != nil {
		return nil, err
	}
	used, err := program.Run(ctx, p, program.Options{Output: os.Stderr, Env: env})
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

// readInputs records what the program can read, and returns the environment that
// tells it so.
func readInputs(ctx context.Context, p *job.Program, r *train.Record) ([]string, error) {
	env := program.Environment(p)
	for _, d := range p.Data {
		files, err := program.Hash(ctx, d.Path)
		if err != nil {
			return nil, missing(err, "data."+d.Name)
		}
		t := tree(d.Name, files)
		if d.Digest != "" && d.Digest != "sha256:"+t.SHA256 {
			return nil, job.Problems{{Code: job.CodeDigest, Field: "data." + d.Name + ".digest", Dataset: d.Name,
				Message: fmt.Sprintf("the content has sha256:%s, not %s", t.SHA256, d.Digest), Hint: "the data has changed; if that is meant, change the digest"}}
		}
		r.Datasets = append(r.Datasets, train.Dataset{Name: d.Name, File: path.Base(d.Path), SHA256: t.SHA256, Size: t.Size})
		env = append(env, program.DataVariables(d, t.SHA256)...)
	}
	for _, s := range p.Sources {
		files, err := program.Hash(ctx, s.Path)
		if err != nil {
			return nil, missing(err, p.Field("sources."+s.Name))
		}
		r.Program.Sources = append(r.Program.Sources, tree(s.Name, files))
	}
	c, err := catalog.Read(os.DirFS("/"))
	if err != nil {
		return nil, err
	}
	r.Program.Environment = environment(c)
	return env, nil
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

// environment lists packages by their addresses, each once.
func environment(c *catalog.Catalog) train.Environment {
	out := train.Environment{System: c.System.Name, Packages: []train.Package{}}
	for _, p := range c.Packages {
		out.Packages = append(out.Packages, train.Package{Name: p.Name, Version: p.Version, PURL: p.PURL(c.System), License: p.License})
	}
	slices.SortFunc(out.Packages, func(a, b train.Package) int { return strings.Compare(a.PURL, b.PURL) })
	out.Packages = slices.CompactFunc(out.Packages, func(a, b train.Package) bool { return a.PURL == b.PURL })
	return out
}
