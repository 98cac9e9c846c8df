package llb_test

import (
	"slices"
	"strings"
	"testing"

	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/internal/gobuild"
	"github.com/modelbuild/modelbuild/llb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"
)

// TestServerOfThePlatform: an image has the server of its own platform, and none for one
// that has no server.
func TestServerOfThePlatform(t *testing.T) {
	m, diags := spec.Parse("model.yaml", []byte(strings.Replace(full, "image:\n", "image:\n  serve: {}\n", 1)))
	require.Empty(t, diags.Errors())
	for platform, want := range map[string]string{
		"linux/amd64": "/serve/linux-amd64/modelbuild-serve", "linux/arm64": "/serve/linux-arm64/modelbuild-serve", "linux/amd64/v2": "/serve/linux-amd64/modelbuild-serve",
	} {
		p, err := llb.NewPlan(m, llb.Env{Mode: "min", Platform: "linux/amd64", Target: platform})
		require.NoError(t, err)
		require.Equal(t, want, p.Serve.Path)
		require.Equal(t, []string{"/modelbuild-serve", "--model=/model/model.onnx", "--name=penguins", "--version=1.0.0", "--port=8080"}, p.Image.Entrypoint)
		require.Equal(t, []string{"8080/tcp"}, p.Image.Ports)
		require.Empty(t, p.Image.Cmd)
	}
	_, err := llb.NewPlan(m, llb.Env{Mode: "min", Platform: "linux/amd64", Target: "linux/riscv64"})
	l, ok := diag.From(err)
	require.True(t, ok, err)
	require.Equal(t, "there is no inference server for linux/riscv64: there are those for linux/amd64, linux/arm64", l[0].Message)
	require.Equal(t, 25, l[0].Span.Start.Line)

	// What is compiled is what is planned for.
	var compiled []string
	for _, arch := range gobuild.ServerArchs() {
		compiled = append(compiled, "linux/"+arch)
	}
	require.Equal(t, compiled, llb.ServerPlatforms())
	require.Equal(t, "/"+gobuild.Server, spec.ServerPath)
}

// TestServerIsInherited: an image on that of another target goes on serving, its own model
// by its own name, until it has a program of its own.
func TestServerIsInherited(t *testing.T) {
	const text = `# syntax=org/modelbuild:1
targets:
  second: {image: {base: target://first}}
  first: {image: {serve: {port: 9000}, cmd: [--max-rows=10]}}
data: {train: {source: context://data/penguins.csv}}
features: {target: species}
train: {algorithm: logistic}
`
	p := plan(t, text)
	require.Equal(t, []string{"/modelbuild-serve", "--model=/model/model.onnx", "--name=second", "--port=9000"}, p.Image.Entrypoint)
	require.Equal(t, []string{"--max-rows=10"}, p.Image.Cmd)
	require.Equal(t, []string{"9000/tcp"}, p.Image.Ports)
	require.True(t, p.Serve.Inherited)
	found := vertices(t, text)
	require.Contains(t, found, "server-layer", "one for both")
	require.Equal(t, "/in/server/modelbuild-serve", p.Package.Server, "the model is checked")

	p = plan(t, strings.Replace(text, "second: {image: {base: target://first}}", "second: {image: {base: target://first, serve: {port: 1}}}", 1))
	require.True(t, slices.Contains(p.Image.Entrypoint, "--port=1"))
	p = plan(t, strings.Replace(text, "second: {image: {base: target://first}}", "second: {image: {base: target://first, entrypoint: [/bin/x]}}", 1))
	require.Nil(t, p.Serve)
	require.Equal(t, []string{"/bin/x"}, p.Image.Entrypoint)
	require.Empty(t, p.Image.Ports)
	require.Empty(t, p.Package.Server)
}

// TestServerOnAnImage: on the image of a registry the server goes on top, is the program in place of the base's, and its
// port is beside those of the base.
func TestServerOnAnImage(t *testing.T) {
	text := strings.Replace(full, "image:\n", "image:\n  serve: {}\n  base: image://docker.io/library/debian:12@"+digestA+"\n", 1)
	base := &dockerspec.DockerOCIImage{}
	base.Config.ExposedPorts = map[string]struct{}{"1/tcp": {}}
	base.Config.Entrypoint, base.Config.Cmd = []string{"/bin/sh"}, []string{"-c"}
	p := basedPlan(t, text, "linux/arm64", base)
	img := p.Image.Config(ocispecs.Platform{OS: "linux", Architecture: "arm64"})
	require.Equal(t, map[string]struct{}{"1/tcp": {}, "8080/tcp": {}}, img.Config.ExposedPorts)
	require.Equal(t, map[string]struct{}{"1/tcp": {}}, base.Config.ExposedPorts)
	require.Equal(t, "/modelbuild-serve", img.Config.Entrypoint[0])
	require.Empty(t, img.Config.Cmd)
	require.Equal(t, "/serve/linux-arm64/modelbuild-serve", p.Serve.Path)
}
