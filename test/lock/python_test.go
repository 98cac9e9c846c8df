package lock_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"testing"

	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"
)

const pythonSpec = `data: {train: {source: context://train.csv}}
train:
  engine: exec
  packages:
    debian: {suite: none, install: [python3]}
    python: requirements.txt
  run: [python3, train.py]
  outputs: {model: /out/model.pth}
`

// wheel makes the file of a distribution, as an index serves it.
func wheel(t *testing.T, name, version string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	info := fmt.Sprintf("%s-%s.dist-info/", name, version)
	for file, text := range map[string]string{
		name + "/__init__.py": "",
		info + "METADATA":     fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n", name, version),
		info + "WHEEL":        "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
		info + "RECORD":       "",
	} {
		w, err := z.Create(file)
		require.NoError(t, err)
		_, err = w.Write([]byte(text))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

// index is a simple index: PEP 691 where json is set, else PEP 503.
type index struct {
	*httptest.Server
	files  map[string][]byte // by file name
	json   bool
	hashes bool // whether it tells the files' hashes
	yanked string

	mu    sync.Mutex
	asked []string
}

func newIndex(t *testing.T, json bool, files map[string][]byte) *index {
	t.Helper()
	x := &index{files: files, json: json, hashes: true}
	x.Server = httptest.NewServer(x)
	t.Cleanup(x.Close)
	return x
}

func (x *index) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x.mu.Lock()
	x.asked = append(x.asked, r.URL.Path)
	x.mu.Unlock()
	if data, ok := x.files[path.Base(r.URL.Path)]; ok && strings.HasPrefix(r.URL.Path, "/packages/") {
		_, _ = w.Write(data)
		return
	}
	project := path.Base(r.URL.Path)
	var names []string
	for name := range x.files {
		if strings.HasPrefix(strings.ToLower(strings.ReplaceAll(name, "_", "-")), project+"-") {
			names = append(names, name)
		}
	}
	if len(names) == 0 || !strings.HasPrefix(r.URL.Path, "/simple/") {
		http.NotFound(w, r)
		return
	}
	x.page(w, names)
}

func (x *index) page(w http.ResponseWriter, names []string) {
	if !x.json {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!DOCTYPE html><html><body>\n")
		for _, name := range names {
			fragment, yanked := "", ""
			if x.hashes {
				fragment = "#sha256=" + digest.FromBytes(x.files[name]).Encoded()
			}
			if name == x.yanked {
				yanked = ` data-yanked="broken"`
			}
			fmt.Fprintf(w, "<a href=\"../../packages/%s%s\" data-requires-python=\"&gt;=3.8\"%s>%s</a><br/>\n", name, fragment, yanked, name)
		}
		return
	}
	w.Header().Set("Content-Type", "application/vnd.pypi.simple.v1+json")
	var files []map[string]any
	for _, name := range names {
		f := map[string]any{"filename": name, "url": x.URL + "/packages/" + name, "size": len(x.files[name]), "yanked": false, "hashes": map[string]string{}}
		if x.hashes {
			f["hashes"] = map[string]string{"sha256": digest.FromBytes(x.files[name]).Encoded()}
		}
		files = append(files, f)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"meta": map[string]string{"api-version": "1.1"}, "files": files})
}

// newPython is a project whose Debian packages are locked already, so that only
// Python's are resolved.
func newPython(t *testing.T, requirements string) *project {
	t.Helper()
	p := newProject(t, pythonSpec)
	p.edit("model.yaml", "# syntax="+frontend(p.sb), "# syntax="+frontend(p.sb)+"@sha256:"+strings.Repeat("0", 64))
	p.write("requirements.txt", requirements)
	p.write(lock.Name, "version: 1\ndebian:\n  - suite: none\n    install: [python3, python3-pip]\n    architectures:\n      amd64:\n"+
		"        - {name: dpkg, version: '1', group: base, path: pool/dpkg.deb, sha256: f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93, size: 1}\n")
	return p
}

func wheels(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, name := range []string{
		"numpy-2.1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "numpy-2.1.0-cp311-cp311-manylinux_2_17_aarch64.whl",
		"numpy-2.1.0-cp311-cp311-macosx_11_0_arm64.whl", "numpy-2.1.0-cp311-cp311-win_amd64.whl", "numpy-2.1.0-cp311-cp311-musllinux_1_1_x86_64.whl",
		"numpy-2.1.1-cp311-cp311-manylinux_2_17_x86_64.whl",
		"Ruamel_Yaml-0.18.0-py3-none-any.whl", "six-1.16.0-py2.py3-none-any.whl",
	} {
		parts := strings.Split(name, "-")
		out[name] = wheel(t, parts[0], parts[1]+parts[4])
	}
	out["six-1.16.0.tar.gz"] = []byte("a source distribution")
	out["old-thing-1.0.tar.gz"] = []byte("a source distribution alone")
	return out
}

