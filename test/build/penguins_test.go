package build_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"
)

var modelFiles = []string{
	"/model/model.onnx", "/model/metrics.json", "/model/schema.json", "/model/config.json",
	"/model/provenance.intoto.json", "/model/sbom.cdx.json", "/model/sbom.spdx.json",
}

type metrics struct {
	Rows    int
	Metrics map[string]float64
	Gates   []struct {
		Metric string
		Met    bool
	}
}

// TestImage is the main job: one `# syntax` line, one buildx command, a trained
// and attested image.
func TestImage(t *testing.T) {
	sb := testenv.New(t)
	img := push(t, sb, penguins(t, sb), sb.Ref("1"), attested...)
	m := img.Manifests[0]
	require.Equal(t, "65532", m.Config.Config.User)
	require.Equal(t, "penguins", m.Config.Config.Labels["org.opencontainers.image.title"])
	require.Equal(t, int64(0), m.Config.Created.Unix())
	require.Len(t, m.Manifest.Layers, 2, "the model has a layer of its own")

	files, err := m.ReadFiles(t.Context(), modelFiles...)
	require.NoError(t, err)
	for _, f := range modelFiles {
		require.NotEmpty(t, files[f], f)
	}
	var got metrics
	require.NoError(t, json.Unmarshal(files["/model/metrics.json"], &got))
	require.Equal(t, 69, got.Rows)
	require.GreaterOrEqual(t, got.Metrics["accuracy"], 0.95)
	require.True(t, got.Gates[0].Met)

	var statement struct {
		Type          string `json:"_type"`
		PredicateType string `json:"predicateType"`
		Subject       []struct{ Digest map[string]string }
	}
	require.NoError(t, json.Unmarshal(files["/model/provenance.intoto.json"], &statement))
	require.Equal(t, "https://in-toto.io/Statement/v1", statement.Type)
	require.Equal(t, "https://slsa.dev/provenance/v0.2", statement.PredicateType)
	require.Equal(t, digest.FromBytes(files["/model/model.onnx"]).Encoded(), statement.Subject[0].Digest["sha256"])
}

// TestReproducible builds twice without cache and compares image manifests. The
// attestation manifests beside them differ, since they hold times.
func TestReproducible(t *testing.T) {
	cases := map[string][]string{
		"with rewrite-timestamp": {"rewrite-timestamp=true"},
		"plain":                  nil,
	}
	for name, attrs := range cases {
		t.Run(name, func(t *testing.T) {
			sb := testenv.New(t)
			build := func(tag string) *oci.Manifest {
				dir, ref := penguins(t, sb), sb.Ref(tag)
				out := strings.Join(append([]string{"type=image,name=" + ref, "push=true,registry.insecure=true"}, attrs...), ",")
				args := append([]string{"build", "--no-cache", "-f", filepath.Join(dir, "model.yaml"), "--output", out}, attested...)
				sb.Buildx(append(args, dir)...).OK()
				img, err := oci.Open(t.Context(), ref)
				require.NoError(t, err)
				return img.Manifests[0]
			}
			first, second := build("a"), build("b")
			require.Equal(t, first.Descriptor.Digest, second.Descriptor.Digest)
		})
	}
}

// TestPlainBuild checks that a build without flags exports a plain image: one
// manifest, no index, loadable by an engine that knows no attestations.
func TestPlainBuild(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	tar := filepath.Join(dir, "image.tar")
	sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=docker,dest="+tar, dir).OK()
	list := sb.Run("", "tar", "-tf", tar).OK().Stdout
	require.Contains(t, list, "manifest.json")

	ref := sb.Ref("plain")
	img := push(t, sb, dir, ref)
	require.Empty(t, img.Manifests[0].Attestations)
	require.Equal(t, img.Manifests[0].Descriptor.Digest, img.Descriptor.Digest, "the name points at the manifest itself")
}

// TestBuildxDefaults drives buildx as a user does, with its default attestation
// (min, inline only) left on.
func TestBuildxDefaults(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	out := filepath.Join(dir, "out")
	sb.Setenv("BUILDX_NO_DEFAULT_ATTESTATIONS", "")
	sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=docker,dest="+filepath.Join(dir, "image.tar"), dir).OK()
	sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=local,dest="+out, dir).OK()
	require.NoFileExists(t, filepath.Join(out, "provenance.json"), "an inline-only attestation has no place in a folder")
	ref := sb.Ref("default")
	img := push(t, sb, dir, ref)
	require.ElementsMatch(t, []string{slsa1, trainingRecord}, predicates(t, img))
}

// TestBuildctl runs the same image as a gateway frontend without buildx.
func TestBuildctl(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	out := filepath.Join(dir, "out")
	frontend, _ := sb.Frontend()
	sb.Buildctl("build", "--frontend", "gateway.v0", "--opt", "source="+frontend, "--opt", "filename=model.yaml",
		"--local", "context="+dir, "--local", "dockerfile="+dir, "--output", "type=local,dest="+out).OK()
	for _, f := range modelFiles {
		require.FileExists(t, filepath.Join(out, f))
	}
}

// TestEnginesAgree checks that buildx and buildctl give one model, and that the
// data's name does not matter to its bytes.
func TestEnginesAgree(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	first := filepath.Join(dir, "first")
	sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=local,dest="+first, dir).OK()
	require.NoError(t, os.Rename(filepath.Join(dir, "data", "penguins.csv"), filepath.Join(dir, "birds.csv")))
	edit(t, dir, "model.yaml", "context://data/penguins.csv", "context://birds.csv")
	second := filepath.Join(dir, "second")
	sb.Buildx("build", "--no-cache", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=local,dest="+second, dir).OK()
	a, err := os.ReadFile(filepath.Join(first, "model", "model.onnx"))
	require.NoError(t, err)
	b, err := os.ReadFile(filepath.Join(second, "model", "model.onnx"))
	require.NoError(t, err)
	require.True(t, bytes.Equal(a, b))
}

// TestPlatforms builds for two architectures: one model, two images that differ
// in their configuration alone.
func TestPlatforms(t *testing.T) {
	sb := testenv.New(t)
	dir, ref := penguins(t, sb), sb.Ref("multi")
	edit(t, dir, "model.yaml", "split:", "platforms: [linux/amd64, linux/arm64]\nsplit:")
	sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=image,name="+ref+",push=true,registry.insecure=true", dir).OK()
	img, err := oci.Open(t.Context(), ref)
	require.NoError(t, err)
	require.Len(t, img.Manifests, 2)
	a, b := img.Manifests[0], img.Manifests[1]
	require.Equal(t, []string{"linux/amd64", "linux/arm64"}, []string{a.Platform, b.Platform})
	require.Equal(t, a.Manifest.Layers, b.Manifest.Layers)
	require.NotEqual(t, a.Manifest.Config.Digest, b.Manifest.Config.Digest)

	sb.Buildx("build", "--platform", "linux/arm64", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=image,name="+ref+",push=true,registry.insecure=true", dir).OK()
	img, err = oci.Open(t.Context(), ref)
	require.NoError(t, err)
	require.Equal(t, "linux/arm64", img.Manifests[0].Platform, "the command line goes before the spec")
}
