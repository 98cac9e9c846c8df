package main

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/modelbuild/modelbuild/internal/workbench"
	"github.com/modelbuild/modelbuild/sbom"
	"github.com/modelbuild/modelbuild/train/job"
)

// Files of the workbench's step.
const (
	workbenchSPDX = "spdx.json"
	workbenchJob  = "/in/job.json"
)

// runWorkbench is the subcommand workbench: it makes the root filesystem that it runs
// on one to work in. What is in it goes to --out.
func runWorkbench(ctx context.Context, args []string) error {
	var jobPath, out string
	if err := flags("workbench", args, map[string]*string{"job": &jobPath, "out": &out}); err != nil {
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
	spdx, err := makeWorkbench(ctx, &p)
	if err != nil {
		return o.problems(err)
	}
	if err := o.write(workbenchSPDX, spdx); err != nil {
		return err
	}
	return o.close()
}

func makeWorkbench(ctx context.Context, p *job.Program) ([]byte, error) {
	in, err := measureInputs(ctx, job.Inputs{Data: p.Data, Sources: p.Sources}, p.Stanza())
	if err != nil {
		return nil, err
	}
	env := variables(p, in)
	for _, name := range slices.Sorted(maps.Keys(p.Env)) {
		env = append(env, name+"="+p.Env[name])
	}
	skip := []string{"/modelbuild-step"}
	for _, s := range p.Sources {
		skip = append(skip, s.Path)
	}
	if err := workbench.Harden("/", skip); err != nil {
		return nil, err
	}
	if err := workbench.WriteStart("/", env); err != nil {
		return nil, err
	}
	if err := os.Remove(workbenchJob); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var packages []sbom.Package
	for _, pkg := range in.Environment.Packages {
		packages = append(packages, sbom.Package(pkg))
	}
	return sbom.SystemSPDX(sbom.System{Name: "workbench", Tool: toolName, Epoch: p.Epoch, Packages: packages,
		Omissions: in.Environment.Omissions})
}
