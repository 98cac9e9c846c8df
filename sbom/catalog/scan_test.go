package catalog

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/zlib"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// jar makes an archive of names and texts.
func jar(t testing.TB, files ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for pair := range slices.Chunk(files, 2) {
		w, err := z.Create(pair[0])
		require.NoError(t, err)
		_, err = io.WriteString(w, pair[1])
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return buf.Bytes()
}

func purls(c *Catalog) []string {
	var out []string
	for _, p := range c.Packages {
		out = append(out, p.PURL(c.System))
	}
	return out
}

func TestScanLanguages(t *testing.T) {
	inner := jar(t, "META-INF/maven/org.inner/in/pom.properties", "#made\ngroupId=org.inner\nartifactId=in\nversion=2\n")
	root := fstest.MapFS{
		"srv/app/venv/lib/python3.12/site-packages/x-1.dist-info/METADATA": file("Name: X_y\nVersion: 1\n"),
		"opt/conda/conda-meta/numpy-1.2-h0.json":                           file(`{"name":"numpy","version":"1.2","build":"h0","subdir":"linux-64","license":"BSD-3-Clause"}`),
		"app/node_modules/@scope/a/package.json":                           file(`{"name":"@scope/a","version":"1.0.0","license":"MIT"}`),
		"app/package.json":                                                 file(`{"name":"not-installed","version":"1.0.0"}`),
		"usr/lib/R/site-library/glmnet/DESCRIPTION":                        file("Package: glmnet\nVersion: 4.1\nLicense: GPL-2\nBuilt: R 4.2\n"),
		"usr/lib/R/library/translations/DESCRIPTION":                       file("Package: translations\nVersion: 4.2\n"),
		"src/R/glmnet/DESCRIPTION":                                         file("Package: source\nVersion: 4.1\n"),
		"usr/share/java/plain-1.5.jar":                                     {Data: jar(t, "META-INF/MANIFEST.MF", "Implementation-Vendor-Id: org.plain\n")},
		"usr/share/java/fat.jar":                                           {Data: jar(t, "META-INF/maven/org.out/out/pom.properties", "groupId=org.out\nartifactId=out\nversion=1\n", "lib/in.jar", string(inner))},
		"proc/1/root/node_modules/b/package.json":                          file(`{"name":"b","version":"1"}`),
		"var/lib/rpm/rpmdb.sqlite":                                         file("SQLite format 3"),
	}
	c, err := Scan(t.Context(), root)
	require.NoError(t, err)
	require.Equal(t, []string{
		"pkg:conda/numpy@1.2?build=h0&subdir=linux-64", "pkg:cran/glmnet@4.1", "pkg:cran/translations@4.2", "pkg:maven/org.inner/in@2", "pkg:maven/org.out/out@1",
		"pkg:maven/org.plain/plain@1.5", "pkg:npm/%40scope/a@1.0.0", "pkg:pypi/x-y@1",
	}, purls(c))
	require.Equal(t, []string{`"var/lib/rpm/rpmdb.sqlite": databases of RPM are not read`}, c.Omissions)
}

// The modules of a Go program are the ones that the Go command wrote into it: this
// test's own.
func TestScanGoProgram(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	data, err := os.ReadFile(self)
	require.NoError(t, err)
	c, err := Scan(t.Context(), fstest.MapFS{"bin/program": {Data: data, Mode: 0o755}, "bin/unmarked": {Data: data[:len(data)/2], Mode: 0o644}})
	require.NoError(t, err)
	require.Empty(t, c.Omissions)
	version, _, _ := strings.Cut(strings.TrimPrefix(runtime.Version(), "go"), " ")
	require.Contains(t, purls(c), "pkg:golang/stdlib@"+version)

	library, err := Scan(t.Context(), fstest.MapFS{"lib/x.so.1": {Data: data, Mode: 0o644}})
	require.NoError(t, err)
	require.Equal(t, c.Packages, library.Packages, "a library needs no permission to be executed")

	cut := data[:len(data)/2]
	c, err = Scan(t.Context(), fstest.MapFS{"bin/program": {Data: cut, Mode: 0o755}})
	require.NoError(t, err)
	require.Empty(t, c.Packages)
	require.Len(t, c.Omissions, 1)
	require.Contains(t, c.Omissions[0], "bin/program")
}

func TestGoModules(t *testing.T) {
	info := &debug.BuildInfo{GoVersion: "go1.26.8 X:something", Main: debug.Module{Path: "example.org/main", Version: "(devel)"}, Deps: []*debug.Module{
		{Path: "example.org/old/v2", Version: "v2.0.0", Replace: &debug.Module{Path: "example.org/new/v2", Version: "v2.0.1"}},
	}}
	require.Equal(t, []Package{
		{Type: Go, Name: "stdlib", Version: "1.26.8"}, {Type: Go, Name: "example.org/main"}, {Type: Go, Name: "example.org/new/v2", Version: "v2.0.1"},
	}, goModules(info))
	require.Equal(t, []Package{{Type: Go, Name: "example.org/cmd"}}, goModules(&debug.BuildInfo{Path: "example.org/cmd"}), "built without modules")
}

func TestRust(t *testing.T) {
	var buf bytes.Buffer
	z := zlib.NewWriter(&buf)
	_, err := io.WriteString(z, `{"packages":[{"name":"a","version":"1.0.0","root":true},{"name":"b","version":"2.0.0","kind":"build"}]}`)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	got, err := rust(&buf)
	require.NoError(t, err)
	require.Equal(t, []Package{{Type: Cargo, Name: "a", Version: "1.0.0"}}, got)

	buf.Reset()
	z = zlib.NewWriter(&buf)
	_, err = io.CopyN(z, zeros{}, 4*maxAudited)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	_, err = rust(&buf)
	require.ErrorContains(t, err, "more than")
}

// bomb is an archive whose only file unpacks to size zeros.
func bomb(t *testing.T, name string, size int64) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	w, err := z.Create(name)
	require.NoError(t, err)
	_, err = io.CopyN(w, zeros{}, size)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return buf.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// What a hostile file claims costs no more than the limits; the others are read.
func TestScanHostileFiles(t *testing.T) {
	root := fstest.MapFS{
		"a.jar":                             {Data: bomb(t, "META-INF/MANIFEST.MF", 2*maxInner)},
		"b.jar":                             {Data: bomb(t, "lib/inner.jar", 2*maxInner)},
		"c.jar":                             file("PK\x03\x04 not an archive"),
		"conda-meta/x.json":                 file(strings.Repeat("[", 1<<20)),
		"conda-meta/y.json":                 {Data: bytes.Repeat([]byte(" "), maxManifest+1)},
		"bin/elf":                           {Data: append([]byte("\x7fELF\x02\x01\x01"), bytes.Repeat([]byte{0xff}, minBinary)...), Mode: 0o755},
		"x.dist-info/METADATA":              file("Name: \x00\xff\nVersion: 1\n"),
		"long.dist-info/METADATA":           file("Name: " + strings.Repeat("a", maxMetadata) + "\n"),
		"node_modules/good/package.json":    file(`{"name":"good","version":"1"}`),
		"node_modules/strange/package.json": file(`{"name":["a"],"version":{}}`),
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c, err := Scan(t.Context(), root)
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	require.Contains(t, purls(c), "pkg:npm/good@1")
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8*maxInner), "bytes allocated in all")
	omitted := strings.Join(c.Omissions, "\n")
	for _, name := range []string{"a.jar", "b.jar", "c.jar", "conda-meta/x.json", "conda-meta/y.json", "bin/elf", "node_modules/strange/package.json"} {
		require.Contains(t, omitted, strconv.Quote(name))
	}
}