const pinnedRequirements = `# what the training needs
numpy==2.1 \
    # a comment inside
ruamel.yaml[jinja2]==0.18.0 ; python_version >= "3.9"
six==1.16.0
old_thing==1.0  # has no wheel
`

// TestPython locks the files of an index, in both of its forms.
func TestPython(t *testing.T) {
	for name, form := range map[string]bool{"PEP 503": false, "PEP 691": true} {
		t.Run(name, func(t *testing.T) {
			x := newIndex(t, form, wheels(t))
			p := newPython(t, pinnedRequirements)
			p.run("--python-index", x.URL+"/simple").OK()
			entry, ok := p.lock().Requirements("requirements.txt")
			require.True(t, ok)
			require.Equal(t, digest.FromString(pinnedRequirements).Encoded(), entry.SHA256)
			got := map[string][]string{}
			for _, r := range entry.Requirements {
				for _, f := range r.Files {
					got[r.Name+"=="+r.Version+" "+r.Marker] = append(got[r.Name+"=="+r.Version+" "+r.Marker], f.Filename)
					require.Equal(t, digest.FromBytes(x.files[f.Filename]).Encoded(), f.SHA256)
					require.Equal(t, "/packages/"+f.Filename, f.URL, "the index's own host is not written down")
					if form {
						require.EqualValues(t, len(x.files[f.Filename]), f.Size)
					}
				}
			}
			require.Equal(t, map[string][]string{
				"numpy==2.1 ": {"numpy-2.1.0-cp311-cp311-manylinux_2_17_aarch64.whl", "numpy-2.1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"},
				`ruamel-yaml==0.18.0 python_version >= "3.9"`: {"Ruamel_Yaml-0.18.0-py3-none-any.whl"},
				"six==1.16.0 ":    {"six-1.16.0-py2.py3-none-any.whl"},
				"old-thing==1.0 ": {"old-thing-1.0.tar.gz"},
			}, got)
			require.NotContains(t, p.read(lock.Name), x.URL)
			p.run("--check").OK()
			asked := len(x.asked)
			require.Contains(t, p.run("--python-index", x.URL+"/simple").OK().Stdout, "nothing to change")
			require.Len(t, x.asked, asked)

			p.write("requirements.txt", pinnedRequirements+"\n# changed\n")
			require.Contains(t, p.run("--check").Failed().Stdout, "model.yaml:8:13: error MB1051: train.packages.python: requirements.txt has changed since it was locked")
			p.run("--python-index", x.URL+"/simple").OK()
			p.run("--check").OK()
		})
	}
}

// TestPythonHashes holds the files to the hashes that the file itself gives.
func TestPythonHashes(t *testing.T) {
	x := newIndex(t, true, wheels(t))
	of := func(name string) string { return digest.FromBytes(x.files[name]).Encoded() }
	text := "--require-hashes\nsix==1.16.0 --hash=sha256:" + of("six-1.16.0.tar.gz") + " \\\n    --hash=sha256:" + strings.Repeat("1", 64) + "\n" +
		"numpy==2.1.0 --hash=sha256:" + of("numpy-2.1.0-cp311-cp311-manylinux_2_17_aarch64.whl") + "\n"
	p := newPython(t, text)
	p.run("--python-index", x.URL+"/simple/").OK()
	entry, _ := p.lock().Requirements("requirements.txt")
	require.Equal(t, "numpy-2.1.0-cp311-cp311-manylinux_2_17_aarch64.whl", entry.Requirements[0].Files[0].Filename)
	require.Equal(t, "six-1.16.0.tar.gz", entry.Requirements[1].Files[0].Filename)

	p.write("requirements.txt", "six==1.16.0 --hash=sha256:"+strings.Repeat("1", 64)+"\n")
	out := p.run("--python-index", x.URL+"/simple/").Failed()
	require.Contains(t, out.Stderr, "requirements.txt:1:1: error MB1054: six==1.16.0: the index has no file with one of its hashes")
	require.Contains(t, out.Stderr, "   1 | six==1.16.0 --hash", "with its excerpt")
}

// TestPythonWithoutHashes downloads what an index does not tell the hash of.
func TestPythonWithoutHashes(t *testing.T) {
	x := newIndex(t, false, wheels(t))
	x.hashes, x.yanked = false, "six-1.16.0-py2.py3-none-any.whl"
	p := newPython(t, "six==1.16.0\n")
	out := p.run("--python-index", x.URL+"/simple").OK()
	require.Contains(t, out.Stderr, "note: six==1.16.0 has been withdrawn from the index: six-1.16.0-py2.py3-none-any.whl")
	entry, _ := p.lock().Requirements("requirements.txt")
	require.Equal(t, digest.FromBytes(x.files["six-1.16.0-py2.py3-none-any.whl"]).Encoded(), entry.Requirements[0].Files[0].SHA256)
}

