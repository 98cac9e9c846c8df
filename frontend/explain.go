package frontend

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	bkllb "github.com/moby/buildkit/client/llb"
	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	gatewaypb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/internal/pattern"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/train/job"
)

// explain looks at why a solve failed, after the fact, and says it in terms of
// the spec. Nothing is spent on it while builds succeed. An error it cannot
// explain is returned as it came, with BuildKit's own excerpt.
func (b *build) explain(ctx context.Context, plan *llb.Plan, graph llb.Graph, err error) error {
	var se *errdefs.SolveError
	failed := llb.Step{Plan: plan}
	if errors.As(err, &se) && se.Op.GetExec() != nil {
		failed = b.failed(ctx, failed, graph, se)
		if l := b.stepDiagnostics(ctx, failed.Plan, se); len(l) > 0 {
			return b.errors(l)
		}
	}
	if l := keyDiagnostics(failed.Plan, err); len(l) > 0 {
		return b.errors(l)
	}
	if l := deviceDiagnostics(plan, err); len(l) > 0 {
		return b.errors(l)
	}
	for _, p := range failed.Plan.All() {
		if l := b.packageDiagnostics(ctx, p, err); len(l) > 0 {
			return b.errors(l)
		}
		for _, s := range p.Placed() {
			if l := b.sourceDiagnostics(ctx, s, err); len(l) > 0 {
				return b.errors(l)
			}
		}
	}
	if l := stepFailed(failed, err); len(l) > 0 {
		return b.errors(l)
	}
	return err
}

// failed is the step that failed. Most often it is what a step itself runs, which is
// looked at alone; else what some step needs, as an installation of packages, of the
// first that does. It is unknown where it is in none.
func (b *build) failed(ctx context.Context, unknown llb.Step, graph llb.Graph, se *errdefs.SolveError) llb.Step {
	c := bkllb.NewConstraints(b.marshalOptions()...) // one for all: what a vertex is marshalled to is kept for each
	for _, step := range graph.Steps {
		_, dt, _, _, err := step.State.Output().Vertex(ctx, c).Marshal(ctx, c)
		if err != nil {
			return unknown
		}
		var op pb.Op
		if err := op.UnmarshalVT(dt); err == nil && sameStep(&op, se.Op) {
			return step
		}
	}
	return b.needed(ctx, unknown, graph, se)
}

// needed is the first step of which the failed one is a part.
func (b *build) needed(ctx context.Context, unknown llb.Step, graph llb.Graph, se *errdefs.SolveError) llb.Step {
	for _, step := range graph.Steps {
		def, err := b.marshal(ctx, step.State)
		if err != nil {
			return unknown
		}
		for _, dt := range def.Def {
			var op pb.Op
			if err := op.UnmarshalVT(dt); err == nil && sameStep(&op, se.Op) {
				return step
			}
		}
	}
	return unknown
}

// sameStep compares two steps by what they run and read.
func sameStep(a, b *pb.Op) bool {
	if a.GetExec() == nil || !slices.Equal(a.GetExec().Meta.Args, b.GetExec().Meta.Args) {
		return false
	}
	return slices.EqualFunc(a.Inputs, b.Inputs, func(x, y *pb.Input) bool { return x.Digest == y.Digest && x.Index == y.Index })
}

// stepDiagnostics reads the diagnostics.json that a failed step left in its
// output, which BuildKit keeps for the length of the build.
func (b *build) stepDiagnostics(ctx context.Context, plan *llb.Plan, se *errdefs.SolveError) diag.List {
	var problems job.Problems
	for i, m := range se.Op.GetExec().Mounts {
		if m.Dest != llb.OutDir || i >= len(se.MountIDs) {
			continue
		}
		data, err := b.readFailed(ctx, se.MountIDs[i], "/"+llb.DiagnosticsFile)
		if err != nil || json.Unmarshal(data, &problems) != nil {
			return nil //nolint:nilerr // the step's own error is what the user sees then
		}
	}
	return plan.Diagnostics(problems)
}