// Links lead nowhere outside the root, and never in a circle.
func TestScanLinks(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "node_modules", "secret")
	require.NoError(t, os.MkdirAll(outside, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(outside, "package.json"), []byte(`{"name":"secret","version":"1"}`), 0o644))
	for _, d := range []string{"etc", "usr/lib", "node_modules"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, d), 0o755))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "usr/lib/os-release"), []byte("ID=debian\n"), 0o644))
	for link, target := range map[string]string{
		"etc/os-release": "/usr/lib/os-release", "node_modules/out": outside, "node_modules/loop": "loop", "node_modules/up": "..",
	} {
		require.NoError(t, os.Symlink(target, filepath.Join(dir, link)))
	}
	scan := func() (*Catalog, error) {
		root, err := os.OpenRoot(dir)
		require.NoError(t, err)
		defer root.Close()
		return Scan(t.Context(), root.FS())
	}
	c, err := scan()
	require.NoError(t, err)
	require.Equal(t, "debian", c.System.ID, "an absolute link is one inside the root")
	require.Empty(t, c.Packages)

	require.NoError(t, os.MkdirAll(filepath.Join(dir, "var/lib/dpkg"), 0o755))
	require.NoError(t, os.Symlink("status", filepath.Join(dir, "var/lib/dpkg/status")))
	_, err = scan()
	require.ErrorContains(t, err, "var/lib/dpkg/status", "a database that cannot be read is no empty one")
}

