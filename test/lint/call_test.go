package lint_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/testenv"
)

const declared = `# syntax=org/modelbuild:1
version: 1.0.0
license: CC0-1.0
args:
  l2: {type: number, default: 1, description: strength of the penalty}
  api_token: {sensitive: true}
data:
  train: {source: "https://example.org/tiny.csv?edition=0a1b2c", digest: "sha256:f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93", license: CC0-1.0}
features: {target: kind}
split: {kind: stratified, test: 0.5}
train: {algorithm: logistic, seed: 1, params: {l2: "${l2}"}}
evaluate: {gates: {macro_f1: ">= 0.5"}}
targets:
  small: {description: Small one}
  large: {description: Large one, train: {seed: 2}}
`

// TestCallSchema asks through buildx, which passes any name on.
func TestCallSchema(t *testing.T) {
	sb := testenv.New(t)
	want, err := os.ReadFile(filepath.Join(sb.Source(), "docs", "schema", "modelbuild.schema.json"))
	require.NoError(t, err)
	dir := project(t, sb, "# syntax=org/modelbuild:1\nnot: a spec\n")
	for _, call := range []string{"modelbuild.schema", "modelbuild.schema,format=json"} {
		out := sb.Buildx("build", "--call="+call, "-f", dir+"/model.yaml", dir).OK()
		require.Equal(t, strings.TrimSpace(string(want)), strings.TrimSpace(out.Stdout), "the schema does not depend on the spec")
	}
}

func TestCallDescribe(t *testing.T) {
	sb := testenv.New(t)
	dir := project(t, sb, declared)
	call := func(name string, more ...string) testenv.Result {
		args := append([]string{"build", "--call=modelbuild." + name, "--build-arg", "api_token=hunter22", "-f", dir + "/model.yaml"}, more...)
		return sb.Buildx(append(args, dir)...)
	}
	out := call("describe").OK()
	require.Equal(t, `small 1.0.0
Small one

TARGET           DESCRIPTION
small (default)  Small one
large            Large one

ARG        TYPE    VALUE  DESCRIPTION
l2         number  1      strength of the penalty
api_token  string         

SOURCE  URI                                    LICENSE
train   https://example.org/tiny.csv?redacted  CC0-1.0

STEP      DOES
train     logistic of kind from 1 dataset(s), seed 1
evaluate  held-out rows, 1 gate(s)
package   provenance and SBOMs

OUTPUT
/model/model.onnx
/model/schema.json
/model/config.json
/model/warnings.json
/model/metrics.json
/model/provenance.intoto.json
/model/sbom.cdx.json
/model/sbom.spdx.json
/model/card.md
`, out.Stdout)

	out = call("describe,format=json", "--target", "large", "--build-arg", "l2=0.5").OK()
	var got struct {
		Name    string
		Targets []struct {
			Name    string
			Default bool
		}
		Args  []struct{ Name, Type, Value string }
		Steps []struct{ Name, Does string }
	}
	require.NoError(t, json.Unmarshal([]byte(out.Stdout), &got))
	require.Equal(t, "large", got.Name)
	require.Len(t, got.Targets, 2)
	require.Equal(t, "0.5", got.Args[0].Value)
	require.Contains(t, got.Steps[0].Does, "seed 2")
	require.NotContains(t, out.Stdout, "hunter22")
	require.NotContains(t, out.Stdout, "0a1b2c")
}

func TestCallDescribeNeedsASoundSpec(t *testing.T) {
	sb := testenv.New(t)
	dir := project(t, sb, strings.Replace(dubious, "algorithm: logistic", "algorithm: logistik", 1))
	out := sb.Buildx("build", "--call=modelbuild.describe", "-f", dir+"/model.yaml", dir).Failed()
	require.Contains(t, out.Stderr, `did you mean "logistic"?`)
}

func TestCallListsTheCalls(t *testing.T) {
	sb := testenv.New(t)
	dir := project(t, sb, dubious)
	out := sb.Buildx("build", "--call=subrequests.describe", "-f", dir+"/model.yaml", dir).OK()
	for _, name := range []string{"lint", "outline", "targets", "modelbuild.schema", "modelbuild.describe", "subrequests.describe"} {
		require.Regexp(t, `(?m)^`+name+` +1\.`, out.Stdout)
	}
	bad := sb.Buildx("build", "--call=modelbuild.nothing", "-f", dir+"/model.yaml", dir).Failed()
	require.Contains(t, bad.Stderr, "frontend.modelbuild.nothing")
}
