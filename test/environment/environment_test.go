package environment_test

import (
	"archive/tar"
	"fmt"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"
)

// TestEnvironment builds the same environment twice without a cache: both have the same files. A file behind an absolute
// link of another package is where that leads in the environment itself.
func TestEnvironment(t *testing.T) {
	p := newProject(t, "", "")
	p.lock()
	p.own("alink", "", deb(t, "alink", "", tar.Header{Name: "./usr/share/alink", Typeflag: tar.TypeSymlink, Linkname: "/etc", Mode: 0o777}))
	p.own("through", "", deb(t, "through", "", tar.Header{Name: "./usr/share/alink/through", Typeflag: tar.TypeReg, Mode: 0o644, Size: 1}))
	res, out := p.build("--no-cache")
	res.OK()
	first := "\n" + model(t, out)
	for _, want := range []string{"/usr/bin/python3 ", "/var/lib/dpkg/status ", "/bin 120777 0:0 usr/bin\n", "/etc/passwd 100644 0:0 ",
		"/usr/share/alink 120777 0:0 /etc\n", "/etc/through 100644 0:0 "} {
		require.Contains(t, first, "\n"+want)
	}
	for _, none := range []string{"/modelbuild", "/var/log/dpkg.log", "/usr/sbin/policy-rc.d", "/var/lib/dpkg/status-old", ".pyc", "/usr/bin/apt "} {
		require.NotContains(t, first, "\n"+none)
	}
	res, out = p.build("--no-cache")
	res.OK()
	require.Equal(t, lines(first), lines("\n"+model(t, out)))
	workbench(t, p)
}

// lines is short in the message of a test that fails.
func lines(text string) []string { return strings.SplitAfter(text, "\n") }

// TestPython installs a wheel of an index with the environment's pip, fetches and installs nothing else when the wheel
// changes, and refuses a hostile one before pip reads it.
func TestPython(t *testing.T) {
	p := newProject(t, "  sources:", "    python: requirements.txt\n    index: MIRROR/simple\n  sources:")
	serve := func(version string, data []byte) {
		file := "greet-" + version + "-py3-none-any.whl"
		p.mirror.serve("/files/"+file, data)
		p.mirror.serve("/simple/greet/", fmt.Appendf(nil, `<a href="/files/%s#sha256=%s">x</a>`, file, digest.FromBytes(data).Encoded()))
		p.write("requirements.txt", "greet=="+version+"\n")
		p.lock("--python-index", p.mirror.URL+"/simple")
	}
	put := func(version, module string) { serve(version, wheel(t, "greet", version, module)) }
	p.write("src/train.py", "import greet\nwith open('/out/model.txt', 'w') as f: f.write(greet.word)\n")
	put("1.0", "word = 'hello'\n")
	res, out := p.build()
	res.OK()
	require.Equal(t, "hello", model(t, out))

	put("1.1", "word = 'goodbye'\n")
	res, out = p.build()
	res.OK()
	require.Equal(t, "goodbye", model(t, out))
	for _, group := range []string{"base", "interpreter", "packages"} {
		require.Regexp(t, `(?m)^(#\d+) \[environment\] `+group+`: .*(\n.*)*\n(#\d+) CACHED`, res.Stderr)
	}
	require.Contains(t, res.Stderr, "Successfully installed greet-1.1")
	require.NotContains(t, res.Stderr, "Setting up", "nothing of Debian is installed again")

	serve("1.2", wheelOf(t, "greet-1.2.dist-info/RECORD", [][2]string{{"../../../../etc/evil", "x"}}))
	res, _ = p.build()
	res.Failed()
	require.Contains(t, res.Stderr, `error MB4302: the wheel greet-1.2-py3-none-any.whl cannot be installed: "../../../../etc/evil" leads out of the folder that it is unpacked to`)
	require.Regexp(t, `model.yaml:\d+:\d+: error MB4302`, res.Stderr, "the place in the spec")
	require.NotContains(t, res.Stderr, "Processing /modelbuild/python", "pip does not run")
}

