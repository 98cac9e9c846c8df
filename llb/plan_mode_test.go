package llb_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

// TestStatementIsChosenByTheBuildFirst: the spec's word counts where the build leaves it open.
func TestStatementIsChosenByTheBuildFirst(t *testing.T) {
	const head = "name: a\ndata: {train: {source: context://a.csv}}\nfeatures: {target: b}\ntrain: {algorithm: logistic}\n"
	for _, c := range []struct {
		spec   string
		open   llb.Open
		mode   packagejob.Mode
		format packagejob.Format
	}{
		{"", llb.Open{Mode: true, Format: true}, packagejob.ModeMin, packagejob.FormatSLSA1},
		{"provenance: {mode: max, version: v0.2}\n", llb.Open{}, packagejob.ModeMin, packagejob.FormatSLSA1},
		{"provenance: {mode: max, version: v0.2}\n", llb.Open{Mode: true}, packagejob.ModeMax, packagejob.FormatSLSA1},
		{"provenance: {mode: max, version: v0.2}\n", llb.Open{Mode: true, Format: true}, packagejob.ModeMax, ""},
		{"provenance: {mode: max}\n", llb.Open{Format: true}, packagejob.ModeMin, packagejob.FormatSLSA1},
	} {
		m, diags := spec.Parse("model.yaml", []byte(head+c.spec))
		require.Empty(t, diags)
		mode, format := llb.Env{Mode: packagejob.ModeMin, Format: packagejob.FormatSLSA1, Open: c.open}.Statement(m)
		require.Equal(t, c.mode, mode, c.spec)
		require.Equal(t, c.format, format, c.spec)
	}
}
