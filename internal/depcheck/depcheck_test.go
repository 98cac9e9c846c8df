package depcheck_test

import (
	"testing"

	"github.com/modelbuild/modelbuild/internal/depcheck"
	"github.com/stretchr/testify/require"
)

func TestImportRules(t *testing.T) {
	pkgs, err := depcheck.List("../..")
	require.NoError(t, err)
	require.NotEmpty(t, pkgs)
	for _, v := range depcheck.Check(depcheck.Rules(), pkgs) {
		t.Error(v)
	}
	known := map[string]bool{}
	for _, p := range pkgs {
		known[p.ImportPath] = true
	}
	require.True(t, known[depcheck.Module+"/train/job"])
}

func TestRulesFindViolations(t *testing.T) {
	const m = depcheck.Module + "/"
	cases := map[string]struct {
		pkg, imp string
		want     bool
	}{
		"spec may not see llb":         {"frontend/spec", m + "llb", true},
		"spec may not see buildkit":    {"frontend/spec", "github.com/moby/buildkit/client/llb", true},
		"spec may see diag":            {"frontend/spec", m + "frontend/diag", false},
		"llb may not see frontend":     {"llb", m + "frontend", true},
		"llb may not see the gateway":  {"llb", "github.com/moby/buildkit/frontend/gateway/client", true},
		"llb may see client/llb":       {"llb", "github.com/moby/buildkit/client/llb", false},
		"train may not see provenance": {"train/table", m + "provenance", true},
		"train may see itself":         {"train/table", m + "train/job", false},
		"train has no network":         {"train", "net/http", true},
		"steps have no network":        {"cmd/modelbuild-step", "net", true},
		"an address is no network":     {"sbom", "net/url", false},
		"cmd may see everything":       {"cmd/modelbuild", m + "internal/cli", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := depcheck.Check(depcheck.Rules(), []depcheck.Package{{ImportPath: m + c.pkg, Imports: []string{c.imp}}})
			require.Equal(t, c.want, len(got) > 0, "%v", got)
		})
	}
}
