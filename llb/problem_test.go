package llb_test

import (
	"testing"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/stretchr/testify/require"
)

// TestDiagnostics places what a step found in the spec.
func TestDiagnostics(t *testing.T) {
	l := plan(t, full).Diagnostics(job.Problems{
		{Code: "MB2004", Field: "features.columns.mass", Dataset: "train", Line: 7, Name: "mass", Excerpt: "heavy", Message: "not a number"},
		{Code: "MB2002", Field: "data.train", Dataset: "train", Message: "empty"},
	})
	require.Equal(t, 11, l[0].Span.Start.Line, "the nearest part that the file has")
	require.Equal(t, "data/penguins.csv:7", l[0].Related[0].Span.String())
	require.Equal(t, "this row, column mass", l[0].Related[0].Message)
	require.Equal(t, diag.Position{Line: 7, Column: 19}, l[1].Span.Start)
	require.Empty(t, l[1].Related)
}
