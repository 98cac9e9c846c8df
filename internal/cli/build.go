package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/client"
	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/internal/engine"
	"github.com/modelbuild/modelbuild/internal/engine/build"
)

// defaultSpec is the spec's name where none is given.
const defaultSpec = "model.yaml"

const buildHelp = `Build the model that a spec describes, and put the image where --output, --tag and --push say.

CONTEXT is what context:// in the spec means: a folder, or the address of a Git repository or a tar archive. Without
it, it is the folder that the spec is in. The spec is CONTEXT/model.yaml unless --file names another.

The build runs on the first of these that answers: the address in BUILDKIT_HOST, the current buildx builder, a Docker
engine, a build daemon that modelbuild starts and stops by itself. 'modelbuild info' tells which.

Unless told otherwise the image is reproducible (timestamps are 0, or SOURCE_DATE_EPOCH) and carries full SLSA
provenance and its bills of materials.

Outputs, as buildx has them:
  type=oci,dest=FILE              an OCI image in a tar archive
  type=oci,dest=DIR,tar=false     an OCI layout in a folder; it replaces an older one
  type=image,name=REF,push=true   push to a registry; --push with --tag is short for it
  type=docker,dest=FILE           an archive for 'docker load', without attestations
  type=local,dest=DIR             the image's files; DIR alone is short for it
  type=tar,dest=FILE              the image's files in a tar archive; - is standard output`

const buildExamples = `  modelbuild build -f examples/penguins/model.yaml -o type=oci,dest=out,tar=false
  modelbuild build --push -t registry.example/team/penguins:1.2.0
  modelbuild build --build-context data=/srv/data --platform linux/amd64,linux/arm64 -o type=oci,dest=model.tar .`

// buildFlags are the flags of `modelbuild build`.
type buildFlags struct {
	file, frontend, builder, progress, metadataFile string
	provenance, sbom                                string
	tags, outputs, platforms, attest                []string
	contexts, buildArgs, labels                     []string
	secrets, ssh, allow, noCacheFilter              []string
	target                                          string
	push, noCache, debug, locked, vcs               bool
}

func newBuildCommand() *cobra.Command {
	f := &buildFlags{}
	cmd := &cobra.Command{
		Use:     "build [flags] [CONTEXT]",
		Short:   "Build a model's image",
		Long:    buildHelp,
		Example: buildExamples,
		Args:    maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runBuild(cmd, f, args)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVarP(&f.file, "file", "f", "", "the spec (default: CONTEXT/model.yaml)")
	flags.StringArrayVarP(&f.tags, "tag", "t", nil, "name the image REGISTRY/NAME:TAG; may be repeated")
	flags.StringArrayVarP(&f.outputs, "output", "o", nil, "what to make of the result; may be repeated")
	flags.BoolVar(&f.push, "push", false, "push the image to the registry in its --tag")
	flags.StringSliceVar(&f.platforms, "platform", nil, "platforms to build for, such as linux/amd64,linux/arm64")
	flags.StringVar(&f.target, "target", "", "build this model of a spec with several")
	flags.StringArrayVar(&f.contexts, "build-context", nil, "a named context, NAME=FOLDER|oci-layout://DIR|docker-image://REF|URL")
	flags.StringArrayVar(&f.buildArgs, "build-arg", nil, "a build argument, NAME=VALUE, or NAME to take it from the environment")
	flags.StringArrayVar(&f.labels, "label", nil, "a label of the image, NAME=VALUE")
	flags.StringArrayVar(&f.secrets, "secret", nil, "a secret for a program or a source, id=NAME,src=FILE or id=NAME,env=VARIABLE; may be repeated")
	flags.StringArrayVar(&f.ssh, "ssh", nil, "keys for git over ssh, default or NAME=SOCKET|KEY; may be repeated")
	flags.StringSliceVar(&f.allow, "allow", nil, "what a build may use, such as device=nvidia.com/gpu")
	flags.BoolVar(&f.noCache, "no-cache", false, "run every step again")
	flags.StringSliceVar(&f.noCacheFilter, "no-cache-filter", nil, "run these steps again, such as train")
	flags.BoolVar(&f.locked, "locked", false, "refuse what modelbuild.lock does not have, and a lock that does not fit the spec")
	flags.StringArrayVar(&f.attest, "attest", nil, "what to attest, type=provenance|sbom[,KEY=VALUE...]")
	flags.StringVar(&f.provenance, "provenance", "", "short for --attest type=provenance; false leaves it out (default mode=max,version=v0.2)")
	flags.StringVar(&f.sbom, "sbom", "", "short for --attest type=sbom; false leaves it out (default true)")
	flags.BoolVar(&f.vcs, "vcs", true, "tell the build which git commit the context is of; it goes into the training record")
	flags.StringVar(&f.builder, "builder", "", "build on this buildx builder")
	flags.StringVar(&f.progress, "progress", "auto", "how to show progress: auto, plain, tty, quiet or rawjson")
	flags.StringVar(&f.metadataFile, "metadata-file", "", "write what the build exported to this JSON file")
	flags.StringVar(&f.frontend, "frontend", "", "a frontend in place of the one in the spec's first line: REF or oci-layout://DIR")
	flags.BoolVar(&f.debug, "debug", false, "tell where the build runs and why")
	return cmd
}

func runBuild(cmd *cobra.Command, f *buildFlags, args []string) error {
	request, err := f.request(args)
	if err != nil {
		return &usageError{cmd.CommandPath(), err}
	}
	request.Stdout, request.Stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
	noteOutputs(request, cmd.ErrOrStderr())
	addMirrors(cmd.Context(), request)
	if f.vcs {
		addCommit(cmd.Context(), request)
	}
	target, err := engine.Detect(cmd.Context(), engine.DetectOptions{Builder: f.builder, Managed: engine.Options{Log: cmd.ErrOrStderr()}})
	if f.debug && target != nil {
		printProbes(cmd.ErrOrStderr(), target.Probes)
	}
	if err != nil {
		return err
	}
	result, err := buildOn(cmd.Context(), target, *request)
	if err != nil {
		return err
	}
	if f.metadataFile != "" {
		if err := writeMetadata(f.metadataFile, result.Response); err != nil {
			return err
		}
	}
	printResult(cmd, f, request, result)
	return nil
}

func buildOn(ctx context.Context, target *engine.Target, request build.Request) (result *build.Result, err error) {
	conn, err := target.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closeErr := conn.Close(); err == nil {
			err = closeErr
		}
	}()
	return build.Run(ctx, conn.Client, request)
}

