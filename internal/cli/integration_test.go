package cli

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// penguins is the example's spec in the tree under test.
func penguins(sb *testenv.Sandbox) string {
	return filepath.Join(sb.Source(), "examples", "penguins", "model.yaml")
}

func TestBuildAndInspectALayout(t *testing.T) {
	sb := testenv.New(t)
	out := filepath.Join(t.TempDir(), "oci")
	meta := filepath.Join(t.TempDir(), "meta.json")
	built := sb.CLI("build", "-f", penguins(sb), "-t", "org/penguins:1", "-o", "type=oci,dest="+out+",tar=false",
		"--metadata-file", meta, "--debug").OK()
	assert.Contains(t, built.Stderr, "* buildkit-host", "--debug tells where the build runs")

	img, err := oci.Open(t.Context(), "oci-layout://"+out)
	require.NoError(t, err)
	assert.Contains(t, built.Stdout, "image   "+img.Descriptor.Digest.String())
	var metadata map[string]any
	text, err := os.ReadFile(meta)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &metadata))
	assert.Equal(t, img.Descriptor.Digest.String(), metadata["containerimage.digest"])
	assert.IsType(t, map[string]any{}, metadata["containerimage.descriptor"])
	assert.ElementsMatch(t, []string{"blobs", "index.json", "oci-layout"}, dirNames(t, out))

	shown := sb.CLI("inspect", "oci-layout://"+out, "--format", "json").OK()
	var report inspection
	require.NoError(t, json.Unmarshal([]byte(shown.Stdout), &report))
	assert.Equal(t, img.Descriptor.Digest.String(), report.Digest)
	require.Len(t, report.Platforms, 1)
	p := report.Platforms[0]
	assert.Equal(t, img.Manifests[0].Descriptor.Digest.String(), p.Digest)
	require.Len(t, p.Models, 1)
	require.NotNil(t, p.Metrics)
	require.NotEmpty(t, p.Metrics.Gates)
	assert.True(t, p.Metrics.Gates[0].Met)
	predicates := map[string]string{}
	for _, a := range p.Attestations {
		predicates[a.PredicateType] = a.Subject
	}
	assert.Equal(t, map[string]string{
		"https://slsa.dev/provenance/v0.2": subjectImage, "https://spdx.dev/Document": subjectImage,
		"https://cyclonedx.org/bom":                                   subjectImage,
		"https://github.com/modelbuild/modelbuild/training-record/v1": subjectImage,
	}, predicates)

	text2 := sb.CLI("inspect", "oci-layout://"+out).OK().Stdout
	for _, want := range []string{report.Digest, p.Digest, p.Models[0].Digest, "accuracy = ", "met with", "https://cyclonedx.org/bom"} {
		assert.Contains(t, text2, want)
	}
}

