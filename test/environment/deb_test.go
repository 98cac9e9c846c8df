package environment_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"
)

// deb makes a package with a control file, a script that runs when it is configured, and one entry.
func deb(t *testing.T, name, postinst string, entry tar.Header) []byte {
	t.Helper()
	control := fmt.Sprintf("Package: %s\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: a test\nInstalled-Size: 1\n", name)
	var b bytes.Buffer
	b.WriteString("!<arch>\n")
	add := func(member string, data []byte) {
		fmt.Fprintf(&b, "%-16s%-12d%-6d%-6d%-8o%-10d`\n", member, 0, 0, 0, 0o100644, len(data))
		b.Write(data)
		if len(data)%2 == 1 {
			b.WriteByte('\n')
		}
	}
	add("debian-binary", []byte("2.0\n"))
	add("control.tar", tarball(t, tar.Header{Name: "./control", Mode: 0o644, Size: int64(len(control))}, control, postinst))
	add("data.tar", tarball(t, entry, strings.Repeat("\x00", int(entry.Size)), ""))
	return b.Bytes()
}

func tarball(t *testing.T, entry tar.Header, text, postinst string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	require.NoError(t, w.WriteHeader(&entry))
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	if postinst != "" {
		require.NoError(t, w.WriteHeader(&tar.Header{Name: "./postinst", Mode: 0o755, Size: int64(len(postinst))}))
		_, err := w.Write([]byte(postinst))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// own puts a package of the test's into the lock and on the mirror.
func (p *project) own(name, group string, data []byte) {
	p.t.Helper()
	path := "pool/own/" + name + ".deb"
	p.mirror.serve("/main/"+path, data)
	line := fmt.Sprintf("        - {name: %s, version: '1', %spath: %s, sha256: %s, size: %d}\n", name, group, path, digest.FromBytes(data).Encoded(), len(data))
	text := p.read("modelbuild.lock")
	require.Contains(p.t, text, "      amd64:\n", "these tests run on amd64")
	p.write("modelbuild.lock", strings.Replace(text, "      amd64:\n", "      amd64:\n"+line, 1))
}