// request turns the flags into a build, refusing what could not work before anything starts.
func (f *buildFlags) request(args []string) (*build.Request, error) {
	if err := build.CheckProgress(f.progress); err != nil {
		return nil, err
	}
	r := &build.Request{Frontend: f.frontend, NamedContexts: f.contexts, Progress: f.progress,
		Secrets: f.secrets, SSH: f.ssh, Allow: f.allow}
	r.Spec, r.Context = f.paths(args)
	var err error
	if r.Outputs, err = build.Outputs(f.outputs, f.tags, f.push); err != nil {
		return nil, err
	}
	if r.Attestations, err = build.Attestations(f.attest, f.provenance, f.sbom); err != nil {
		return nil, err
	}
	if r.Attrs, err = f.attrs(os.LookupEnv); err != nil {
		return nil, err
	}
	return r, nil
}

// paths settles the spec and the context, each of which can stand for the other.
func (f *buildFlags) paths(args []string) (spec, context string) {
	spec = f.file
	switch {
	case len(args) == 0 && spec == "":
		return defaultSpec, "."
	case len(args) == 0:
		return spec, build.DefaultContext(spec)
	case spec == "":
		return filepath.Join(args[0], defaultSpec), args[0]
	}
	return spec, args[0]
}

// attrs are the frontend attributes that flags set. lookup reads the environment.
func (f *buildFlags) attrs(lookup func(string) (string, bool)) (map[string]string, error) {
	attrs := map[string]string{"build-arg:SOURCE_DATE_EPOCH": "0"}
	if v, ok := lookup("SOURCE_DATE_EPOCH"); ok && v != "" {
		attrs["build-arg:SOURCE_DATE_EPOCH"] = v
	}
	if len(f.platforms) > 0 {
		attrs["platform"] = strings.Join(f.platforms, ",")
	}
	if f.target != "" {
		attrs["target"] = f.target
	}
	if len(f.noCacheFilter) > 0 {
		attrs["no-cache"] = strings.Join(f.noCacheFilter, ",")
	}
	if f.noCache {
		attrs["no-cache"] = ""
	}
	if f.locked {
		attrs["build-arg:MODELBUILD_LOCKED"] = "1"
	}
	args, err := assignments("--build-arg", f.buildArgs, lookup)
	if err != nil {
		return nil, err
	}
	for name, value := range args {
		attrs["build-arg:"+name] = value
	}
	for _, label := range f.labels {
		name, value, ok := strings.Cut(label, "=")
		if name == "" || !ok {
			return nil, fmt.Errorf("read --label %q: NAME=VALUE is needed", label)
		}
		attrs["label:"+name] = value
	}
	return attrs, nil
}

// assignments reads flags of the form NAME=VALUE. A NAME alone takes its value
// from lookup and is left out where that has none.
func assignments(flag string, given []string, lookup func(string) (string, bool)) (map[string]string, error) {
	out := map[string]string{}
	for _, arg := range given {
		name, value, ok := strings.Cut(arg, "=")
		if name == "" {
			return nil, fmt.Errorf("read %s %q: NAME=VALUE is needed", flag, arg)
		}
		if !ok {
			if value, ok = lookup(name); !ok {
				continue
			}
		}
		out[name] = value
	}
	return out, nil
}

// noteOutputs leaves out attestations where an output cannot hold them, and says so.
func noteOutputs(r *build.Request, w io.Writer) {
	if len(r.Outputs) == 0 {
		fmt.Fprintln(w, "modelbuild: note: without --output or --push the result stays in the build cache")
	}
	for _, o := range r.Outputs {
		if o.Type == client.ExporterDocker && len(r.Attestations) > 0 {
			fmt.Fprintln(w, "modelbuild: note: type=docker holds no attestations, so none are made")
			r.Attestations = nil
		}
	}
}
