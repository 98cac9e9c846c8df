// Package catalog_test compares the catalogue of packages with the one of syft, on
// real root filesystems.
package catalog_test

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const suite = "bookworm"

// install are packages of Debian that bring those of Python, R and Java, with and
// without Maven's files in the archives, a Go program, and a Rust program.
var install = []string{
	"python3-yaml", "python3-requests", "python3-numpy", "r-cran-jsonlite", "gosu", "ripgrep",
	"libcommons-lang3-java", "libcommons-compress-java", "libcommons-logging-java", "libcommons-io-java", "libjackson2-databind-java",
	"libguava-java", "liblog4j2-java", "libbcprov-java", "libspring-core-java", "libnetty-java", "libhttpclient-java",
	"libxerces2-java", "libhamcrest-java", "junit4",
}

// Packages of npm, with what they need.
const npmPackage, npmVersion = "express", "4.21.2"

// run runs a command and returns what it prints.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s\n%s", cmd, &stderr)
	return strings.TrimSpace(stdout.String())
}

// debianRoot is a root of Debian with what npm installed in it, and syft's list of
// its packages. Both are made once and kept: their versions are those of that day.
func debianRoot(t *testing.T, syft string) (root string, theirs []artefact) {
	t.Helper()
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	recipe := sha256.Sum256([]byte(strings.Join(append(slices.Clone(install), suite, npmPackage, npmVersion, syft), "\n")))
	dir := filepath.Join(cache, "modelbuild", "catalog", hex.EncodeToString(recipe[:8]))
	if _, err := os.Stat(filepath.Join(dir, "syft.json")); err != nil {
		makeRoot(t, syft, dir)
	}
	return filepath.Join(dir, "root"), readSyft(t, filepath.Join(dir, "syft.json"))
}

// makeRoot makes the root beside its place and moves it there when it is complete.
func makeRoot(t *testing.T, syft, dir string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(dir), 0o755))
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".root-")
	require.NoError(t, err)
	defer os.RemoveAll(tmp)
	root, tarball := filepath.Join(tmp, "root"), filepath.Join(tmp, "root.tar")
	run(t, "mmdebstrap", "--quiet", "--variant=minbase", "--include="+strings.Join(install, ","), suite, tarball)
	require.NoError(t, os.Mkdir(root, 0o755))
	run(t, "tar", "-C", root, "--no-same-owner", "--exclude=./dev", "-xf", tarball)
	require.NoError(t, os.Remove(tarball))
	app := filepath.Join(root, "srv", "app")
	require.NoError(t, os.MkdirAll(app, 0o755))
	run(t, "cp", "-R", filepath.Join(run(t, "../../hack/oracle/npm.sh", npmPackage, npmVersion), "node_modules"), app)
	scanWithSyft(t, syft, root, filepath.Join(tmp, "syft.json"))
	require.NoError(t, os.RemoveAll(dir))
	require.NoError(t, os.Rename(tmp, dir))
}

// mixedRoot has what Debian's packages do not: Go programs with many modules, the
// crates of a Rust program, records of conda and of apk, and archives in archives.
func mixedRoot(t *testing.T, debian, syft string) string {
	t.Helper()
	root := t.TempDir()
	write := func(name string, data []byte, mode os.FileMode) {
		t.Helper()
		require.NoError(t, os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), data, mode))
	}
	for from, to := range map[string]string{syft: "bin/syft", filepath.Join(run(t, "../../hack/setup", "path"), "buildctl"): "lib/buildctl.so"} {
		data, err := os.ReadFile(from)
		require.NoError(t, err)
		write(to, data, 0o644+0o111*os.FileMode(1-strings.Count(to, ".so")))
	}
	var crates bytes.Buffer
	z := zlib.NewWriter(&crates)
	_, err := io.WriteString(z, `{"packages":[{"name":"adler","version":"0.2.3","source":"registry"},`+
		`{"name":"app","version":"0.1.0","source":"local","dependencies":[0,3],"root":true},`+
		`{"name":"cc","version":"1.0.0","source":"registry","kind":"build"},{"name":"lib","version":"2.0.0","source":"git"}]}`)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	section := filepath.Join(t.TempDir(), "crates")
	require.NoError(t, os.WriteFile(section, crates.Bytes(), 0o600))
	run(t, "objcopy", "--add-section", ".dep-v0="+section, filepath.Join(debian, "usr/bin/rg"), filepath.Join(root, "bin/rg"))

	conda, err := os.ReadFile("testdata/numpy-1.26.4-py312h2809609_0.json")
	require.NoError(t, err)
	write("opt/conda/conda-meta/numpy-1.26.4-py312h2809609_0.json", conda, 0o644)
	apk, err := os.ReadFile("testdata/apk")
	require.NoError(t, err)
	write("lib/apk/db/installed", apk, 0o644)
	write("etc/os-release", []byte("NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.20.3\n"), 0o644)

	pom := func(artefact string) (string, string) {
		return "META-INF/maven/org.example/" + artefact + "/pom.properties", "groupId=org.example\nartifactId=" + artefact + "\nversion=1.0\n"
	}
	name, text := pom("inner")
	inner := jar(t, map[string]string{name: text, "META-INF/MANIFEST.MF": "Manifest-Version: 1.0\n"})
	shaded := map[string]string{"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\n"}
	for _, a := range []string{"shaded", "relocated", "another"} {
		name, text := pom(a)
		shaded[name] = text
	}
	write("app/shaded-1.0.jar", jar(t, shaded), 0o644)
	name, text = pom("boot")
	write("app/boot-1.0.jar", jar(t, map[string]string{
		"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\n", name: text,
		"BOOT-INF/lib/inner-1.0.jar": string(inner), "BOOT-INF/lib/shaded-1.0.jar": string(jar(t, shaded)),
	}), 0o644)
	return root
}

// jar makes an archive of texts by their names.
func jar(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range files {
		f, err := w.Create(name)
		require.NoError(t, err)
		_, err = io.WriteString(f, text)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}
