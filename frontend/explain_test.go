package frontend

import (
	"errors"
	"testing"
	"time"

	gatewaypb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/stretchr/testify/require"
)

func testPlan(t *testing.T) *llb.Plan {
	t.Helper()
	m, diags := spec.Parse("model.yaml", []byte(`name: penguins
data:
  train: {source: context://data/penguins.csv}
features: {target: species}
train: {algorithm: logistic}
`))
	require.Empty(t, diags)
	p, err := llb.NewPlan(m, llb.Env{Mode: packagejob.ModeMin, Epoch: time.Unix(0, 0)})
	require.NoError(t, err)
	return p
}

func stepError(code uint32) *errdefs.SolveError {
	return &errdefs.SolveError{
		Err:   &gatewaypb.ExitError{ExitCode: code, Err: errors.New("exit")},
		Solve: &errdefs.Solve{Op: &pb.Op{Op: &pb.Op_Exec{Exec: &pb.ExecOp{Meta: &pb.Meta{Args: []string{"/modelbuild-step", "train"}}}}}},
	}
}

func TestStepFailed(t *testing.T) {
	failed := func(se *errdefs.SolveError) diag.List { return stepFailed(llb.Step{Plan: testPlan(t)}, se) }
	l := failed(stepError(2))
	require.Equal(t, diag.StepFailed, l[0].Code)
	require.Equal(t, 5, l[0].Span.Start.Line)
	require.Contains(t, l[0].Message, "train step failed with exit code 2")
	require.Contains(t, failed(stepError(137))[0].Hint, "out of memory")

	other := stepError(2)
	other.Err = errors.New("no exit at all")
	require.Empty(t, failed(other))
}

func TestLastCause(t *testing.T) {
	require.Equal(t, "dial tcp: refused", lastCause(errors.New("a: b: dial tcp: refused")))
	require.Equal(t, "fatal: no such ref", lastCause(errors.New("a: fatal: no such ref\n\n: exit status 128")))
	require.Equal(t, "alone", lastCause(errors.New("alone")))
	require.Equal(t, "404 Not Found", statusText("404"))
	require.Equal(t, "799", statusText("799"))
}
