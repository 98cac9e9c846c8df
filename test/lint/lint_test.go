// Package lint_test shows that what the lint rules find reaches people through
// every client: as warnings of a build, through --call=check, and with an error
// where the spec asks for one.
package lint_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/moby/buildkit/client"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const secret = "ghp_" + "aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3"

const dubious = `# syntax=org/modelbuild:1
name: tiny
version: 1.0.0
license: CC0-1.0
data:
  train: {source: context://tiny.csv, license: CC0-1.0}
features: {target: kind}
split: {kind: stratified, test: 0.5}
train: {algorithm: logistic, seed: 1}
image:
  labels:
    note: ` + secret + `
    next: plain
  user: "0"
`

// buildable is what of it a build lets pass: it refuses the secret.
var buildable = strings.Replace(dubious, secret, "a note", 1)

// project is a folder with a spec and data for it.
func project(t *testing.T, sb *testenv.Sandbox, spec string) string {
	t.Helper()
	return sb.Context(map[string]string{"model.yaml": spec, "tiny.csv": "kind,x\n" + strings.Repeat("a,1\nb,2\n", 6) + "a,2\nb,1\n"})
}

func TestBuildShowsWarnings(t *testing.T) {
	sb := testenv.New(t)
	dir := project(t, sb, buildable)
	args := []string{"build", "-f", dir + "/model.yaml", "--build-arg", "kinds=3", "--output", "type=local,dest=" + t.TempDir(), dir}
	out := sb.Buildx(args...).OK()
	require.Contains(t, out.Stderr, "3 warnings found")
	for _, want := range []string{
		"MB6005 (root-user): image.user: the image runs as root (model.yaml:14:9)",
		"MB6008 (missing-description): the model has no description (model.yaml:2:7)",
		"MB6017 (undeclared-arg): --build-arg kinds: the spec has no such argument",
	} {
		require.Contains(t, out.Stderr, want)
	}
}

// TestBuildWarningsHavePlaces reads the warnings as a client gets them: buildx
// shows their places and excerpts with docker --debug.
func TestBuildWarningsHavePlaces(t *testing.T) {
	sb := testenv.New(t)
	dir := project(t, sb, buildable)
	out := sb.Buildx("build", "--progress=rawjson", "-f", dir+"/model.yaml", "--output", "type=local,dest="+t.TempDir(), dir).OK()
	seen := 0
	for line := range strings.Lines(out.Stderr) {
		var status client.SolveStatus
		if json.Unmarshal([]byte(line), &status) != nil {
			continue
		}
		for _, w := range status.Warnings {
			seen++
			if strings.HasPrefix(string(w.Short), "MB6005 ") {
				require.Equal(t, "https://github.com/modelbuild/modelbuild/blob/main/docs/rules/MB6005.md", w.URL)
				require.Equal(t, "leave user out: the image then runs as 65532", string(w.Detail[0]))
				require.Equal(t, int32(14), w.Range[0].Start.Line)
				require.Equal(t, int32(8), w.Range[0].Start.Character)
				require.Contains(t, string(w.SourceInfo.Data), `user: "0"`)
			}
		}
	}
	require.Equal(t, 2, seen)
}

// excerpts are the lines of an output that BuildKit quotes from a file.
func excerpts(text string) string {
	var out []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, " | ") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

func TestCallCheckShowsWarnings(t *testing.T) {
	sb := testenv.New(t)
	dir := project(t, sb, dubious)
	out := sb.Buildx("build", "--call=check", "-f", dir+"/model.yaml", dir).Failed()
	require.Contains(t, out.Stdout, "Check complete, 3 warnings have been found!")
	require.Contains(t, out.Stdout, "WARNING: root-user - https://github.com/modelbuild/modelbuild/blob/main/docs/rules/MB6005.md\n"+
		"image.user: the image runs as root\nhint: leave user out: the image then runs as 65532\n"+dir+"/model.yaml:14\n")
	require.NotContains(t, out.Stdout, secret)

	var got struct {
		Warnings []struct {
			RuleName string `json:"ruleName"`
			Location struct {
				Ranges []struct {
					Start struct{ Line, Character int } `json:"start"`
				} `json:"ranges"`
			} `json:"location"`
		} `json:"warnings"`
	}
	out = sb.Buildx("build", "--call=check,format=json", "-f", dir+"/model.yaml", dir).Failed()
	require.NoError(t, json.Unmarshal([]byte(out.Stdout), &got))
	names := map[string]int{}
	for _, w := range got.Warnings {
		names[w.RuleName] = w.Location.Ranges[0].Start.Line
	}
	require.Equal(t, map[string]int{"root-user": 14, "missing-description": 2, "secret": 12}, names)
}

