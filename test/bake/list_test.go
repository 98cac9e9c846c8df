package bake_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/testenv"
)

// listed is one entry of `bake --list` in JSON.
type listed struct {
	Name, Description, Value string
	Group                    bool
}

func list(t *testing.T, sb *testenv.Sandbox, dir, what string) map[string]listed {
	t.Helper()
	var entries []listed
	out := sb.BuildxIn(dir, "bake", "--list=type="+what+",format=json").OK()
	require.NoError(t, json.Unmarshal([]byte(out.Stdout), &entries))
	got := map[string]listed{}
	for _, e := range entries {
		got[e.Name] = e
	}
	return got
}

// TestListOfTheBakeFile asks bake what the repository's own file has.
func TestListOfTheBakeFile(t *testing.T) {
	sb := testenv.New(t)
	targets := list(t, sb, sb.Source(), "targets")
	for _, name := range []string{"frontend", "example-penguins", "validate-lint", "validate-example-penguins"} {
		assert.NotEmpty(t, targets[name].Description, name)
		assert.False(t, targets[name].Group, name)
	}
	for _, name := range []string{"default", "examples", "validate"} {
		assert.NotEmpty(t, targets[name].Description, name)
		assert.True(t, targets[name].Group, name)
	}
	variables := list(t, sb, sb.Source(), "variables")
	for _, name := range []string{"REGISTRY", "TAG", "SOURCE_DATE_EPOCH", "OUTPUT"} {
		assert.NotEmpty(t, variables[name].Description, name)
		assert.NotEmpty(t, variables[name].Value, name)
	}
	text := sb.BuildxIn(sb.Source(), "bake", "--list=targets").OK().Stdout
	assert.Regexp(t, `(?m)^TARGET\s+DESCRIPTION$`, text)
	assert.Regexp(t, `(?m)^example-penguins\s+an example$`, text)
}

const models = `# syntax=org/modelbuild:1
args:
  seed: {type: integer, default: 42, description: seed of the split}
targets:
  full: {description: Species from every measurement}
  bill:
    description: Species from the bill alone
    features: {exclude: [year, flipper_length_mm, body_mass_g, island, sex]}
data:
  train: {source: context://data/penguins.csv}
features: {target: species, exclude: [year]}
train: {algorithm: logistic, seed: "${seed}"}
`

// modelsFile bakes the two models of a spec, with an argument of it as a variable.
const modelsFile = `variable "SEED" {
  default     = "7"
  description = "Seed of the split"
}
group "default" {
  description = "both models"
  targets     = ["full", "bill"]
}
target "_model" {
  dockerfile = "model.yaml"
  args       = { seed = SEED }
  output     = ["type=cacheonly"]
}
target "full" {
  inherits    = ["_model"]
  target      = "full"
  description = "Species from every measurement"
}
target "bill" {
  inherits    = ["_model"]
  target      = "bill"
  description = "Species from the bill alone"
}
`

// TestListOfModels lists, asks about and builds the models of one spec by bake.
func TestListOfModels(t *testing.T) {
	sb := testenv.New(t)
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(sb.Source(), "examples", "penguins"))))
	for name, text := range map[string]string{"model.yaml": models, "docker-bake.hcl": modelsFile} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	targets := list(t, sb, dir, "targets")
	assert.Equal(t, listed{Name: "default", Description: "both models (bill, full)", Group: true}, targets["default"])
	assert.Equal(t, "Species from the bill alone", targets["bill"].Description)
	assert.Equal(t, listed{Name: "SEED", Description: "Seed of the split", Value: "7"}, list(t, sb, dir, "variables")["SEED"])

	// What the frontend itself says, for each target of the file.
	calls := sb.BuildxIn(dir, "bake", "--call=targets").OK().Stdout
	assert.Regexp(t, `(?m)^full \(default\)\s+Species from every measurement$`, calls)
	outline := sb.BuildxIn(dir, "bake", "--call=outline", "bill").OK().Stdout
	assert.Regexp(t, `(?m)^seed\s+7\s+seed of the split`, outline)
	check := sb.BuildxIn(dir, "bake", "--check")
	assert.Contains(t, check.Stdout, "WARNING: missing-version")

	built := sb.BuildxIn(dir, "bake").OK().Stderr
	for _, name := range []string{"full", "bill"} {
		assert.Contains(t, built, "["+name+" train] logistic of species from 1 dataset(s), seed 7", "%s is trained with the variable", name)
	}
}
