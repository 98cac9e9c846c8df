package build_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

// debianRoot is an archive of a root of Debian, without what only root could unpack. It is made once and kept.
func debianRoot(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	file := filepath.Join(cache, "modelbuild", "debian-bookworm-minbase.tar")
	if _, err := os.Stat(file); err == nil {
		return file
	}
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	tmp, err := os.MkdirTemp(filepath.Dir(file), ".debian-")
	require.NoError(t, err)
	defer os.RemoveAll(tmp)
	made := filepath.Join(tmp, "root.tar")
	for _, argv := range [][]string{
		{"mmdebstrap", "--quiet", "--variant=minbase", "bookworm", made},
		{"tar", "--delete", "-f", made, "./dev"},
	} {
		out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	require.NoError(t, os.Rename(made, file))
	return file
}

// TestDebianBase builds on a root of Debian, and runs what comes of it: a program that was added works for a user who is
// not root, and cannot change the model. Every package that dpkg has is in the bill of materials.
func TestDebianBase(t *testing.T) {
	sb := testenv.New(t)
	name := strings.TrimSuffix(sb.Ref("1"), ":1") + "/debian:12"
	from := sb.Context(map[string]string{"Dockerfile": "FROM scratch\nADD root.tar /\nRUN rm -rf /usr/share/doc /boot\nENV LANG=C.UTF-8\nCMD [\"bash\"]\n"})
	copied, err := exec.Command("cp", debianRoot(t), filepath.Join(from, "root.tar")).CombinedOutput()
	require.NoError(t, err, "%s", copied)
	sb.Buildctl("build", "--frontend", "dockerfile.v0", "--local", "context="+from, "--local", "dockerfile="+from, "--output", "type=image,push=true,compression=uncompressed,name="+name).OK()
	below, err := oci.Open(t.Context(), name)
	require.NoError(t, err)
	dir := onBase(t, sb, "image:\n  base: image://"+name+"@"+below.Descriptor.Digest.String()+"\n  files: {/usr/local/bin/hello: \"context://hello\", /tmp/seed: \"context://NOTICE\"}")
	ref := sb.Ref("1")
	img := push(t, sb, dir, ref, attested...)
	m := img.Manifests[0]
	require.Equal(t, digests(below.Manifests[0].Manifest.Layers), digests(m.Manifest.Layers[:2]))

	files, err := m.ReadFiles(t.Context(), "/var/lib/dpkg/status", "/model/sbom.spdx.json")
	require.NoError(t, err)
	installed := strings.Count(string(files["/var/lib/dpkg/status"]), "\nStatus: install ok installed\n")
	require.Greater(t, installed, 50)
	require.Equal(t, installed, strings.Count(string(files["/model/sbom.spdx.json"]), "pkg:deb/debian/"))

	run := sb.Context(map[string]string{"Dockerfile": "FROM " + ref + "\n" +
		`RUN test "$(id -u)" = 65532 && hello && test -r /model/model.onnx && ! touch /model/x && ! test -e /boot && touch /tmp/mine && ls -l /bin/sh`})
	out := sb.Buildctl("build", "--frontend", "dockerfile.v0", "--local", "context="+run, "--local", "dockerfile="+run, "--progress", "plain", "--output", "type=tar,dest=/dev/null").OK()
	require.Contains(t, out.Stderr, " hello\n")
	require.Contains(t, sb.CLI("verify", ref).OK().Stdout, "ok           base: ")
}
