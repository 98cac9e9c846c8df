package llb_test

import (
	"strings"
	"testing"
	"time"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/stretchr/testify/require"
)

// TestEpochDoesNotRetrain: the time of the image's files is not the model's
// business.
func TestEpochDoesNotRetrain(t *testing.T) {
	m, diags := spec.Parse("model.yaml", []byte(full))
	require.Empty(t, diags)
	jobs := func(seconds int64) *llb.Plan {
		p, err := llb.NewPlan(m, llb.Env{Mode: packagejob.ModeMin, Epoch: time.Unix(seconds, 0)})
		require.NoError(t, err)
		return p
	}
	a, b := jobs(0), jobs(1_700_000_000)
	require.Equal(t, a.Train, b.Train)
	require.Equal(t, a.Evaluate, b.Evaluate)
	require.NotEqual(t, a.Package.Epoch, b.Package.Epoch)
}

// TestDefaultsWrittenOut: a default is the same value whether it is written or not.
func TestDefaultsWrittenOut(t *testing.T) {
	short := strings.Replace(full, "  params: {l2: 0.5, max_iterations: 100}\n", "", 1)
	long := strings.Replace(full, "{l2: 0.5, max_iterations: 100}", "{l2: 1, max_iterations: 200, tolerance: 0.000001, class_weight: none}", 1)
	require.NotEqual(t, short, long)
	require.Equal(t, plan(t, short).Train, plan(t, long).Train)
}
