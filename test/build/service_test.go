package build_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
)

// serviceExample builds the program as its Dockerfile says, its image, and the model's image on that by the digest that
// stands in the spec; follows the program from the sums of its modules to the manifest; and runs it.
func serviceExample(t *testing.T, sb *testenv.Sandbox, spec string) {
	t.Helper()
	source := t.TempDir()
	require.NoError(t, os.CopyFS(source, os.DirFS(filepath.Join(filepath.Dir(spec), "service"))))
	program := sb.Command(source, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", "service", ".")
	program.Env = append(program.Env, "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOARCH=amd64", "GOAMD64=v1", "GOEXPERIMENT=")
	out, err := program.CombinedOutput()
	require.NoError(t, err, string(out))

	layout := filepath.Join(t.TempDir(), "service")
	sb.Setenv("SOURCE_DATE_EPOCH", "0")
	sb.Buildx("build", "--provenance=false", "--platform", "linux/amd64", "--output",
		"type=oci,dest="+layout+",tar=false,compression=uncompressed,force-compression=true,rewrite-timestamp=true", source).OK()
	image := "oci-layout://" + filepath.Join(t.TempDir(), "image")
	sb.CLI("build", "-f", spec, "--build-context", "service=oci-layout://"+layout, "-t", "org/penguins-service:1",
		"-o", "type=oci,tar=false,dest="+strings.TrimPrefix(image, "oci-layout://")).OK()

	sums := filepath.Join(source, "go.sum")
	shown := sb.CLI("inspect", image).OK().Stdout
	for _, want := range []string{
		"/service, go1.", "example.org/penguins/service", "static, trimpath, stripped, no build id",
		"github.com/yuin/goldmark@", "h1:", "in layer", "diff_id sha256:", "of config", "of manifest sha256:",
	} {
		assert.Contains(t, shown, want)
	}
	verified := sb.CLI("verify", image, "--go-sum", "/service="+sums).OK().Stdout
	assert.Contains(t, verified, "program /service: it is the material oci-layout://service#service")
	assert.Contains(t, verified, "program /service: 1 modules have the sums of "+sums)
	assert.Contains(t, verified, "no signature was checked")

	text, err := os.ReadFile(sums)
	require.NoError(t, err)
	other := filepath.Join(source, "other.sum")
	require.NoError(t, os.WriteFile(other, []byte(strings.Replace(string(text), "h1:", "h1:x", 1)), 0o644))
	failed := sb.CLI("verify", image, "--go-sum", other).Failed()
	assert.Equal(t, 1, failed.Code)
	assert.Regexp(t, `FAILED +program /service: github.com/yuin/goldmark@v[0-9.]+: the program has h1:.*, go.sum h1:x`, failed.Stdout)

	on := "oci-layout://" + filepath.Join(t.TempDir(), "based")
	sb.CLI("build", "-f", spec, "--target", "based", "--build-context", "service=oci-layout://"+layout, "-t", "org/penguins-service:2",
		"-o", "type=oci,tar=false,dest="+strings.TrimPrefix(on, "oci-layout://")).OK()
	assert.Regexp(t, `(?m)^built on +sha256:662453511ae7e002193272ff8c9d33fa9473328d5266b6f220f7a25f5eaae653 +oci-layout://service$`, sb.CLI("inspect", on).OK().Stdout)
	assert.Contains(t, sb.CLI("verify", on, "--go-sum", "/service="+sums).OK().Stdout, "program /service: 1 modules have the sums of "+sums)
	based, err := oci.Open(t.Context(), on)
	require.NoError(t, err)
	config := based.Manifests[0].Config.Config
	assert.Equal(t, []string{"/service"}, config.Entrypoint)
	assert.Equal(t, "65532", config.User)

	folder := filepath.Join(t.TempDir(), "local")
	sb.CLI("build", "-f", spec, "--build-context", "service=oci-layout://"+layout, "-o", "type=local,dest="+folder).OK()
	gatesMet(t, folder)
	if runtime.GOARCH == "amd64" {
		serves(t, sb, folder)
	}
}

// serves runs the program of an image's folder, and asks it for the card and the metrics.
func serves(t *testing.T, sb *testenv.Sandbox, folder string) {
	t.Helper()
	cmd := sb.Command(folder, filepath.Join(folder, "service"), "-listen", "127.0.0.1:0", "-model", filepath.Join(folder, "model"))
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	address, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	get := func(path string) string {
		client := &http.Client{Timeout: 10 * time.Second}
		resp, err := client.Get(strings.TrimSpace(address) + path)
		require.NoError(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, resp.StatusCode, string(body))
		return string(body)
	}
	assert.Contains(t, get("/"), "<h1>")
	assert.True(t, json.Valid([]byte(get("/model/metrics.json"))))
}
