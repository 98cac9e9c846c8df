// Package environment_test builds training environments of Debian's and Python's packages on a real BuildKit. The
// packages are those of the mirror that apt on this machine uses, and a few that the tests make themselves.
package environment_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/modelbuild/modelbuild/internal/lock"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// mirror passes on what is asked of it to the archives of this machine, and serves files of the test's own in their
// place.
type mirror struct {
	*httptest.Server
	mu       sync.Mutex
	archives map[string]string // address by the first folder of the path
	own      map[string][]byte // by path; nil is a file that is not there
	asked    map[string]int
}

func newMirror(t *testing.T) *mirror {
	t.Helper()
	m := &mirror{archives: map[string]string{}, own: map[string][]byte{}, asked: map[string]int{}}
	m.Server = httptest.NewServer(m)
	t.Cleanup(m.Close)
	return m
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	m.asked[r.URL.Path]++
	data, own := m.own[r.URL.Path]
	folder, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	archive := m.archives[folder]
	m.mu.Unlock()
	if own && data != nil {
		_, _ = w.Write(data)
		return
	}
	if own || archive == "" {
		http.NotFound(w, r)
		return
	}
	resp, err := http.Get(strings.TrimRight(archive, "/") + "/" + rest)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body)
}

func (m *mirror) serve(path string, data []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.own[path] = data
}

// project is a folder with a spec and its lock.
type project struct {
	t      *testing.T
	sb     *testenv.Sandbox
	dir    string
	mirror *mirror
}

const spec = `# syntax=FRONTEND
name: fingerprint
data:
  train: {source: context://train.csv, format: raw}
train:
  engine: exec
  packages:
    debian:
      suite: bookworm
      install: [python3-minimal]
      mirror: MIRROR/main
      archives: {Debian-Security: MIRROR/security}
  sources: {src: context://src}
  run: [python3, /src/train.py]
  outputs: {model: /out/model.txt}
  reproducible: exact
`

// fingerprint is a program whose model is all that there is in its environment: the names, modes, owners and contents
// of the files.
const fingerprint = `import hashlib, os, stat
lines = []
skip = {"/proc", "/sys", "/dev", "/in", "/out", "/src", "/run", "/tmp", "/modelbuild-step"}
for dir, folders, files in os.walk("/"):
    folders[:] = sorted(f for f in folders if os.path.join(dir, f) not in skip)
    for name in folders + files:
        path = os.path.join(dir, name)
        if path in skip or path in ("/etc/hosts", "/etc/resolv.conf"):
            continue
        s = os.lstat(path)
        what = ""
        if stat.S_ISLNK(s.st_mode):
            what = os.readlink(path)
        elif stat.S_ISREG(s.st_mode):
            with open(path, "rb") as f:
                what = hashlib.sha256(f.read()).hexdigest()
        lines.append("%s %o %d:%d %s\n" % (path, s.st_mode, s.st_uid, s.st_gid, what))
with open("/out/model.txt", "w") as f:
    f.writelines(sorted(lines))
`

// newProject writes the spec, with an edit, and locks it.
func newProject(t *testing.T, old, new string) *project {
	t.Helper()
	sb := testenv.New(t)
	p := &project{t, sb, "", newMirror(t)}
	require.Contains(t, spec, old)
	ref, _ := sb.Frontend()
	text := strings.NewReplacer("FRONTEND", sb.Registry()+"/"+strings.TrimPrefix(ref, "docker.io/"), "MIRROR", p.mirror.URL).Replace(strings.Replace(spec, old, new, 1))
	p.dir = sb.Context(map[string]string{"model.yaml": text, "train.csv": "a\n1\n", "src/train.py": fingerprint})
	return p
}

// lock runs modelbuild lock with the machine's apt, then points the mirror at the archives that it used.
func (p *project) lock(args ...string) {
	p.t.Helper()
	p.sb.Run(p.dir, append([]string{filepath.Join(p.sb.Bin(), "modelbuild"), "lock"}, args...)...).OK()
	plain := strings.NewReplacer("mirror: "+p.mirror.URL+"/main", "", "archives: {Debian-Security: "+p.mirror.URL+"/security}", "").Replace(p.read("model.yaml"))
	dir := p.sb.Context(map[string]string{"model.yaml": plain, "modelbuild.lock": p.read("modelbuild.lock")})
	opened, err := lock.Open(filepath.Join(dir, "model.yaml"), nil)
	require.NoError(p.t, err)
	found := opened.Mirrors(p.t.Context(), os.LookupEnv)
	require.NotEmpty(p.t, found.Debian[""], "apt on this machine has no mirror of bookworm on a web server")
	p.mirror.archives["main"], p.mirror.archives["security"] = found.Debian[""], found.Debian[lock.DebianSecurity]
}

func (p *project) read(name string) string {
	p.t.Helper()
	data, err := os.ReadFile(filepath.Join(p.dir, name))
	require.NoError(p.t, err)
	return string(data)
}

func (p *project) write(name, text string) {
	p.t.Helper()
	require.NoError(p.t, os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644))
}

// build builds the model into a folder, which holds the files of the image.
func (p *project) build(args ...string) (testenv.Result, string) {
	p.t.Helper()
	out := p.t.TempDir()
	return p.sb.CLI(append([]string{"build", "--progress", "plain", "-f", filepath.Join(p.dir, "model.yaml"), "-o", "type=local,dest=" + out}, args...)...), out
}

// model is the fingerprint in a folder that was built.
func model(t *testing.T, out string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(out, "model", "model.txt"))
	require.NoError(t, err)
	return string(data)
}

// wheel makes a Python distribution of one module.
func wheel(t *testing.T, name, version, module string) []byte {
	t.Helper()
	info := fmt.Sprintf("%s-%s.dist-info/", name, version)
	return wheelOf(t, info+"RECORD", [][2]string{
		{name + "/__init__.py", module},
		{info + "METADATA", fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n", name, version)},
		{info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
	})
}

// wheelOf zips files and the list of them.
func wheelOf(t *testing.T, record string, files [][2]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	list := record + ",,\n"
	for _, f := range files {
		sum := sha256.Sum256([]byte(f[1]))
		list += fmt.Sprintf("%s,sha256=%s,%d\n", f[0], base64.RawURLEncoding.EncodeToString(sum[:]), len(f[1]))
	}
	for _, f := range append(files, [2]string{record, list}) {
		w, err := z.Create(f[0])
		require.NoError(t, err)
		_, err = io.WriteString(w, f[1])
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}
