package lock_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"
)

const planted = "Bearer planted-value"

// guarded asks for the header before it hands on to a handler.
func guarded(t *testing.T, h http.Handler) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != planted {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// TestPrivateSources locks a file and a branch of servers that ask for a secret, and builds with it. The secret is in
// nothing that the command says or writes.
func TestPrivateSources(t *testing.T) {
	p := newProject(t, "")
	repo := newRepository(t, p.sb, "train.csv", csv)
	behind, err := url.Parse(strings.TrimSuffix(repo.URL, "/data.git"))
	require.NoError(t, err)
	git := guarded(t, httputil.NewSingleHostReverseProxy(behind))
	web := guarded(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(csv)) }))
	body := p.read("model.yaml") + `data:
  train: {source: "` + web + `/train.csv", auth_secret: data_token}
  test: {source: "git+` + git + `/data.git#main:train.csv", auth_secret: git_token}
features: {target: size}
split: {kind: fixed}
train: {algorithm: logistic}
`
	p.write("model.yaml", body)
	p.write("token", planted)
	p.write("line", planted+"\n")
	p.sb.Setenv("WRONG", "Bearer other-value")
	p.sb.Setenv("PLANTED", planted)
	for _, c := range []struct {
		args []string
		want []string
	}{
		{nil, []string{"model.yaml:4:19: error MB3006: data.train.source: no secret data_token", "give it with --secret id=data_token,env=VARIABLE",
			"error MB3006: data.test.source: no secret git_token"}},
		{[]string{"--secret", "id=data_token,env=WRONG", "--secret", "id=git_token,env=WRONG"}, []string{"error MB3002: data.train.source: the server answered 401 Unauthorized",
			"the secret holds the whole Authorization header", "error MB3004: data.test.source: cannot read the repository"}},
		{[]string{"--secret", "id=data_token,src=line"}, []string{"the secret data_token is no value of a header", "one line without its end"}},
	} {
		res := p.run(c.args...).Failed()
		for _, want := range c.want {
			require.Contains(t, res.Stderr, want)
		}
		require.NotContains(t, res.Stdout+res.Stderr, "-value")
		require.NoFileExists(t, filepath.Join(p.dir, lock.Name))
	}
	require.Equal(t, 2, p.run("--secret", "data_token").Failed().Code)
	require.Equal(t, 2, p.run("--secret", "id=data_token,src=absent").Failed().Code)

	secrets := []string{"--secret", "id=data_token,src=token", "--secret", "id=git_token,env=PLANTED"}
	res := p.run(secrets...).OK()
	require.NotContains(t, res.Stdout+res.Stderr, "planted-value")
	require.NotContains(t, p.read(lock.Name), "planted-value")
	source, ok := p.lock().Source(lock.KindHTTP, web+"/train.csv")
	require.True(t, ok)
	require.Equal(t, digest.FromString(csv).String(), source.Digest)
	source, ok = p.lock().Source(lock.KindGit, "git+"+git+"/data.git#main:train.csv")
	require.True(t, ok)
	require.Equal(t, repo.git("rev-parse", "main"), source.Commit)
	p.run("--check").OK()
	p.build(secrets...).OK()
	require.NoError(t, os.Remove(filepath.Join(p.dir, "token")))
	p.run().OK() // what is locked is not asked for again, and needs no secret
}
