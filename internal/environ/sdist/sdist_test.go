package sdist_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/environ/refusal"
	"github.com/modelbuild/modelbuild/internal/environ/sdist"
	"github.com/stretchr/testify/require"
)

// entry is a file of an archive that a test makes: of text, or of zeros.
type entry struct {
	name, text, link string
	kind             byte
	zeros            int64
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func pack(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Linkname: e.link, Typeflag: e.kind, Mode: 0o644, Size: int64(len(e.text)) + e.zeros}
		if e.kind == tar.TypeXGlobalHeader {
			h = &tar.Header{Typeflag: e.kind, PAXRecords: map[string]string{"comment": "8f14e45f"}}
		}
		require.NoError(t, w.WriteHeader(h))
		_, err := io.Copy(w, io.MultiReader(strings.NewReader(e.text), io.LimitReader(zeros{}, e.zeros)))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, z.Close())
	return b.Bytes()
}

func check(data []byte) error { return sdist.Check(bytes.NewReader(data), int64(len(data)), 16<<30) }

func TestGood(t *testing.T) {
	require.NoError(t, check(pack(t,
		entry{kind: tar.TypeXGlobalHeader},
		entry{name: "a-1.0/", kind: tar.TypeDir},
		entry{name: "./a-1.0/setup.py", text: "x", kind: tar.TypeReg},
		entry{name: "a-1.0/doc/README", link: "../README", kind: tar.TypeSymlink},
		entry{name: "a-1.0/copy.py", link: "a-1.0/setup.py", kind: tar.TypeLink},
		entry{name: "flat", link: "file", kind: tar.TypeSymlink},
		entry{name: "a-1.0/doc/README", text: "in place of the link", kind: tar.TypeReg},
		entry{name: "a-1.0/data.bin", zeros: 8 << 20, kind: tar.TypeReg},
	)))
}

func TestHostile(t *testing.T) {
	for want, entries := range map[string][]entry{
		`"../evil" leads out of the folder`:                  {{name: "../evil", kind: tar.TypeReg}},
		`"a/../../evil" leads out of the folder`:             {{name: "a/../../evil", kind: tar.TypeReg}},
		`"/etc/passwd" is an absolute name`:                  {{name: "/etc/passwd", kind: tar.TypeReg}},
		`"a/l" is a link that leads out`:                     {{name: "a/l", link: "/etc", kind: tar.TypeSymlink}},
		`"a/m" is a link that leads out`:                     {{name: "a/m", link: "../m", kind: tar.TypeSymlink}},
		`"a/n" is a link that leads out`:                     {{name: "a/n", link: "b/../../n", kind: tar.TypeSymlink}},
		`"n" is a link that leads out`:                       {{name: "n", link: "..", kind: tar.TypeSymlink}},
		`"/etc/shadow" is an absolute name`:                  {{name: "a/h", link: "/etc/shadow", kind: tar.TypeLink}},
		`"a/x/evil" leads through a link of the archive`:     {{name: "a/x", link: "b", kind: tar.TypeSymlink}, {name: "a/x/evil", kind: tar.TypeReg}},
		`"a/sda" is neither a file nor a folder nor a link`:  {{name: "a/sda", kind: tar.TypeBlock}},
		`"a/p" is neither a file nor a folder nor a link`:    {{name: "a/p", kind: tar.TypeFifo}},
		`"a/zeros" is too much: the archive may unpack to 7`: {{name: "a/zeros", zeros: 80 << 20, kind: tar.TypeReg}},
	} {
		err := check(pack(t, entries...))
		var refused *refusal.Error
		require.ErrorAs(t, err, &refused, want)
		require.ErrorContains(t, err, want)
	}
}

func TestDamaged(t *testing.T) {
	good := pack(t, entry{name: "a/setup.py", text: strings.Repeat("text ", 1000), kind: tar.TypeReg})
	for _, data := range [][]byte{nil, []byte("<html>"), good[:len(good)/2]} {
		var refused *refusal.Error
		require.ErrorAs(t, check(data), &refused)
	}
}

// TestBehindTheEnd: what follows the last entry is read too.
func TestBehindTheEnd(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := io.Copy(z, io.LimitReader(zeros{}, 700<<20))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	require.ErrorContains(t, check(b.Bytes()), "it unpacks to more than")
	good := pack(t, entry{name: "a", kind: tar.TypeReg})
	require.NoError(t, check(append(good, 0, 0, 0)))
}

func FuzzCheck(f *testing.F) {
	f.Add(pack(f, entry{name: "a/setup.py", text: "x", kind: tar.TypeReg}))
	f.Add(pack(f, entry{name: "a/l", link: "../x", kind: tar.TypeSymlink}))
	f.Fuzz(func(_ *testing.T, data []byte) { _ = check(data) })
}
