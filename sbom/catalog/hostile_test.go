package catalog

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
)

// childRoot names the root that TestScanInChild scans.
const childRoot = "MODELBUILD_TEST_CATALOG_ROOT"

// TestScanInChild is run by scanInChild in a process of its own.
func TestScanInChild(t *testing.T) {
	dir := os.Getenv(childRoot)
	if dir == "" {
		return
	}
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	c, err := Scan(t.Context(), root.FS())
	require.NoError(t, err)
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	require.NotNil(t, m)
	peak, err := strconv.ParseInt(string(m[1]), 10, 64)
	require.NoError(t, err)
	data, err := json.Marshal(child{c, peak << 10})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(dir+".json", data, 0o600))
}

// child is what it tells: Peak is in bytes.
type child struct {
	Catalog *Catalog
	Peak    int64
}

// scanInChild scans a root, and returns the peak memory of the process in bytes.
func scanInChild(t *testing.T, dir string) (*Catalog, int64) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestScanInChild$")
	cmd.Env = append(os.Environ(), childRoot+"="+dir)
	start := time.Now()
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	data, err := os.ReadFile(dir + ".json")
	require.NoError(t, err)
	var c child
	require.NoError(t, json.Unmarshal(data, &c))
	t.Logf("%s, %d MB", time.Since(start).Round(time.Millisecond), c.Peak>>20)
	return c.Catalog, c.Peak
}

type hostile struct {
	t   *testing.T
	dir string
}

func newHostile(t *testing.T) hostile { return hostile{t, filepath.Join(t.TempDir(), "root")} }

// at makes the folders above a name.
func (h hostile) at(name string) string {
	h.t.Helper()
	name = filepath.Join(h.dir, name)
	require.NoError(h.t, os.MkdirAll(filepath.Dir(name), 0o755))
	return name
}

func (h hostile) write(name string, data []byte) {
	h.t.Helper()
	require.NoError(h.t, os.WriteFile(h.at(name), data, 0o755))
}

// sparse makes a file of a size that takes no room.
func (h hostile) sparse(name string, start []byte, size int64) {
	h.t.Helper()
	h.write(name, start)
	require.NoError(h.t, os.Truncate(filepath.Join(h.dir, name), size))
}

func (h hostile) pipe(name string) {
	h.t.Helper()
	require.NoError(h.t, syscall.Mkfifo(h.at(name), 0o644))
}

func (h hostile) link(target, name string) {
	h.t.Helper()
	require.NoError(h.t, os.Symlink(target, h.at(name)))
}

// TestScanHostileRoot: neither time nor memory follow what a root claims. Up to
// 200 MB are in use, for the largest archive in an archive, twice over, and the list of its files; the collector lets
// a heap grow to twice what was in use when it last ran.
func TestScanHostileRoot(t *testing.T) {
	h := newHostile(t)
	h.write("node_modules/good/package.json", []byte(`{"name":"good","version":"1"}`))
	for _, name := range []string{"a.dist-info/METADATA", "node_modules/pipe/package.json", "pipe.jar", "usr/lib/R/library/p/DESCRIPTION"} {
		h.pipe(name)
	}
	for _, name := range []string{"b.dist-info/METADATA/x", "node_modules/dir/package.json/x", "dir.jar/x", "conda-meta/d.json/x"} {
		h.write(name, nil)
	}
	h.link("/dev/zero", "node_modules/zero/package.json")
	h.link("usr/lib/python3/dist-packages", "usr/lib/python3/dist-packages")
	h.link("../loop", "opt/loop/loop")
	h.link("b", "etc/a")
	h.link("a", "etc/b")
	const huge = 1 << 40
	h.sparse("huge/METADATA.dist-info/METADATA", []byte("Name: sparse\nVersion: 1\n"), huge)
	h.sparse("node_modules/huge/package.json", []byte(`{"name":"huge"`), huge)
	h.sparse("conda-meta/huge.json", []byte(`{`), huge)
	h.sparse("huge.jar", []byte("PK\x03\x04"), huge)
	h.sparse("bin/huge", []byte("\x7fELF\x02\x01\x01"), huge)
	h.write("bin/cut", []byte("\x7fELF"+strings.Repeat("\x02", minBinary)))
	h.write("manifest.jar", bomb(t, "META-INF/MANIFEST.MF", 4*maxInner))
	h.write("inner.jar", bomb(t, "lib/inner.jar", 4*maxInner))
	inner := jar(t, "META-INF/maven/g/deep/pom.properties", "groupId=g\nartifactId=deep\nversion=1\n")
	for range 10 {
		inner = jar(t, "lib/inner.jar", string(inner))
	}
	h.write("deep.jar", inner)
	h.write("names.jar", manyNames(t, 600_000))
	h.write(strings.Repeat("node_modules/a/", 200)+"package.json", []byte(`{"name":"deep","version":"1"}`))
	h.write("node_modules/long/package.json", []byte(`{"name":"`+strings.Repeat("a", maxManifest-100)+`","version":"1"}`))
	h.write("c.dist-info/METADATA", []byte("\xff\xfeN\x00a\x00m\x00e\x00:\x00"))

	c, peak := scanInChild(t, h.dir)
	require.Less(t, peak, int64(400<<20), "bytes of memory")
	require.Contains(t, purls(c), "pkg:npm/good@1")
	require.NotContains(t, purls(c), "pkg:npm/deep@1")
	omitted := strings.Join(c.Omissions, "\n")
	for _, name := range []string{"node_modules/huge/package.json", "conda-meta/huge.json", "huge.jar", "bin/huge", "bin/cut",
		"manifest.jar", "inner.jar", "names.jar", "node_modules/long/package.json"} {
		require.Contains(t, omitted, strconv.Quote(name))
	}
	require.Contains(t, omitted, "folders deep")
}

