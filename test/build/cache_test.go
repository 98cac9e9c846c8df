package build_test

import (
	"regexp"
	"testing"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

var step = regexp.MustCompile(`(?m)^#(\d+) \[(train|evaluate|package)\] (?:logistic|held-out|provenance)`)

// ran lists the steps of a plain log that were run rather than taken from cache.
func ran(log string) []string {
	var out []string
	seen := map[string]bool{}
	for _, m := range step.FindAllStringSubmatch(log, -1) {
		cached := regexp.MustCompile(`(?m)^#` + m[1] + ` CACHED`).MatchString(log)
		if !cached && !seen[m[2]] {
			out = append(out, m[2])
		}
		seen[m[2]] = true
	}
	return out
}

// TestIncremental checks that a change runs the steps that read it and no other.
func TestIncremental(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	edit(t, dir, "model.yaml", "seed: 42", "seed: 4242") // no other test trains this one
	build := func() []string {
		t.Helper()
		return ran(sb.Buildx("build", "-f", dir+"/model.yaml", "--output", "type=cacheonly", dir).OK().Stderr)
	}
	require.Equal(t, []string{"train", "evaluate", "package"}, build())
	require.Empty(t, build(), "nothing changed")

	edit(t, dir, "model.yaml", "Species of a penguin", "Kind of penguin")
	require.Equal(t, []string{"package"}, build(), "a description retrains nothing")

	edit(t, dir, "model.yaml", ">= 0.95", ">= 0.9")
	require.Equal(t, []string{"evaluate", "package"}, build(), "a gate retrains nothing")

	edit(t, dir, "model.yaml", "  slices:", "  importance: {}\n  partial_dependence: [sex]\n  slices:")
	require.Equal(t, []string{"evaluate", "package"}, build(), "an explanation retrains nothing")

	edit(t, dir, "data/penguins.csv", "Adelie,Torgersen,39.1", "Adelie,Torgersen,39.2")
	require.Equal(t, []string{"train", "evaluate", "package"}, build(), "a changed cell retrains")
}

// TestEpochRunsNoStep: another SOURCE_DATE_EPOCH changes the image's times and
// what is said about them, not the model.
func TestEpochRunsNoStep(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	build := func(epoch string) []string {
		t.Helper()
		return ran(sb.Buildx("build", "-f", dir+"/model.yaml", "--build-arg", "SOURCE_DATE_EPOCH="+epoch, "--output", "type=cacheonly", dir).OK().Stderr)
	}
	build("0")
	require.NotContains(t, build("1700000000"), "train")
}