func dirNames(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestBuildTwiceWithoutCacheGivesTheSameManifest(t *testing.T) {
	sb := testenv.New(t)
	manifests := map[string]bool{}
	for range 2 {
		out := filepath.Join(t.TempDir(), "oci")
		sb.CLI("build", "-f", penguins(sb), "--no-cache", "--progress", "quiet", "-o", "type=oci,dest="+out+",tar=false").OK()
		img, err := oci.Open(t.Context(), "oci-layout://"+out)
		require.NoError(t, err)
		manifests[img.Manifests[0].Descriptor.Digest.String()] = true
	}
	assert.Len(t, manifests, 1)
}

func TestPushedImageIsInspectedInItsRegistry(t *testing.T) {
	sb := testenv.New(t)
	ref := sb.Ref("1")
	built := sb.CLI("build", "-f", penguins(sb), "--push", "-t", ref).OK()
	img, err := oci.Open(t.Context(), ref)
	require.NoError(t, err)
	assert.Contains(t, built.Stdout, "pushed  "+ref+"@"+img.Descriptor.Digest.String())
	assert.Contains(t, sb.CLI("inspect", ref).OK().Stdout, img.Descriptor.Digest.String())
	for _, m := range img.Manifests {
		for _, a := range m.Attestations {
			s, err := a.Statement(t.Context())
			require.NoError(t, err)
			assert.True(t, a.About(s), s.PredicateType)
		}
	}
}

func TestAttestationsAreLeftOutWhenToldSo(t *testing.T) {
	sb := testenv.New(t)
	out := filepath.Join(t.TempDir(), "oci")
	sb.CLI("build", "-f", penguins(sb), "--provenance=false", "--sbom=false", "-o", "type=oci,dest="+out+",tar=false").OK()
	img, err := oci.Open(t.Context(), "oci-layout://"+out)
	require.NoError(t, err)
	for _, a := range img.Manifests[0].Attestations {
		s, err := a.Statement(t.Context())
		require.NoError(t, err)
		assert.NotContains(t, s.PredicateType, "slsa.dev/provenance")
		assert.NotContains(t, s.PredicateType, "spdx.dev")
	}
}

func TestFailedBuildPointsAtTheSpec(t *testing.T) {
	sb := testenv.New(t)
	dir := sb.Context(map[string]string{"model.yaml": "# syntax=org/modelbuild:1\nname: x\nnosuchkey: 1\n"})
	out := sb.CLI("build", "-o", "type=oci,dest="+filepath.Join(dir, "out.tar"), dir).Failed()
	assert.Equal(t, exitFailure, out.Code)
	assert.Contains(t, out.Stderr, "model.yaml:3")
	assert.Contains(t, out.Stderr, ">>> nosuchkey: 1", "the excerpt, as buildx prints it")
	assert.NoFileExists(t, filepath.Join(dir, "out.tar"))
	assert.ElementsMatch(t, []string{"model.yaml"}, dirNames(t, dir), "nothing half-written is left")
}

func TestTarOnStandardOutputIsAloneThere(t *testing.T) {
	sb := testenv.New(t)
	out := sb.CLI("build", "-f", penguins(sb), "-o", "-").OK()
	assert.Contains(t, out.Stdout, "model/model.onnx")
	assert.NotContains(t, out.Stdout, "image   sha256:")
	assert.True(t, len(out.Stdout)%512 == 0, "a tar archive is whole blocks")
}

func TestDockerArchiveIsMadeWithoutAttestations(t *testing.T) {
	sb := testenv.New(t)
	file := filepath.Join(t.TempDir(), "image.tar")
	out := sb.CLI("build", "-f", penguins(sb), "-t", "org/penguins:1", "-o", "type=docker,dest="+file).OK()
	assert.Contains(t, out.Stderr, "type=docker holds no attestations")
	assert.FileExists(t, file)
}

func TestFrontendFromALayout(t *testing.T) {
	sb := testenv.New(t)
	frontend := filepath.Join(t.TempDir(), "frontend")
	ref, _ := sb.Frontend()
	dir := sb.Context(map[string]string{"Dockerfile": "FROM " + ref + "\n"})
	sb.Buildx("build", "--output", "type=oci,tar=false,dest="+frontend, dir).OK()
	spec := strings.Replace(read(t, penguins(sb)), "# syntax=org/modelbuild:1", "# syntax=org.invalid/not-in-any-registry:1", 1)
	own := sb.Context(map[string]string{"model.yaml": spec})
	out := sb.CLI("build", "-f", filepath.Join(own, "model.yaml"), "--frontend", "oci-layout://"+frontend,
		"-o", filepath.Join(own, "out"), filepath.Dir(penguins(sb))).OK()
	assert.FileExists(t, filepath.Join(own, "out", "model", "model.onnx"), out.Stderr)
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

func TestInterruptExitsWith130(t *testing.T) {
	sb := testenv.New(t)
	// A context that is never sent keeps the build waiting until it is interrupted.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	asked := make(chan net.Conn, 1)
	go func() {
		if conn, err := l.Accept(); err == nil {
			asked <- conn
		}
	}()
	cmd := sb.Command(t.TempDir(), filepath.Join(sb.Bin(), "modelbuild"), "build", "-f", penguins(sb), "http://"+l.Addr().String()+"/context.tar")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Start())
	select {
	case conn := <-asked:
		defer conn.Close()
	case <-time.After(time.Minute):
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		t.Fatalf("the build never asked for its context\n%s", stderr.String())
	}
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	_ = cmd.Wait()
	assert.Equal(t, exitInterrupted, cmd.ProcessState.ExitCode(), stderr.String())
}
