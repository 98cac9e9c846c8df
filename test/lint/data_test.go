package lint_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/testenv"
)

// leaky has a column that is the target in other words, which only the data shows.
const leaky = `# syntax=org/modelbuild:1
name: tiny
version: 1.0.0
description: Kinds
license: CC0-1.0
data:
  train: {source: context://tiny.csv, license: CC0-1.0}
features: {target: kind}
split: {kind: stratified, test: 0.5}
train: {algorithm: logistic, seed: 1}
`

// TestBuildShowsWhatTheDataShows warns of a leak in the data, also in a build that
// trains nothing, as the check directive says.
func TestBuildShowsWhatTheDataShows(t *testing.T) {
	sb := testenv.New(t)
	build := func(directive string) testenv.Result {
		dir := sb.Context(map[string]string{"model.yaml": strings.Replace(leaky, "name:", directive+"name:", 1),
			"tiny.csv": "kind,form\n" + strings.Repeat("a,round\nb,long\n", 6)})
		return sb.Buildx("build", "-f", dir+"/model.yaml", "--output", "type=cacheonly", dir)
	}
	const leak = `MB6011 (target-leak): column "form" says the same as the target "kind" in every row`
	for range 2 {
		require.Contains(t, build("").OK().Stderr, leak)
	}
	require.NotContains(t, build("# check=skip=target-leak\n").OK().Stderr, "MB6011")
	failed := build("# check=error=true\n").Failed().Stderr
	require.Contains(t, failed, "model.yaml:9:20: error "+leak)
	require.Contains(t, failed, ">>> features: {target: kind}")
	require.Contains(t, failed, "hint: exclude it: exclude: [form]")
}