// manyNames is an archive of empty files.
func manyNames(t *testing.T, n int) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for i := range n {
		_, err := z.CreateRaw(&zip.FileHeader{Name: "a/long/name/" + strconv.Itoa(i)})
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return buf.Bytes()
}

// files is how many files TestScanManyRealFiles makes; 1,000,000 take a minute.
var files = flag.Int("files", 30_000, "files of a large root")

// TestScanManyRealFiles scans links to programs that cannot be read: memory follows the
// largest folder.
func TestScanManyRealFiles(t *testing.T) {
	h := newHostile(t)
	const links = 15_000 // in a folder; ext4 has at most 65,000 to a file
	for i := range *files / links {
		first := h.at(fmt.Sprintf("srv/%d/0", i))
		h.write(fmt.Sprintf("srv/%d/0", i), []byte("\x7fELF"+strings.Repeat("\x00", minBinary)))
		for j := 1; j < links; j++ {
			require.NoError(t, os.Link(first, filepath.Join(filepath.Dir(first), strconv.Itoa(j))))
		}
	}
	h.write("node_modules/good/package.json", []byte(`{"name":"good","version":"1"}`))
	c, peak := scanInChild(t, h.dir)
	require.Equal(t, []string{"pkg:npm/good@1"}, purls(c))
	require.Len(t, c.Omissions, maxOmissions)
	require.Less(t, peak, int64(60<<20), "bytes of memory")
}

// TestScanSpendsOneBudget: many files cannot ask for more than all may.
func TestScanSpendsOneBudget(t *testing.T) {
	root := fstest.MapFS{"a.jar": {Data: bomb(t, "lib/inner.jar", maxInner/4)}, "b.jar": {Data: bomb(t, "lib/inner.jar", maxInner/4)}}
	in := &input{root: root, left: maxInner / 8}
	_, err := java(in, "a.jar")
	require.ErrorContains(t, err, "more than")
	_, err = java(in, "b.jar")
	require.ErrorIs(t, err, errSpent)
}

// TestScanHostileDatabases: a database that cannot be read is an error that names it.
func TestScanHostileDatabases(t *testing.T) {
	entry := "Package: a\nVersion: 1\n\n"
	for name, tc := range map[string]struct {
		make func(h hostile, name string)
		want string
	}{
		"folder":       {func(h hostile, name string) { h.write(name+"/x", nil) }, "is no regular file"},
		"pipe":         {hostile.pipe, "is no regular file"},
		"loop":         {func(h hostile, name string) { h.link(filepath.Base(name), name) }, "too many levels of symbolic links"},
		"outside":      {func(h hostile, name string) { h.link("../../../../../../../../etc/passwd", name) }, "escapes"},
		"encoding":     {func(h hostile, name string) { h.write(name, []byte("\xff\xfeP\x00a\x00c\x00k\x00")) }, "no entries"},
		"long line":    {func(h hostile, name string) { h.write(name, bytes.Repeat([]byte("P:a"), 4<<20)) }, "token too long"},
		"long name":    {func(h hostile, name string) { h.write(name, []byte(both(strings.Repeat("a", maxField+1)))) }, "more than 1024 bytes"},
		"many entries": {func(h hostile, name string) { h.write(name, []byte(strings.Repeat(both("a"), maxPackages+1))) }, "more than 200000"},
		"huge":         {func(h hostile, name string) { h.sparse(name, []byte(entry+strings.Repeat("x\n", 1<<20)), 1<<40) }, "token too long"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, database := range []string{"var/lib/dpkg/status", "lib/apk/db/installed"} {
				h := newHostile(t)
				tc.make(h, database)
				root, err := os.OpenRoot(h.dir)
				require.NoError(t, err)
				_, err = Scan(t.Context(), root.FS())
				require.ErrorContains(t, err, tc.want)
				require.Contains(t, err.Error(), strings.Split(database, "/")[slices.Index(strings.Split(database, "/"), "lib")+1])
				require.NoError(t, root.Close())
			}
		})
	}
}

// lines is a file of lines without end.
type lines struct{}

func (lines) Read(p []byte) (int, error) {
	const line = "x: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab\n"
	n := 0
	for n+len(line) <= len(p) {
		n += copy(p[n:], line)
	}
	return n + copy(p[n:], line), nil
}

func TestParagraphsWithoutEnd(t *testing.T) {
	err := paragraphs(lines{}, []string{"Package"}, func(fields) error { return nil })
	require.ErrorContains(t, err, "more than 268435456 bytes")
}

// both is an entry of dpkg and of apk.
func both(name string) string { return "Package: " + name + "\nVersion: 1\nP:" + name + "\nV:1\n\n" }

// TestScanCutDatabase: what a database lost is an omission.
func TestScanCutDatabase(t *testing.T) {
	c, err := Scan(t.Context(), fstest.MapFS{
		"var/lib/dpkg/status":  file("Package: a\nVersion: 1\n\nPackage: b\nVers"),
		"lib/apk/db/installed": file("P:a\nV:1\n\nP:b\n"),
	})
	require.NoError(t, err)
	require.Equal(t, []string{"pkg:apk/alpine/a@1", "pkg:deb/debian/a@1"}, purls(c))
	require.Equal(t, []string{
		`"lib/apk/db/installed": an entry has no name or version: "b" ""`, `"var/lib/dpkg/status": an entry has no name or version: "b" ""`,
	}, c.Omissions)
}