func TestDirective(t *testing.T) {
	sb := testenv.New(t)
	skip := project(t, sb, "# check=skip=all\n"+dubious)
	out := sb.Buildx("build", "--call=check", "-f", skip+"/model.yaml", skip).OK()
	require.Contains(t, out.Stdout+out.Stderr, "no warnings found")

	strict := project(t, sb, strings.Replace(dubious, "\nname", "\n# check=skip=secret,MB6008;error=true\nname", 1))
	out = sb.Buildx("build", "--call=check", "-f", strict+"/model.yaml", strict).Failed()
	require.Contains(t, out.Stdout, "Check complete, 1 warning has been found!")
	require.Contains(t, out.Stderr, "lint violation found for rules: root-user")
	out = sb.Buildx("build", "-f", strict+"/model.yaml", "--output", "type=local,dest="+t.TempDir(), strict).Failed()
	require.Contains(t, out.Stderr, "model.yaml:15:9: error MB6005 (root-user): image.user: the image runs as root")
	require.NotContains(t, out.Stderr, "[train]", "it stops before it starts")
}

// TestSecretsStayHiddenInErrors has a mistake on the line below a secret.
func TestSecretsStayHiddenInErrors(t *testing.T) {
	sb := testenv.New(t)
	dir := project(t, sb, strings.Replace(dubious, "next: plain", "next: 1", 1))
	for _, args := range [][]string{{"--call=check"}, {"--output", "type=local,dest=" + t.TempDir()}} {
		out := sb.Buildx(append(append([]string{"build", "-f", dir + "/model.yaml"}, args...), dir)...).Failed()
		require.Contains(t, out.Stdout+out.Stderr, "image.labels.next must be text, not 1")
		require.NotContains(t, excerpts(out.Stdout+out.Stderr), secret)
	}
}

// TestWarningsOfIncludedFiles names the included file in the text: buildx shows the
// excerpt under the name of the spec.
func TestWarningsOfIncludedFiles(t *testing.T) {
	sb := testenv.New(t)
	main, common, _ := strings.Cut(dubious, "image:\n")
	dir := sb.Context(map[string]string{"model.yaml": strings.Replace(main, "name:", "include: [common.yaml]\nname:", 1),
		"common.yaml": "image:\n" + common, "tiny.csv": "kind,x\n" + strings.Repeat("a,1\nb,2\n", 6) + "a,2\nb,1\n"})
	out := sb.Buildx("build", "--call=check", "-f", dir+"/model.yaml", dir).Failed()
	require.Contains(t, out.Stdout, "the image runs as root (common.yaml:5:9)\nhint: leave user out: the image then runs as 65532\n", out.Stderr)
	require.Contains(t, out.Stdout, "   5 | >>>   user: \"0\"\n")
	require.NotContains(t, out.Stdout, secret)
}

// TestBuildRefusesSecret shows the place of a secret, and not the secret.
func TestBuildRefusesSecret(t *testing.T) {
	sb := testenv.New(t)
	dir := project(t, sb, dubious)
	out := sb.Buildx("build", "--progress=plain", "-f", dir+"/model.yaml", "--output", "type=cacheonly", dir).Failed()
	require.Contains(t, out.Stderr, "model.yaml:12:11: error MB6004 (secret): image.labels.note: this looks like a GitHub token")
	require.Contains(t, out.Stderr, "  12 | >>>     note: ****")
	require.NotContains(t, out.Stderr, secret)
}

// TestCommandLineShowsWarnings builds with modelbuild itself.
func TestCommandLineShowsWarnings(t *testing.T) {
	sb := testenv.New(t)
	dir := project(t, sb, buildable)
	out := sb.CLI("build", "-f", dir+"/model.yaml", "--output", "type=local,dest="+t.TempDir(), dir).OK()
	require.Contains(t, out.Stderr, "MB6005 (root-user): image.user: the image runs as root")
	check := sb.CLI("check", "--strict", "-f", dir+"/model.yaml", dir).Failed()
	require.Contains(t, check.Stdout, "2 warnings\n")
}
