package build_test

import (
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"
)

const local = "source: context://data/penguins.csv"

// TestHTTPSource trains on a file of a web server and finds it among the
// materials of both provenances.
func TestHTTPSource(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	data, err := os.ReadFile(filepath.Join(dir, "data", "penguins.csv"))
	require.NoError(t, err)
	srv := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(dir, "data"))))
	t.Cleanup(srv.Close)
	edit(t, dir, "model.yaml", local, "source: "+srv.URL+"/penguins.csv\n    digest: "+digest.FromBytes(data).String())
	ref := sb.Ref("1")
	img := push(t, sb, dir, ref, attested...)
	m := material(t, inspect(t, sb, ref), srv.URL+"/penguins.csv")
	require.Equal(t, digest.FromBytes(data).Encoded(), m["sha256"])

	files, err := img.Manifests[0].ReadFiles(t.Context(), "/model/provenance.intoto.json", "/model/model.onnx")
	require.NoError(t, err)
	require.Contains(t, string(files["/model/provenance.intoto.json"]), srv.URL+"/penguins.csv")
	require.Equal(t, localModel(t, sb), string(files["/model/model.onnx"]), "the source of the data does not change the model")
}

// localModel builds the example as it is and returns its model.
func localModel(t *testing.T, sb *testenv.Sandbox) string {
	t.Helper()
	dir := penguins(t, sb)
	out := filepath.Join(dir, "out")
	sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=local,dest="+out, dir).OK()
	model, err := os.ReadFile(filepath.Join(out, "model", "model.onnx"))
	require.NoError(t, err)
	return string(model)
}

// TestGitSource trains on a file of a commit, served by git's own HTTP backend.
func TestGitSource(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	url, commit := serveGit(t, sb, filepath.Join(dir, "data"))
	edit(t, dir, "model.yaml", local, "source: git+"+url+"#"+commit+":penguins.csv")
	ref := sb.Ref("1")
	img := push(t, sb, dir, ref, attested...)
	require.Equal(t, commit, material(t, inspect(t, sb, ref), "/data.git")["sha1"])
	files, err := img.Manifests[0].ReadFiles(t.Context(), "/model/provenance.intoto.json", "/model/model.onnx")
	require.NoError(t, err)
	require.Contains(t, string(files["/model/provenance.intoto.json"]), commit)
	require.Equal(t, localModel(t, sb), string(files["/model/model.onnx"]))
}

// serveGit commits a folder's files to a repository and serves it on loopback.
func serveGit(t *testing.T, sb *testenv.Sandbox, dir string) (url, commit string) {
	t.Helper()
	handler, commit := gitHandler(t, sb, dir)
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	return srv.URL + "/data.git", commit
}

// gitHandler commits a folder's files to a repository and serves it as /data.git.
func gitHandler(t *testing.T, sb *testenv.Sandbox, dir string) (handler http.Handler, commit string) {
	t.Helper()
	repo, commit := bareRepository(t, sb, dir)
	root := filepath.Dir(repo)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, ".git")))
	backend := strings.TrimSpace(sb.Run("", "git", "--exec-path").OK().Stdout)
	return &cgi.Handler{
		Path: filepath.Join(backend, "git-http-backend"),
		Env:  []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"},
	}, commit
}

// TestNamedContexts takes data from a named build context: where the spec asks for
// one, and in place of any source.
func TestNamedContexts(t *testing.T) {
	sb := testenv.New(t)
	want := localModel(t, sb)
	elsewhere := filepath.Join(penguins(t, sb), "data")
	build := func(dir string, args ...string) (model, statement string) {
		t.Helper()
		img := push(t, sb, dir, sb.Ref("x"), append(args, attested...)...)
		files, err := img.Manifests[0].ReadFiles(t.Context(), "/model/provenance.intoto.json", "/model/model.onnx")
		require.NoError(t, err)
		return string(files["/model/model.onnx"]), string(files["/model/provenance.intoto.json"])
	}

	dir := penguins(t, sb)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "data")))
	edit(t, dir, "model.yaml", local, "source: context+shared://penguins.csv")
	model, statement := build(dir, "--build-context", "shared="+elsewhere)
	require.Equal(t, want, model)
	require.Contains(t, statement, "context+shared://penguins.csv")

	bad := sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=cacheonly", dir).Failed()
	require.Contains(t, bad.Stderr, "MB3005: data.train: no build context named shared")
	require.Contains(t, bad.Stderr, "--build-context shared=DIR")

	dir = penguins(t, sb)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "data")))
	model, statement = build(dir, "--build-context", "data.train="+elsewhere)
	require.Equal(t, want, model)
	require.Contains(t, statement, "context+data.train://penguins.csv")

	edit(t, dir, "model.yaml", local, local+"\n    digest: sha256:"+strings.Repeat("0", 64))
	bad = sb.Buildx("build", "--build-context", "data.train="+elsewhere, "-f", filepath.Join(dir, "model.yaml"), "--output", "type=cacheonly", dir).Failed()
	require.Contains(t, bad.Stderr, "MB2020", "a digest holds for what comes in a source's place")
}

// TestGitDigest: a digest beside a commit holds for the file's bytes.
func TestGitDigest(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	url, commit := serveGit(t, sb, filepath.Join(dir, "data"))
	edit(t, dir, "model.yaml", local, "source: git+"+url+"#"+commit+":penguins.csv\n    digest: sha256:"+strings.Repeat("0", 64))
	bad := sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=cacheonly", dir).Failed()
	require.Contains(t, bad.Stderr, "MB2020: data.train: the content has digest")
}