// stepFailed is about a step that ran and failed without saying why in its
// output: our mistake, or a machine out of memory or disk.
func stepFailed(failed llb.Step, err error) diag.List {
	var se *errdefs.SolveError
	var exit *gatewaypb.ExitError
	if !errors.As(err, &se) || !errors.As(err, &exit) || se.Op.GetExec() == nil || len(se.Op.GetExec().Meta.Args) < 2 {
		return nil
	}
	step := cmp.Or(failed.Name, se.Op.GetExec().Meta.Args[1])
	var l diag.List
	hint := "its last lines are in the log above; if they do not help, report them"
	if exit.ExitCode == exitKilled {
		hint = "it was killed: the builder may be out of memory"
	}
	l.Add(diag.StepFailed, failed.Plan.Model.At(cmp.Or(failed.Stanza, step)), hint, "the %s step failed with exit code %d", step, exit.ExitCode)
	return l
}

// exitKilled is the exit code of a process ended by SIGKILL.
const exitKilled = 137

func (b *build) readFailed(ctx context.Context, resultID, file string) ([]byte, error) {
	ctr, err := b.client.NewContainer(ctx, gwclient.NewContainerRequest{
		NetMode: pb.NetMode_NONE,
		Mounts:  []gwclient.Mount{{Dest: "/", ResultID: resultID, MountType: pb.MountType_BIND}},
	})
	if err != nil {
		return nil, fmt.Errorf("open the failed step's output: %w", err)
	}
	defer func() { _ = ctr.Release(context.WithoutCancel(ctx)) }()
	return ctr.ReadFile(ctx, gwclient.ReadContainerRequest{ReadRequest: gwclient.ReadRequest{Filename: file}})
}

var (
	digestMismatch = pattern.New(`digest mismatch (?:for \S+: )?(sha256:[0-9a-f]{64})`)
	badStatus      = pattern.New(`invalid response status (\d+)`)
)

// sourceDiagnostics says what is wrong with one source, if err is about it.
func (b *build) sourceDiagnostics(ctx context.Context, s spec.Placed, err error) diag.List {
	switch s.Source.Kind {
	case spec.SourceContext, spec.SourceLayout:
		return b.contextDiagnostics(ctx, s)
	case spec.SourceImage:
		return b.imageDiagnostics(ctx, s, err)
	case spec.SourceHTTP:
		if strings.Contains(err.Error(), s.Source.URL) || badStatus.MatchString(err.Error()) || isDial(err) {
			return b.httpDiagnostics(ctx, s, err)
		}
	case spec.SourceBlob, spec.SourceLayoutBlob:
		return blobDiagnostics(s, err)
	case spec.SourceGit:
		return gitDiagnostics(s, err)
	}
	return nil
}

func sourceOp(err error) *pb.SourceOp {
	var se *errdefs.SolveError
	if errors.As(err, &se) {
		return se.Op.GetSource()
	}
	return nil
}

// contextDiagnostics looks for a local file and, where it is not there, for
// names near it.
func (b *build) contextDiagnostics(ctx context.Context, s spec.Placed) diag.List {
	files, err := b.listContext(ctx, s.Source.Name)
	if err != nil {
		return nil //nolint:nilerr // the error being explained says more than this one
	}
	return notThere(s, files)
}

// notThere says that a source is not among the files of its context or image, or is a
// folder where a file is wanted.
func notThere(s spec.Placed, files listing) diag.List {
	switch mode, ok := files[s.Source.Path]; {
	case !ok:
		return spec.MissingFile(s, files.files())
	case mode.IsDir() && strings.HasPrefix(s.Path, "data.") && !s.Folder:
		return spec.DirectorySource(s)
	}
	return nil
}

func isDial(err error) bool {
	op := sourceOp(err)
	return op != nil && (strings.HasPrefix(op.Identifier, "http://") || strings.HasPrefix(op.Identifier, "https://"))
}
