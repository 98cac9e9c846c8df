package lint_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lint"
	"github.com/modelbuild/modelbuild/frontend/spec"
)

// TestFound treats what a step found as a rule's own finding.
func TestFound(t *testing.T) {
	for directive, want := range map[string]map[string]diag.Severity{
		"":                             {"target-leak": diag.Warning, "same-data": diag.Warning, "": diag.Warning},
		"# check=error=true\n":         {"target-leak": diag.Error, "same-data": diag.Error, "": diag.Error},
		"# check=skip=target-leak\n":   {"same-data": diag.Warning, "": diag.Warning},
		"# check=skip=MB6012,MB2098\n": {"target-leak": diag.Warning, "": diag.Warning},
		"# check=skip=all\n":           {},
	} {
		m, found := spec.Parse("model.yaml", []byte(directive+head))
		require.Empty(t, lint.Run(lint.Input{Model: m, Found: found}), directive)
		var l diag.List
		l.Add(lint.TargetLeak, m.At("features.target"), "exclude it", "copy is the target")
		l.Add(lint.SameData, m.At("data.train"), "", "3 rows are in both parts")
		l.Add("MB2099", m.At("data.train"), "", "of no rule")
		got := map[string]diag.Severity{}
		for _, d := range lint.Found(m, l) {
			got[d.Rule] = d.Severity
		}
		require.Equal(t, want, got, directive)
	}
}
