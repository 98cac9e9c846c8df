package cli

import (
	"archive/tar"
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/testenv"
)

// TestReproduceFromARemoteContext: the address is recorded, whether the spec was in the context or beside it.
func TestReproduceFromARemoteContext(t *testing.T) {
	sb := testenv.New(t)
	dir := penguinsFolder(t, sb)
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	require.NoError(t, w.AddFS(os.DirFS(dir)))
	require.NoError(t, w.Close())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(archive.Bytes()) }))
	defer server.Close()
	address := server.URL + "/context.tar"

	local, remote := filepath.Join(t.TempDir(), "local"), filepath.Join(t.TempDir(), "remote")
	sb.CLI("build", "-f", filepath.Join(dir, "model.yaml"), "-o", "type=oci,tar=false,dest="+local, address).OK()
	ref, _ := sb.Frontend()
	sb.Buildctl("build", "--frontend", "gateway.v0", "--opt", "source="+ref, "--opt", "filename=model.yaml", "--opt", "context="+address,
		"--opt", "attest:provenance=mode=max", "--output", "type=oci,tar=false,dest="+remote).OK()
	for _, image := range []string{local, remote} {
		out := sb.CLI("reproduce", "oci-layout://"+image)
		assert.Regexp(t, "reproduced: the (images|contents) are identical", out.OK().Stdout)
	}
}