func TestScanSkips(t *testing.T) {
	root := fstest.MapFS{}
	for _, dir := range []string{"in/data/", "data/", "database/", ""} {
		root[dir+"node_modules/p"+strconv.Itoa(len(dir))+"/package.json"] = file(`{"name":"p` + strconv.Itoa(len(dir)) + `","version":"1"}`)
	}
	c, err := Scan(t.Context(), root, "in/data", "data", "absent", "node_modules/p0/package.json")
	require.NoError(t, err)
	require.Equal(t, []string{"pkg:npm/p9@1"}, purls(c))
}

func TestScanManyFiles(t *testing.T) {
	root := fstest.MapFS{}
	for i := range 200 {
		root["node_modules/p"+strconv.Itoa(i)+"/package.json"] = file("{")
	}
	c, err := Scan(t.Context(), root)
	require.NoError(t, err)
	require.Len(t, c.Omissions, maxOmissions)
	require.Equal(t, "~ and 101 more", c.Omissions[maxOmissions-1])
}

// FuzzFile gives any bytes to every reader of a file.
func FuzzFile(f *testing.F) {
	names := []string{"a.jar", "conda-meta/a.json", "node_modules/a/package.json", "usr/lib/R/library/a/DESCRIPTION", "a.dist-info/METADATA", "a.egg-info", "a"}
	f.Add([]byte(`{"name":"a","version":"1"}`))
	f.Add([]byte("Package: a\nVersion: 1\nBuilt: R\n"))
	f.Add([]byte("\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 57)))
	f.Add(jar(f, "META-INF/MANIFEST.MF", "Bundle-Version: 1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		root := fstest.MapFS{}
		for _, name := range names {
			root[name] = &fstest.MapFile{Data: data, Mode: 0o755}
			r := reader(name)
			if r == nil {
				r = binary
			}
			found, _ := safely(r, &input{root: root, left: maxRead}, name)
			for _, p := range found {
				require.True(t, strings.HasPrefix(p.PURL(System{}), "pkg:"+p.Type+"/"))
			}
		}
	})
}

func FuzzRust(f *testing.F) {
	f.Add([]byte("x\x9c"))
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = rust(bytes.NewReader(data)) })
}

// TestFolders: folders are read by their paths in the root, and no database is.
func TestFolders(t *testing.T) {
	root := fstest.MapFS{
		"var/lib/dpkg/status":                     {Data: []byte("Package: bash\nStatus: install ok installed\nVersion: 5\nArchitecture: amd64\n")},
		"src/node_modules/left/package.json":      {Data: []byte(`{"name":"left","version":"1"}`)},
		"src/bad.jar":                             {Data: []byte("PK\x03\x04")},
		"lib/node_modules/elsewhere/package.json": {Data: []byte(`{"name":"elsewhere","version":"1"}`)},
		"judge.py": {Data: []byte("print()\n")},
	}
	c, err := Folders(t.Context(), root, "src", "judge.py")
	require.NoError(t, err)
	require.Equal(t, []string{"pkg:npm/left@1"}, purls(c))
	require.Len(t, c.Omissions, 1)
	require.Contains(t, c.Omissions[0], `"src/bad.jar"`)
	c, err = Folders(t.Context(), root)
	require.NoError(t, err)
	require.Empty(t, c.Packages)
}
