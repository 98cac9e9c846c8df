// Package lock_test drives `modelbuild lock` against real servers: a web server,
// git's own HTTP backend, a registry, apt, a simple index; and builds with what
// was locked.
package lock_test

import (
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testenv.Main(m) }

const csv = "height,size\n1.0,small\n1.1,small\n1.2,small\n1.3,small\n1.4,small\n2.8,large\n2.9,large\n3.0,large\n3.1,large\n3.2,large\n"

// project is a folder with a spec.
type project struct {
	t   *testing.T
	sb  *testenv.Sandbox
	dir string
}

// newProject writes a spec whose first line names the frontend in the sandbox's
// own registry, where the command can resolve it.
func newProject(t *testing.T, body string) *project {
	t.Helper()
	sb := testenv.New(t)
	return &project{t, sb, sb.Context(map[string]string{"model.yaml": "# syntax=" + frontend(sb) + "\nname: sizes\n" + body})}
}

// frontend is the reference of the frontend image in the sandbox's registry.
func frontend(sb *testenv.Sandbox) string {
	ref, _ := sb.Frontend()
	return sb.Registry() + "/" + strings.TrimPrefix(ref, "docker.io/")
}

func (p *project) write(name, text string) {
	p.t.Helper()
	require.NoError(p.t, os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644))
}

func (p *project) read(name string) string {
	p.t.Helper()
	data, err := os.ReadFile(filepath.Join(p.dir, name))
	require.NoError(p.t, err)
	return string(data)
}

// run runs `modelbuild lock` in the project's folder.
func (p *project) run(args ...string) testenv.Result {
	p.t.Helper()
	return p.sb.Run(p.dir, append([]string{filepath.Join(p.sb.Bin(), "modelbuild"), "lock"}, args...)...)
}

// lock parses the lock.
func (p *project) lock() *lock.File {
	p.t.Helper()
	l, diags := lock.Parse(lock.Name, []byte(p.read(lock.Name)))
	require.Empty(p.t, diags)
	return l
}

// build builds the project into a folder and returns what was said.
func (p *project) build(args ...string) testenv.Result {
	p.t.Helper()
	all := append([]string{filepath.Join(p.sb.Bin(), "modelbuild"), "build", "--progress", "plain",
		"-o", "type=local,dest=" + filepath.Join(p.t.TempDir(), "out")}, args...)
	return p.sb.Run(p.dir, all...)
}

// edit replaces text in a file that must be there.
func (p *project) edit(name, old, new string) {
	p.t.Helper()
	text := p.read(name)
	require.Contains(p.t, text, old)
	p.write(name, strings.Replace(text, old, new, 1))
}

// page serves one text that can be changed.
type page struct {
	*httptest.Server
	text string
	hits int
}

func serve(t *testing.T, text string) *page {
	t.Helper()
	p := &page{text: text}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.hits++
		_, _ = w.Write([]byte(p.text))
	}))
	t.Cleanup(p.Close)
	return p
}

// repository is a git repository served by git's own HTTP backend.
type repository struct {
	t   *testing.T
	sb  *testenv.Sandbox
	dir string
	URL string
}

func newRepository(t *testing.T, sb *testenv.Sandbox, file, text string) *repository {
	t.Helper()
	root := t.TempDir()
	r := &repository{t: t, sb: sb, dir: filepath.Join(root, "data.git")}
	require.NoError(t, os.Mkdir(r.dir, 0o755))
	r.git("init", "-q", "-b", "main")
	r.commit(file, text)
	backend := strings.TrimSpace(sb.Run("", "git", "--exec-path").OK().Stdout)
	srv := httptest.NewServer(&cgi.Handler{
		Path: filepath.Join(backend, "git-http-backend"),
		Env: []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory",
			"GIT_CONFIG_VALUE_0=*"},
	})
	t.Cleanup(srv.Close)
	r.URL = srv.URL + "/data.git"
	return r
}

func (r *repository) git(args ...string) string {
	r.t.Helper()
	out := r.sb.Run(r.dir, append([]string{"git", "-c", "user.name=t", "-c", "user.email=t@example.org"}, args...)...).OK()
	return strings.TrimSpace(out.Stdout)
}

// commit adds a file and returns the commit.
func (r *repository) commit(file, text string) string {
	r.t.Helper()
	require.NoError(r.t, os.WriteFile(filepath.Join(r.dir, file), []byte(text), 0o644))
	r.git("add", ".")
	r.git("commit", "-q", "-m", "data")
	return r.git("rev-parse", "HEAD")
}
