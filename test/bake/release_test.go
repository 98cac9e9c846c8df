package bake_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/release"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const services = `# syntax=org/modelbuild:1
targets:
  species:
    features: {target: species, exclude: [year]}
    launch_policy: {allow_env_override: [LEVEL], log_redirect: never}
  island:
    features: {target: island, exclude: [year]}
data: {train: {source: context://penguins.csv}}
train: {algorithm: naive-bayes, seed: 42}
`

const servicesBake = `
group "default" { targets = ["species", "island"] }
target "_common" {
  dockerfile = "model.yaml"
  platforms  = ["linux/amd64", "linux/arm64"]
  attest     = ["type=provenance,mode=max,version=v0.2"]
}
target "species" {
  inherits = ["_common"]
  target   = "species"
  output   = ["type=image,push=true,registry.insecure=true,rewrite-timestamp=true,name=SPECIES"]
}
target "island" {
  inherits = ["_common"]
  target   = "island"
  output   = ["type=oci,tar=false,rewrite-timestamp=true,dest=out"]
}
`

// TestRelease bakes two services, one of them to a registry, and writes down what a
// release of them is; then one of them is built again, with another policy.
func TestRelease(t *testing.T) {
	sb := testenv.New(t)
	data, err := os.ReadFile(filepath.Join(sb.Source(), "examples", "penguins", "data", "penguins.csv"))
	require.NoError(t, err)
	ref := sb.Ref("1")
	dir := sb.Context(map[string]string{
		"model.yaml": services, "penguins.csv": string(data), "docker-bake.hcl": strings.Replace(servicesBake, "SPECIES", ref, 1),
	})
	all := []string{"bake", "--allow", "fs.write=" + dir, "--metadata-file", "bake.json"}
	sb.BuildxIn(dir, all...).OK()

	missing := sb.Run(dir, filepath.Join(sb.Bin(), "modelbuild"), "release", "--metadata-file", "bake.json")
	require.Equal(t, 1, missing.Code)
	require.Contains(t, missing.Stderr, `the metadata does not say where the image "island" is; add island=IMAGE`)

	run := func(args ...string) testenv.Result {
		return sb.Run(dir, append([]string{filepath.Join(sb.Bin(), "modelbuild"), "release"}, args...)...)
	}
	run("--metadata-file", "bake.json", "island=oci-layout://out", "-o", "release.json").OK()
	text, err := os.ReadFile(filepath.Join(dir, "release.json"))
	require.NoError(t, err)
	r, err := release.Parse(text)
	require.NoError(t, err)
	require.Len(t, r.Images, 2)
	island, species := r.Images[0], r.Images[1]
	assert.Equal(t, "island", island.Name)
	assert.Empty(t, island.Ref, "a folder is nothing to publish")
	assert.Equal(t, "species", species.Name)
	assert.Equal(t, ref, species.Ref)

	img, err := oci.Open(t.Context(), ref)
	require.NoError(t, err)
	assert.Equal(t, img.Descriptor.Digest.String(), species.Digest)
	require.Len(t, species.Platforms, 2)
	for i, p := range species.Platforms {
		m := img.Manifests[i]
		assert.Equal(t, release.Platform{
			Platform: m.Platform, Digest: m.Descriptor.Digest.String(), Config: m.Manifest.Config.Digest.String(), Models: p.Models,
			LaunchPolicy: map[string]string{
				"allow_capabilities": "false", "allow_cgroups": "false", "allow_cmd_override": "false", "allow_env_override": "LEVEL", "log_redirect": "never",
			},
		}, p)
		files, err := m.ReadFiles(t.Context(), "/model/provenance.intoto.json")
		require.NoError(t, err)
		var st struct {
			Subject []struct{ Digest map[string]string }
		}
		require.NoError(t, json.Unmarshal(files["/model/provenance.intoto.json"], &st))
		assert.Equal(t, []release.Model{{Path: "/model/model.onnx", Digest: "sha256:" + st.Subject[0].Digest["sha256"]}}, p.Models)
	}

	again := run("species="+ref, "island=oci-layout://out").OK().Stdout
	assert.Equal(t, string(text), again, "the same images give the same bytes")
	checked := run("--check", "release.json", "species="+ref, "island=oci-layout://out").OK()
	assert.Equal(t, "2 images are as release.json says\n", checked.Stdout)
	nowhere := run("--check", "release.json")
	assert.Equal(t, 1, nowhere.Code)
	assert.Contains(t, nowhere.Stderr, "does not say where each of its images is")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "model.yaml"), []byte(strings.Replace(services, "never", "always", 1)), 0o600))
	sb.BuildxIn(dir, append(all, "species")...).OK()
	changed := run("--check", "release.json", "--ignore-index", "species="+ref, "island=oci-layout://out")
	assert.Equal(t, 1, changed.Code)
	assert.Contains(t, changed.Stdout, "log_redirect=never, got")
	assert.NotContains(t, changed.Stdout, "model.onnx", "the model is the same")
	assert.NotContains(t, changed.Stdout, "island")
}
