package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/internal/compare"
	"github.com/modelbuild/modelbuild/internal/engine"
	"github.com/modelbuild/modelbuild/internal/engine/build"
	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/reproduce"
	"github.com/modelbuild/modelbuild/provenance"
)

const reproduceHelp = `Build an image again from its own provenance, and tell whether the same comes out.

The spec, its parameters and the digest of the frontend are read from the image. Files of the build context are taken
from --context, and have to be those that the image was made from: they are compared with the recorded digests before
anything is built. The build runs in a buildkitd of its own with an empty cache, or without the cache on the builder
that --builder or BUILDKIT_HOST names. Then the two images are compared: manifest, configuration, layers, and every
file.

IMAGE is a registry reference or oci-layout://DIR, as for 'modelbuild inspect'. It needs provenance; that of mode max,
which 'modelbuild build' makes, holds the spec and the build arguments, while after mode min they are given again.

The exit status is 0 where the image was reproduced, 1 where the rebuilt one differs, and 2 where it could not be tried.

A model of class tolerance is reproduced where its metrics, and the tensors of an ONNX model, are as close as
--tolerance says; its inputs, its configuration and everything beside /model have to be the same.

--statement writes an in-toto statement about the outcome, ready to be signed. It has a time where SOURCE_DATE_EPOCH is
set, which has no part in the build: the time of that is the image's.`

const reproduceExamples = `  modelbuild reproduce oci-layout://out --context examples/penguins
  modelbuild reproduce registry.example/team/penguins:1.2.0 --builder-id https://example.org/rebuilder --statement reproduced.json`

// reproduceFlags are the flags of `modelbuild reproduce`.
type reproduceFlags struct {
	context, file, frontend, target string
	builder, progress, format       string
	statement, builderID, output    string
	contexts, buildArgs, labels     []string
	secrets, ssh, allow             []string
	tolerance                       float64
}

func newReproduceCommand() *cobra.Command {
	f := &reproduceFlags{}
	cmd := &cobra.Command{
		Use:     "reproduce [flags] IMAGE",
		Short:   "Build an image again and compare",
		Long:    reproduceHelp,
		Example: reproduceExamples,
		Args:    exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			err := runReproduce(cmd, f, args[0])
			var usage *usageError
			var status *statusError
			if err == nil || errors.As(err, &usage) || errors.As(err, &status) {
				return err
			}
			return &statusError{exitUsage, err}
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.context, "context", "", "the build context: a folder, or an address (default: the recorded address, or the current folder)")
	flags.StringVarP(&f.file, "file", "f", "", "the spec, where the provenance does not hold it; its digest has to be the recorded one")
	flags.StringArrayVar(&f.contexts, "build-context", nil, "a named context, NAME=FOLDER|oci-layout://DIR|docker-image://REF|URL")
	flags.StringArrayVar(&f.buildArgs, "build-arg", nil, "a build argument, NAME=VALUE, over the recorded one")
	flags.StringArrayVar(&f.labels, "label", nil, "a label of the image, NAME=VALUE, over the recorded one")
	flags.StringVar(&f.target, "target", "", "the target that was built, where the provenance does not tell")
	flags.StringVar(&f.frontend, "frontend", "", "where the frontend image of the recorded digest is: REF or oci-layout://DIR")
	flags.StringVar(&f.builder, "builder", "", "build on this buildx builder, without its cache")
	flags.StringArrayVar(&f.secrets, "secret", nil, "a secret for a program or a source, id=NAME,src=FILE or id=NAME,env=VARIABLE; may be repeated")
	flags.StringArrayVar(&f.ssh, "ssh", nil, "keys for git over ssh, default or NAME=SOCKET|KEY; may be repeated")
	flags.StringSliceVar(&f.allow, "allow", nil, "what the build may use, such as device=nvidia.com/gpu")
	flags.Float64Var(&f.tolerance, "tolerance", 1e-6, "how far numbers may be apart, for class tolerance: absolutely up to 1, above that in proportion")
	flags.StringVarP(&f.output, "output", "o", "", "keep the rebuilt image, as an OCI layout in this folder")
	flags.StringVar(&f.statement, "statement", "", "write an in-toto statement about the outcome to this file")
	flags.StringVar(&f.builderID, "builder-id", "", "who builds it again, for the statement: a URI")
	flags.StringVar(&f.progress, "progress", "auto", "how to show progress: auto, plain, tty, quiet or rawjson")
	flags.StringVar(&f.format, "format", "text", "text or json")
	return cmd
}

// reproduction is a reproduction under way.
type reproduction struct {
	flags    *reproduceFlags
	cmd      *cobra.Command
	folder   string // temporary
	recorded *reproduce.Recorded
	inputs   []reproduce.Input
}

