package build_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"
)

// planted is the header that the private servers want.
const planted = "Bearer planted-value-7"

// private serves what another handler does to those who send the header alone, and
// counts them.
func private(t *testing.T, next http.Handler) (url string, served *atomic.Int64) {
	t.Helper()
	served = new(atomic.Int64)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != planted {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		served.Add(1)
		next.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, served
}

// noSecret looks for the secret in a folder's files and in what a build said.
func noSecret(t *testing.T, dir string, said ...string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		require.NotContains(t, string(data), "planted-value", name)
		return err
	}))
	for _, text := range said {
		require.NotContains(t, text, "planted-value")
	}
}

// TestPrivateHTTPSource trains on a file that a server gives to those who send a
// header, which is a build secret: it is in nothing that the build says or makes.
func TestPrivateHTTPSource(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	data, err := os.ReadFile(filepath.Join(dir, "data", "penguins.csv"))
	require.NoError(t, err)
	url, served := private(t, http.FileServer(http.Dir(filepath.Join(dir, "data"))))
	sb.Setenv("PLANTED", planted)
	sb.Setenv("WRONG", "Bearer other")
	build := func(output string, args ...string) testenv.Result {
		return sb.Buildx(append([]string{"build", "--progress", "plain", "-f", filepath.Join(dir, "model.yaml"), "--output", output, dir}, args...)...)
	}
	edit(t, dir, "model.yaml", local, "source: "+url+"/penguins.csv\n    digest: "+digest.FromBytes(data).String())
	bad := build("type=cacheonly", "--secret", "id=data_token,env=PLANTED").Failed()
	require.Contains(t, bad.Stderr, "MB3002: data.train: the server answered 401 Unauthorized")
	require.Contains(t, bad.Stderr, "unless auth_secret names a build secret")

	edit(t, dir, "model.yaml", "    digest: ", "    auth_secret: data_token\n    digest: ")
	bad = build("type=cacheonly").Failed()
	require.Contains(t, bad.Stderr, "model.yaml:11:13: error MB3006: data.train: no build secret data_token")
	require.Contains(t, bad.Stderr, "give it with --secret id=data_token,env=VARIABLE")
	bad = build("type=cacheonly", "--secret", "id=data_token,env=WRONG").Failed()
	require.Contains(t, bad.Stderr, "MB3002: data.train: the server answered 401 Unauthorized")
	require.Contains(t, bad.Stderr, "the secret data_token holds the whole Authorization header")
	require.Zero(t, served.Load())

	layout := filepath.Join(t.TempDir(), "layout")
	good := build("type=oci,tar=false,dest="+layout, append([]string{"--secret", "id=data_token,env=PLANTED"}, attested...)...).OK()
	require.Positive(t, served.Load())
	noSecret(t, layout, good.Stdout, good.Stderr)
	out := filepath.Join(t.TempDir(), "out")
	good = sb.Run(dir, filepath.Join(sb.Bin(), "modelbuild"), "build", "--no-cache", "--secret", "id=data_token,env=PLANTED", "--output", "type=local,dest="+out).OK()
	noSecret(t, out, good.Stdout, good.Stderr)
	model, err := os.ReadFile(filepath.Join(out, "model", "model.onnx"))
	require.NoError(t, err)
	require.Equal(t, localModel(t, sb), string(model))

	was := served.Load()
	edit(t, dir, "model.yaml", "version: 1.0.0", "version: 1.0.1")
	build("type=cacheonly").OK()
	require.Equal(t, was, served.Load(), "what has been fetched is not asked for again")
}

// TestPrivateHTTPDefault fetches a file of the image with the secret that BuildKit
// takes for a host by itself.
func TestPrivateHTTPDefault(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "NOTICE"), []byte("notice\n"), 0o644))
	url, served := private(t, http.FileServer(http.Dir(dir)))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "modelbuild.lock"), []byte("version: 1\nsources:\n  "+url+"/NOTICE: {kind: http, digest: '"+
		digest.FromString("notice\n").String()+"', size: 7}\n"), 0o644))
	edit(t, dir, "model.yaml", "split:", "image: {files: {/model/NOTICE: \""+url+"/NOTICE\"}}\n\nsplit:")
	sb.Setenv("PLANTED", strings.TrimPrefix(planted, "Bearer "))
	out := filepath.Join(t.TempDir(), "out")
	require.Contains(t, failedBuild(sb, dir), "MB3002: image.files./model/NOTICE: the server answered 401")
	sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--secret", "id=HTTP_AUTH_TOKEN_127.0.0.1,env=PLANTED", "--output", "type=local,dest="+out, dir).OK()
	require.FileExists(t, filepath.Join(out, "model", "NOTICE"))
	require.Positive(t, served.Load())
}

// TestPrivateGitSource trains on a file of a repository that wants a header.
func TestPrivateGitSource(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	handler, commit := gitHandler(t, sb, filepath.Join(dir, "data"))
	url, served := private(t, handler)
	sb.Setenv("PLANTED", planted)
	edit(t, dir, "model.yaml", local, "source: git+"+url+"/data.git#"+commit+":penguins.csv\n    auth_secret: data_token")
	bad := failedBuild(sb, dir)
	require.Contains(t, bad, "MB3004: data.train: cannot read the git source")
	require.Contains(t, bad, "that the build is given the secret data_token")
	require.Zero(t, served.Load())
	layout := filepath.Join(t.TempDir(), "layout")
	good := sb.Buildx(append([]string{"build", "--progress", "plain", "-f", filepath.Join(dir, "model.yaml"), "--secret", "id=data_token,env=PLANTED",
		"--output", "type=oci,tar=false,dest=" + layout, dir}, attested...)...).OK()
	require.Positive(t, served.Load())
	noSecret(t, layout, good.Stdout, good.Stderr)
}