// TestWrongPackages: what is wrong with a package is said with its name, at its place in the spec.
func TestWrongPackages(t *testing.T) {
	p := newProject(t, "", "")
	p.lock()
	whole := p.read("modelbuild.lock")
	regular := tar.Header{Name: "./usr/share/own", Typeflag: tar.TypeReg, Mode: 0o644, Size: 10}
	for name, c := range map[string]struct {
		edit func()
		want []string
	}{
		"gone": {func() {
			p.own("own", "", []byte("x"))
			p.mirror.serve("/main/pool/own/own.deb", nil)
		}, []string{"error MB3002: train.packages.debian: the server answered 404 Not Found for own 1: " + p.mirror.URL + "/main/pool/own/own.deb", "modelbuild lock --update debian"}},
		"changed": {func() {
			p.own("own", "", []byte("what was locked"))
			p.mirror.serve("/main/pool/own/own.deb", []byte("something else"))
		}, []string{"error MB3003: train.packages.debian: own 1 from " + p.mirror.URL + "/main/pool/own/own.deb has digest " +
			digest.FromString("something else").String() + ", not " + digest.FromString("what was locked").String()}},
		"hostile": {func() {
			p.own("own", "group: base, ", deb(t, "own", "", tar.Header{Name: "../../evil", Typeflag: tar.TypeReg, Mode: 0o644, Size: 1}))
		}, []string{`error MB4302: the package own 1 cannot be unpacked: "../../evil" leads out of the folder that it is unpacked to`}},
		"hostile after the base": {func() {
			p.own("own", "", deb(t, "own", "", tar.Header{Name: "../../evil", Typeflag: tar.TypeReg, Mode: 0o644, Size: 1}))
		}, []string{`error MB4302: the package own 1 cannot be unpacked: "../../evil" leads out of the folder that it is unpacked to`}},
		"a device after the base": {func() {
			p.own("own", "", deb(t, "own", "", tar.Header{Name: "./dev/sda", Typeflag: tar.TypeBlock, Mode: 0o644}))
		}, []string{`error MB4302: the package own 1 cannot be unpacked: "./dev/sda" is a device`}},
		"a bomb after the base": {func() {
			bomb := regular
			bomb.Size = 64 << 20
			p.own("own", "", deb(t, "own", "", bomb))
		}, []string{`error MB4302: the package own 1 cannot be unpacked: "./usr/share/own" unpacks to more than the package says`}},
		"a bomb": {func() {
			bomb := regular
			bomb.Size = 64 << 20
			p.own("own", "group: base, ", deb(t, "own", "", bomb))
		}, []string{`error MB4302: the package own 1 cannot be unpacked: "./usr/share/own" unpacks to more than the package says`}},
		"another package": {func() {
			p.own("own", "group: base, ", deb(t, "other", "", regular))
		}, []string{`error MB4302: the package own 1 cannot be unpacked: the file is other 1`}},
		"a failing script": {func() {
			p.own("own", "", deb(t, "own", "#!/bin/sh\necho 'error: the moon is full'\nexit 3\n", regular))
		}, []string{"error MB4301: dpkg could not install the packages: exit status 1; it said:", "error: the moon is full",
			"installed own package post-installation script subprocess returned error exit status 3"}},
		"no mirror": {func() {
			p.write("model.yaml", strings.Replace(p.read("model.yaml"), "archives: {Debian-Security:", "archives: {Debian-Other:", 1))
			p.write("modelbuild.lock", strings.ReplaceAll(whole, "Debian-Security", "Unknown"))
		}, []string{"error MB1055: train.packages.debian.archives: nothing says where the packages of Unknown are"}},
	} {
		t.Run(name, func(t *testing.T) {
			p.write("modelbuild.lock", whole)
			spec := p.read("model.yaml")
			c.edit()
			res, _ := p.build()
			p.write("model.yaml", spec)
			res.Failed()
			for _, want := range c.want {
				require.Contains(t, res.Stderr, want)
			}
			require.Regexp(t, `model.yaml:(8:5|9:14): error MB`, res.Stderr, "the place in the spec")
		})
	}
}