// TestPythonSettings asks pip's index where nothing else is said, and the first
// index that has a project where there are several.
func TestPythonSettings(t *testing.T) {
	x := newIndex(t, true, wheels(t))
	other := newIndex(t, true, map[string][]byte{"numpy-2.1.0-py3-none-any.whl": wheel(t, "numpy", "2.1.0")})
	p := newPython(t, "six==1.16.0\n")
	p.sb.Setenv("PIP_INDEX_URL", x.URL+"/simple")
	p.run().OK()

	p = newPython(t, "six==1.16.0\n")
	p.write("pip.conf", "[global]\nindex-url = "+x.URL+"/simple\n")
	p.sb.Setenv("PIP_CONFIG_FILE", p.dir+"/pip.conf")
	p.sb.Setenv("PIP_INDEX_URL", "")
	p.run().OK()

	p = newPython(t, "--index-url "+other.URL+"/simple\n--extra-index-url="+x.URL+"/simple\nsix==1.16.0\nnumpy==2.1.0\n")
	p.run().OK()
	entry, _ := p.lock().Requirements("requirements.txt")
	require.Equal(t, "numpy-2.1.0-py3-none-any.whl", entry.Requirements[0].Files[0].Filename)
}

// TestPythonRefused shows every requirement that cannot be locked, at its place.
func TestPythonRefused(t *testing.T) {
	x := newIndex(t, true, wheels(t))
	p := newPython(t, `numpy>=2
six
ruamel.yaml==0.18.*
numpy==2.1.0,<3
-r other.txt
-e .
https://example.org/x.whl
pkg @ https://example.org/x.whl
./local.whl
six==1.16.0
  Six==1.16.0
=broken
--find-links wheels
foo==x.y
six==1.0 --hash=md5:abc
`)
	before := p.read(lock.Name)
	out := p.run("--python-index", x.URL+"/simple").Failed()
	for _, want := range []string{
		"requirements.txt:1:1: error MB1054: numpy is not pinned to one version",
		"requirements.txt:2:1: error MB1054: six is not pinned to one version",
		"requirements.txt:3:1: error MB1054: ruamel.yaml is not pinned to one version",
		"requirements.txt:4:1: error MB1054: numpy is not pinned to one version",
		"requirements.txt:5:1: error MB1054: another file cannot be read from here",
		"requirements.txt:6:1: error MB1054: an editable requirement cannot be locked",
		"requirements.txt:7:1: error MB1054: a requirement by address or path cannot be locked",
		"requirements.txt:8:1: error MB1054: a requirement by address or path cannot be locked",
		"requirements.txt:9:1: error MB1054: a requirement by address or path cannot be locked",
		"requirements.txt:11:3: error MB1054: six is here twice",
		`requirements.txt:12:1: error MB1054: "=broken" is not a requirement`,
		"requirements.txt:13:1: error MB1054: the option --find-links cannot be locked",
		`requirements.txt:14:1: error MB1054: "x.y" is not a version`,
		"requirements.txt:15:1: error MB1054: a hash must be sha256: and 64 hex digits",
	} {
		require.Contains(t, out.Stderr, want)
	}
	require.Empty(t, x.asked, "nothing is asked for a file that is wrong")

	p.write("requirements.txt", "absent==1.0\nnumpy==2.1.2\n")
	out = p.run("--python-index", x.URL+"/simple").Failed()
	require.Contains(t, out.Stderr, "requirements.txt:1:1: error MB1054: absent==1.0: the index has no project absent")
	require.Contains(t, out.Stderr, "requirements.txt:2:1: error MB1054: numpy==2.1.2: the index has no version 2.1.2\n")
	require.Contains(t, out.Stderr, `did you mean "2.1.`)
	require.Equal(t, before, p.read(lock.Name))

	// Nothing names an index: none is chosen in the user's place.
	p.sb.Setenv("PIP_CONFIG_FILE", p.dir+"/absent")
	p.sb.Setenv("PIP_INDEX_URL", "")
	out = p.run().Failed()
	require.Contains(t, out.Stderr, "model.yaml:8:13: error MB1055: train.packages.python: requirements.txt: no index of Python packages is known\n")
	require.Contains(t, out.Stderr, "--python-index URL")
	require.Equal(t, before, p.read(lock.Name))
}
