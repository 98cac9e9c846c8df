package deb_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/modelbuild/modelbuild/internal/environ/deb"
	"github.com/modelbuild/modelbuild/internal/environ/refusal"
	"github.com/stretchr/testify/require"
)

const most = 1 << 30

// file is an entry of a package that a test makes.
type file struct {
	name, text, link string
	kind             byte
	mode             int64
	size             int64 // of zeros, where there is no text
}

func regular(name, text string) file {
	return file{name: name, text: text, kind: tar.TypeReg, mode: 0o644}
}

// zeros reads as many zero bytes as it is asked for.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func tarball(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Linkname: f.link, Typeflag: f.kind, Mode: f.mode, Size: max(f.size, int64(len(f.text)))}
		if f.kind == tar.TypeChar || f.kind == tar.TypeBlock {
			h.Devmajor, h.Devminor = 1, 3
		}
		require.NoError(t, w.WriteHeader(h))
		content := io.Reader(strings.NewReader(f.text))
		if f.text == "" {
			content = io.LimitReader(zeros{}, f.size)
		}
		_, err := io.Copy(w, content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func zipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// member is one part of an ar archive.
type member struct {
	name string
	data []byte
}

func ar(members ...member) []byte {
	var b bytes.Buffer
	b.WriteString("!<arch>\n")
	for _, m := range members {
		fmt.Fprintf(&b, "%-16s%-12d%-6d%-6d%-8o%-10d`\n", m.name, 0, 0, 0, 0o100644, len(m.data))
		b.Write(m.data)
		if len(m.data)%2 == 1 {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

const control = "Package: hello\nVersion: 2.10-3\nArchitecture: amd64\nInstalled-Size: 4\nPre-Depends: dpkg (>= 1.15)\n" +
	"Depends: libc6 (>= 2.34), awk | mawk,\n python3:any\nProvides: greeting (= 1)\n"

// pack makes a package with these files.
func pack(t testing.TB, files ...file) []byte {
	t.Helper()
	return ar(member{"debian-binary", []byte("2.0\n")},
		member{"control.tar.gz", zipped(t, tarball(t, regular("./control", control)))},
		member{"data.tar.gz", zipped(t, tarball(t, files...))})
}

// extract unpacks into a folder beside which nothing may appear.
func extract(t testing.TB, data []byte) (string, *deb.Control, error) {
	t.Helper()
	outer := t.TempDir()
	dir := filepath.Join(outer, "root")
	require.NoError(t, os.Mkdir(dir, 0o755))
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	c, err := deb.Extract(bytes.NewReader(data), root, most)
	beside, readErr := os.ReadDir(outer)
	require.NoError(t, readErr)
	require.Len(t, beside, 1, "something was written outside of the root")
	return dir, c, err
}

func TestExtract(t *testing.T) {
	dir, c, err := extract(t, pack(t,
		file{name: "./", kind: tar.TypeDir, mode: 0o755},
		file{name: "./bin/", kind: tar.TypeDir, mode: 0o755},
		file{name: "./bin/hello", text: "#!/bin/sh\n", kind: tar.TypeReg, mode: 0o755},
		file{name: "./lib64/ld.so", link: "/lib/x86_64/ld.so", kind: tar.TypeSymlink},
		file{name: "./usr/bin/hi", link: "./bin/hello", kind: tar.TypeLink},
		file{name: "./usr/bin/su", text: "x", kind: tar.TypeReg, mode: 0o4755},
		regular("./etc/a/b/c", "deep"),
		file{name: "./etc/up", link: "../usr/bin/hi", kind: tar.TypeSymlink},
	))
	require.NoError(t, err)
	require.Equal(t, deb.Control{Package: "hello", Version: "2.10-3", Architecture: "amd64", InstalledSize: 4096,
		PreDepends: []string{"dpkg"}, Depends: []string{"libc6", "awk", "python3"}, Provides: []string{"greeting"}}, *c)
	for link, want := range map[string]string{"bin": "usr/bin", "lib64": "usr/lib64", "usr/lib64/ld.so": "/lib/x86_64/ld.so", "etc/up": "../usr/bin/hi"} {
		got, err := os.Readlink(filepath.Join(dir, link))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	require.NoFileExists(t, filepath.Join(dir, "sbin"), "a link is made where it is needed")
	for name, want := range map[string]string{"usr/bin/hello": "#!/bin/sh\n", "usr/bin/hi": "#!/bin/sh\n", "etc/a/b/c": "deep"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
	info, err := os.Stat(filepath.Join(dir, "usr/bin/su"))
	require.NoError(t, err)
	require.Equal(t, os.ModeSetuid|0o755, info.Mode())
}

// TestExtractMergedLink reads packages that bring the links themselves, as Debian 13 does.
func TestExtractMergedLink(t *testing.T) {
	dir, _, err := extract(t, pack(t, file{name: "./bin", link: "usr/bin", kind: tar.TypeSymlink}, regular("./usr/bin/a", "a")))
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(dir, "bin", "a"))
}

func TestExtractOver(t *testing.T) {
	data := pack(t, regular("./etc/a", "old"), regular("./etc/a", "new"), file{name: "./etc/d", link: "a", kind: tar.TypeSymlink}, regular("./etc/d", "own"))
	dir, _, err := extract(t, data)
	require.NoError(t, err)
	for name, want := range map[string]string{"etc/a": "new", "etc/d": "own"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, want, string(got), "a link is replaced, not written through")
	}
}

func TestHostile(t *testing.T) {
	out := file{name: "./x", link: "/etc", kind: tar.TypeSymlink}
	for name, c := range map[string]struct {
		files []file
		want  string
	}{
		"climbs":                     {[]file{regular("../evil", "x")}, `"../evil" leads out of the folder`},
		"climbs inside":              {[]file{regular("./usr/../../evil", "x")}, "leads out of the folder"},
		"through an absolute link":   {[]file{out, regular("./x/evil", "x")}, `"./x/evil" leads through a link out of the folder`},
		"folder through a link":      {[]file{out, {name: "./x/evil/", kind: tar.TypeDir, mode: 0o755}}, "leads through a link out of the folder"},
		"link through a link":        {[]file{out, {name: "./x/evil", link: "a", kind: tar.TypeSymlink}}, "leads through a link out of the folder"},
		"link that climbs":           {[]file{{name: "./etc/l", link: "../../evil", kind: tar.TypeSymlink}}, `"./etc/l" is a link that leads out of the folder`},
		"link that climbs and sinks": {[]file{{name: "./l", link: "a/../../evil", kind: tar.TypeSymlink}}, "is a link that leads out of the folder"},
		"link to nowhere":            {[]file{{name: "./l", link: "", kind: tar.TypeSymlink}}, "is a link to nowhere"},
		"hard link that climbs":      {[]file{{name: "./l", link: "../evil", kind: tar.TypeLink}}, `"../evil" leads out of the folder`},
		"hard link through a link":   {[]file{out, {name: "./l", link: "./x/passwd", kind: tar.TypeLink}}, "leads through a link out of the folder"},
		"character device":           {[]file{{name: "./dev/null", kind: tar.TypeChar}}, `"./dev/null" is a device`},
		"block device":               {[]file{{name: "./dev/sda", kind: tar.TypeBlock}}, "is a device"},
		"pipe":                       {[]file{{name: "./run/p", kind: tar.TypeFifo}}, "is a device"},
		"more than it says":          {[]file{{name: "./zeros", kind: tar.TypeReg, size: 32 << 20}}, `"./zeros" unpacks to more than the package says that it takes`},
		"more in parts":              {[]file{{name: "./a", kind: tar.TypeReg, size: 10 << 20}, {name: "./b", kind: tar.TypeReg, size: 10 << 20}}, `"./b" unpacks to more`},
		"a long name":                {[]file{regular("./"+strings.Repeat("a", 5000), "x")}, "is not the name of a file"},
	} {
		t.Run(name, func(t *testing.T) {
			data := pack(t, c.files...)
			_, _, err := extract(t, data)
			var refused *refusal.Error
			require.ErrorAs(t, err, &refused)
			require.Contains(t, err.Error(), c.want)
			require.Less(t, len(err.Error()), 400)
		})
	}
}

// TestCopy hands on the same bytes, and refuses what Extract does without a folder, but for what only links on the disk
// show.
func TestCopy(t *testing.T) {
	through := file{name: "./x", link: "/etc", kind: tar.TypeSymlink}
	limits := deb.Limits{Bytes: 16 << 20, Entries: 4}
	whole := append(tarball(t, regular("./a", "b"), through, regular("./"+strings.Repeat("long/", 60)+"name", strings.Repeat("x", 1<<20))), "after the end"...)
	var out bytes.Buffer
	require.NoError(t, deb.Copy(&out, bytes.NewReader(whole), limits))
	require.Equal(t, string(bytes.TrimSuffix(whole, []byte("after the end"))), out.String())

	for want, files := range map[string][]file{
		"leads out of the folder":             {regular("./good", "x"), regular("../evil", "evil")},
		"is a device":                         {{name: "./dev/null", kind: tar.TypeChar}},
		"unpacks to more":                     {{name: "./zeros", kind: tar.TypeReg, size: 32 << 20}},
		"leads through a link of the package": {through, regular("./x/deep/evil", "evil")},
		"is a link that leads out":            {{name: "./etc/l", link: "../../evil", kind: tar.TypeSymlink}},
		"is one file too many":                {regular("./1", ""), regular("./2", ""), regular("./3", ""), regular("./4", ""), regular("./5", "")},
	} {
		out.Reset()
		err := deb.Copy(&out, bytes.NewReader(tarball(t, files...)), limits)
		var refused *refusal.Error
		require.ErrorAs(t, err, &refused, want)
		require.ErrorContains(t, err, want)
		require.NotContains(t, out.String(), "evil", "not a byte of what is refused")
	}
	for cut := range 3 {
		err := deb.Copy(io.Discard, bytes.NewReader(whole[:[]int{100, 1500, 3 << 18}[cut]]), limits)
		require.ErrorContains(t, err, "the package is damaged: unexpected EOF")
	}
	require.ErrorIs(t, deb.Copy(closed{}, bytes.NewReader(whole), limits), io.ErrClosedPipe)
}

// closed is where nobody reads any more.
type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestDamaged(t *testing.T) {
	good := pack(t, regular("./etc/a", strings.Repeat("text ", 1000)))
	head := member{"debian-binary", []byte("2.0\n")}
	controlPart := member{"control.tar.gz", zipped(t, tarball(t, regular("./control", control)))}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":             {nil, "this is no Debian package"},
		"a page":            {[]byte("<html>404</html>"), "this is no Debian package"},
		"format 3":          {ar(member{"debian-binary", []byte("3.0\n")}), "no Debian package of format 2"},
		"cut short":         {good[:len(good)-200], "too early"},
		"cut in a header":   {good[:100], "in the middle of a header"},
		"no control":        {ar(head), "the package has no control"},
		"no data":           {ar(head, controlPart), "the package has no data"},
		"wrong order":       {ar(head, member{"data.tar.gz", nil}), `"data.tar.gz" stands where control was expected`},
		"another kind":      {ar(head, member{"control.tar.lzma", nil}), "compressed as \"lzma\""},
		"not compressed":    {ar(head, member{"control.tar.xz", []byte("no")}), "damaged"},
		"no name":           {ar(head, member{"control.tar", tarball(t, regular("control", "Version: 1\n"))}), "does not give its name"},
		"a size of letters": {ar(head, member{"control.tar", tarball(t, regular("control", "Package: a\nVersion: 1\nInstalled-Size: x\n"))}), "as its size"},
		"a huge control":    {ar(head, member{"control.tar.gz", zipped(t, tarball(t, file{name: "templates", kind: tar.TypeReg, size: 64 << 20}))}), "control\" unpacks to more than"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := extract(t, c.data)
			var refused *refusal.Error
			require.ErrorAs(t, err, &refused)
			require.Contains(t, err.Error(), c.want)
		})
	}
}

func TestCompressions(t *testing.T) {
	plain := tarball(t, regular("./etc/a", "text"))
	z, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	for name, data := range map[string][]byte{"data.tar": plain, "data.tar.gz": zipped(t, plain), "data.tar.zst": z.EncodeAll(plain, nil), "data.tar.xz": xzText(t)} {
		t.Run(name, func(t *testing.T) {
			dir, _, err := extract(t, ar(member{"debian-binary", []byte("2.0\n")}, member{"control.tar", tarball(t, regular("./control", control))},
				member{"_future", []byte("?")}, member{name + "/", data}))
			require.NoError(t, err)
			got, err := os.ReadFile(filepath.Join(dir, "etc/a"))
			require.NoError(t, err)
			require.Equal(t, "text", string(got))
		})
	}
}

// xzText is a tar archive with etc/a that xz has compressed: there is no compressor in Go here.
func xzText(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/data.tar.xz")
	require.NoError(t, err)
	return data
}

func FuzzExtract(f *testing.F) {
	f.Add(pack(f, regular("./etc/a", "b"), file{name: "./l", link: "etc", kind: tar.TypeSymlink}))
	f.Add(pack(f, regular("../evil", "x")))
	f.Add(ar(member{"debian-binary", []byte("2.0\n")}, member{"control.tar", tarball(f, regular("./control", control))},
		member{"data.tar", tarball(f, file{name: "./x", link: "/etc", kind: tar.TypeSymlink}, regular("./x/evil", "x"))}))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _, _ = extract(t, data) // which checks that nothing is written beside the root
	})
}
