package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/internal/program"
	"github.com/modelbuild/modelbuild/sbom/catalog"
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
		return measureInputs(ctx, job.Inputs{Data: p.Data, Sources: p.Sources, Base: p.Base}, p.Stanza())
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
	c, err := scanSelf(ctx, j.Data)
	if err != nil {
		return in, err
	}
	in.Environment = environment(c)
	return in, nil
}

// scanSelf lists the packages of the filesystem that this step runs on. What was only
// mounted for the step, and data, is no part of the environment; the program's sources
// are.
func scanSelf(ctx context.Context, data []job.Dataset) (*catalog.Catalog, error) {
	skip := []string{"modelbuild-step", "in", "out", "run/secrets"}
	for _, d := range data {
		skip = append(skip, strings.TrimPrefix(path.Clean(d.Path), "/"))
	}
	root, err := os.OpenRoot("/")
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return catalog.Scan(ctx, root.FS(), skip...)
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

// environment lists packages by their addresses, each once.
func environment(c *catalog.Catalog) train.Environment {
	out := train.Environment{System: c.System.Name, Packages: []train.Package{}, Omissions: c.Omissions}
	for _, p := range c.Packages {
		out.Packages = append(out.Packages, train.Package{Name: p.FullName(), Version: p.Version, PURL: p.PURL(c.System), License: p.License})
	}
	slices.SortFunc(out.Packages, func(a, b train.Package) int { return strings.Compare(a.PURL, b.PURL) })
	out.Packages = slices.CompactFunc(out.Packages, func(a, b train.Package) bool { return a.PURL == b.PURL })
	return out
}
