package bake_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// bake runs the repository's bake file, allowing it to write to a folder.
func bake(sb *testenv.Sandbox, out string, args ...string) testenv.Result {
	return sb.BuildxIn(sb.Source(), append([]string{"bake", "--allow", "fs.write=" + out}, args...)...)
}

func TestEveryExampleIsInTheBakeFile(t *testing.T) {
	sb := testenv.New(t)
	entries, err := os.ReadDir(filepath.Join(sb.Source(), "examples"))
	require.NoError(t, err)
	var want []string
	for _, e := range entries {
		if e.Name() == "service" {
			continue // it needs the image of its program, which is made first: see the guide
		}
		if _, err := os.Stat(filepath.Join(sb.Source(), "examples", e.Name(), "model.yaml")); err == nil {
			want = append(want, "example-"+e.Name())
		}
	}
	var plan struct {
		Target map[string]struct{ Attest []map[string]string }
	}
	printed := bake(sb, t.TempDir(), "--print", "examples").OK()
	require.NoError(t, json.Unmarshal([]byte(printed.Stdout), &plan))
	assert.ElementsMatch(t, want, slices.Collect(maps.Keys(plan.Target)))
	for name, target := range plan.Target {
		assert.Contains(t, target.Attest, map[string]string{"type": "provenance", "mode": "max", "version": "v0.2"}, name)
		assert.Contains(t, target.Attest, map[string]string{"type": "sbom"}, name)
	}
}

func TestBakedExampleIsTheOneThatTheCommandBuilds(t *testing.T) {
	sb := testenv.New(t)
	out := t.TempDir()
	baked, built := filepath.Join(out, "baked"), filepath.Join(out, "built")
	bake(sb, out, "--set", "example-penguins.output=type=oci,tar=false,rewrite-timestamp=true,oci-mediatypes=true,dest="+baked,
		"example-penguins").OK()
	sb.CLI("build", "-f", filepath.Join(sb.Source(), "examples", "penguins", "model.yaml"), "-t", "org/penguins:1",
		"-o", "type=oci,tar=false,dest="+built).OK()
	a, err := oci.Open(t.Context(), "oci-layout://"+baked)
	require.NoError(t, err)
	b, err := oci.Open(t.Context(), "oci-layout://"+built)
	require.NoError(t, err)
	assert.Equal(t, b.Manifests[0].Descriptor.Digest, a.Manifests[0].Descriptor.Digest)
	assert.Len(t, a.Manifests[0].Attestations, len(b.Manifests[0].Attestations))
}

func TestBakedFrontendFromBinariesIsTheOneUnderTest(t *testing.T) {
	sb := testenv.New(t)
	out := t.TempDir()
	dest := filepath.Join(out, "frontend")
	bake(sb, out, "--allow", "fs.read="+sb.Bin(), "--set", "frontend.platform=", "--set", "frontend.contexts.binaries="+sb.Bin(),
		"--set", "frontend.output=type=oci,tar=false,rewrite-timestamp=true,oci-mediatypes=true,dest="+dest, "frontend").OK()
	img, err := oci.Open(t.Context(), "oci-layout://"+dest)
	require.NoError(t, err)
	_, digest := sb.Frontend()
	assert.Equal(t, digest, img.Manifests[0].Descriptor.Digest.String())
}

func TestValidateGroupPasses(t *testing.T) {
	sb := testenv.New(t)
	// A folder in place of the Go image: checking the Dockerfile needs none of what is in it.
	golang := t.TempDir()
	out := bake(sb, golang, "--allow", "fs.read="+golang, "--set", "validate-lint.contexts.golang="+golang, "validate").OK()
	assert.Contains(t, out.Stdout+out.Stderr, "no warnings found")
}