func runReproduce(cmd *cobra.Command, f *reproduceFlags, image string) (err error) {
	if err := f.check(cmd); err != nil {
		return err
	}
	r := &reproduction{flags: f, cmd: cmd}
	if r.recorded, err = reproduce.Read(cmd.Context(), image); err != nil {
		return err
	}
	if r.folder, err = os.MkdirTemp("", "modelbuild-reproduce-"); err != nil {
		return fmt.Errorf("create temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(r.folder)) }()
	request, err := r.request()
	if err != nil {
		return err
	}
	if err := r.build(request); err != nil {
		return err
	}
	outcome, err := r.compare(request.Outputs[0].Dest)
	if err != nil {
		return err
	}
	return r.report(outcome)
}

func (f *reproduceFlags) check(cmd *cobra.Command) error {
	switch {
	case f.format != "text" && f.format != "json":
		return usagef(cmd, "--format %q is neither text nor json", f.format)
	case !(f.tolerance >= 0) || f.tolerance > 1:
		return usagef(cmd, "--tolerance %v is not between 0 and 1", f.tolerance)
	}
	if err := build.CheckProgress(f.progress); err != nil {
		return &usageError{cmd.CommandPath(), err}
	}
	return nil
}

// request checks the inputs and makes the build of them.
func (r *reproduction) request() (*build.Request, error) {
	f := r.flags
	given := reproduce.Given{Frontend: f.frontend, Target: f.target, Contexts: f.contexts}
	var err error
	if given.BuildArgs, err = assignments("--build-arg", f.buildArgs, os.LookupEnv); err != nil {
		return nil, &usageError{r.cmd.CommandPath(), err}
	}
	if given.Labels, err = assignments("--label", f.labels, func(string) (string, bool) { return "", false }); err != nil {
		return nil, &usageError{r.cmd.CommandPath(), err}
	}
	folders := reproduce.Folders{Context: f.context, Spec: f.file, Named: reproduce.LocalContexts(f.contexts)}
	context := f.context
	switch remote := r.recorded.RemoteContext(); {
	case context == "" && remote != "":
		context = remote
	case context == "":
		context, folders.Context = ".", "."
	}
	text, err := r.recorded.SpecText(f.file)
	if err != nil {
		return nil, err
	}
	if r.inputs, err = r.recorded.Check(r.cmd.Context(), folders); err != nil {
		return nil, err
	}
	out := f.output
	if out == "" {
		out = filepath.Join(r.folder, "image")
	}
	request, err := r.recorded.Request(text, given, out)
	if err != nil {
		return nil, err
	}
	staged := filepath.Join(r.folder, "spec")
	if request.Spec, err = r.recorded.Stage(staged, text, r.inputs, folders); err != nil {
		return nil, err
	}
	request.Context, request.Progress = context, f.progress
	request.Secrets, request.SSH, request.Allow = f.secrets, f.ssh, f.allow
	request.Stdout, request.Stderr = io.Discard, r.cmd.ErrOrStderr()
	addMirrors(r.cmd.Context(), request)
	return request, nil
}

// build runs the build where nothing of an earlier one can take part.
func (r *reproduction) build(request *build.Request) error {
	ctx := r.cmd.Context()
	target, err := freshTarget(ctx, r.flags.builder, r.cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	_, err = buildOn(ctx, target, *request)
	return err
}

// freshTarget is a builder that was named, else one that starts with an empty cache, else any.
func freshTarget(ctx context.Context, builder string, log io.Writer) (*engine.Target, error) {
	if builder == "" && os.Getenv("BUILDKIT_HOST") == "" {
		if target, err := engine.Fresh(engine.Options{Log: log}); err == nil {
			return target, nil
		}
	}
	return engine.Detect(ctx, engine.DetectOptions{Builder: builder, Managed: engine.Options{Log: log}})
}

// compare compares the rebuilt image with the original.
func (r *reproduction) compare(layout string) (*outcome, error) {
	ctx := r.cmd.Context()
	rebuilt, err := oci.Open(ctx, oci.LayoutScheme+layout)
	if err != nil {
		return nil, err
	}
	report, err := compare.Images(ctx, r.recorded.Image, rebuilt)
	if err != nil {
		return nil, err
	}
	o := r.outcome(report)
	if o.Result != provenance.ResultDiffers || r.recorded.Class != provenance.ClassTolerance {
		return o, nil
	}
	within := true
	for i := range report.Platforms {
		t, err := report.Platforms[i].Within(ctx, r.flags.tolerance)
		if err != nil {
			return nil, err
		}
		within = within && t.Within
		o.Tolerance = append(o.Tolerance, t)
	}
	if within {
		o.Result = provenance.ResultTolerance
	}
	return o, nil
}

// report prints the outcome, writes the statement, and makes the exit status of it.
func (r *reproduction) report(o *outcome) error {
	if r.flags.statement != "" {
		if err := r.writeStatement(o); err != nil {
			return err
		}
	}
	if err := printOutcome(r.cmd.OutOrStdout(), o, r.flags.format); err != nil {
		return err
	}
	if o.Result == provenance.ResultDiffers {
		return &statusError{exitFailure, fmt.Errorf("the rebuilt image differs%s", r.hint())}
	}
	return nil
}

// hint names what the provenance may lack, where that can be the reason of a difference.
func (r *reproduction) hint() string {
	if b := r.recorded.Build; b != nil && b.Max {
		return ""
	}
	return "; its provenance does not tell build arguments and labels: give those that it was built with by --build-arg and --label"
}
