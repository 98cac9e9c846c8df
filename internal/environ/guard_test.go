package environ

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/modelbuild/modelbuild/internal/environ/envjob"
	"github.com/modelbuild/modelbuild/internal/environ/refusal"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/stretchr/testify/require"
)

// TestFiles gives what dpkg-deb gives, or leaves why a package was refused where the step that runs dpkg finds it.
func TestFiles(t *testing.T) {
	require.FileExists(t, dpkgDeb, "install dpkg, which Debian and most others have as a package")
	dir := t.TempDir()
	good := filepath.Join(dir, "good.deb")
	writePackage(t, good, tar.Header{Name: "./etc/a", Typeflag: tar.TypeReg, Mode: 0o644, Size: 700_000})
	var got bytes.Buffer
	limits := func(file, text string) { require.NoError(t, os.WriteFile(limitsFile(dir, file), []byte(text), 0o600)) }
	limits(good, `{"Bytes": 700000, "Entries": 1}`)
	require.NoError(t, Files(t.Context(), good, dir, &got))
	want, err := exec.CommandContext(t.Context(), dpkgDeb, "--fsys-tarfile", good).Output()
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got.Bytes()))
	refused := filepath.Join(dir, refusedName)
	require.NoError(t, refusedPackage(refused, nil))

	bad := filepath.Join(dir, "bad.deb")
	limits(bad, `{"Bytes": 1, "Entries": 1}`)
	writePackage(t, bad, tar.Header{Name: "./dev/sda", Typeflag: tar.TypeBlock, Mode: 0o644})
	var why *refusal.Error
	require.ErrorAs(t, Files(t.Context(), bad, dir, &got), &why)
	limits(good, `{"Bytes": 699999, "Entries": 1}`)
	require.ErrorAs(t, Files(t.Context(), good, dir, &got), &why)
	require.ErrorContains(t, Files(t.Context(), filepath.Join(dir, "other.deb"), dir, &got), "read limits")
	require.ErrorContains(t, refusedPackage(refused, nil), "bad.deb was refused, which is no package of the job")

	own := envjob.Package{Name: "own", Version: "1"}
	require.NoError(t, os.WriteFile(refused, fmt.Appendf(nil, `{"package": %q, "entry": "./dev/sda", "reason": "is a device"}`, own.Path()), 0o600))
	var ps job.Problems
	require.ErrorAs(t, refusedPackage(refused, []envjob.Package{{Name: "other"}, own}), &ps)
	require.Equal(t, `the package own 1 cannot be unpacked: "./dev/sda" is a device`, ps[0].Message)
	require.Equal(t, job.CodeArchive, ps[0].Code)
}

// writePackage writes a package with one entry, of zeros.
func writePackage(t *testing.T, file string, entry tar.Header) {
	t.Helper()
	archive := func(h tar.Header, content []byte) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		w := tar.NewWriter(z)
		h.Size = max(h.Size, int64(len(content)))
		require.NoError(t, w.WriteHeader(&h))
		_, err := w.Write(append(content, make([]byte, h.Size-int64(len(content)))...))
		require.NoError(t, err)
		require.NoError(t, w.Close())
		require.NoError(t, z.Close())
		return b.Bytes()
	}
	control := archive(tar.Header{Name: "./control", Typeflag: tar.TypeReg, Mode: 0o644}, []byte("Package: own\nVersion: 1\nArchitecture: all\n"))
	b := bytes.NewBufferString("!<arch>\n")
	for _, m := range []struct {
		name string
		data []byte
	}{{"debian-binary", []byte("2.0\n")}, {"control.tar.gz", control}, {"data.tar.gz", archive(entry, nil)}} {
		fmt.Fprintf(b, "%-16s%-12d%-6d%-6d%-8s%-10d`\n", m.name, 0, 0, 0, "100644", len(m.data))
		b.Write(m.data)
		if len(m.data)%2 == 1 {
			b.WriteByte('\n')
		}
	}
	require.NoError(t, os.WriteFile(file, b.Bytes(), 0o644))
}
