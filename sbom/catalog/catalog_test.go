package catalog

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestRead(t *testing.T) {
	root := fstest.MapFS{
		"usr/lib/os-release": file("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\n"),
		"var/lib/dpkg/status": file("Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nSource: glibc (2.36)\nVersion: 2.36-9+deb12u10\n" +
			"Description: C library\n more text: with a colon\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n\nPackage: bare\nStatus: install ok installed\n"),
		"var/lib/dpkg/status.d/tzdata":                                    file("Package: tzdata\nVersion: 2024a\nArchitecture: all\n"),
		"var/lib/dpkg/status.d/tzdata.md5sums":                            file("Package: no\nVersion: 1\n"),
		"lib/apk/db/installed":                                            file("P:musl\nV:1.2.4-r2\nA:x86_64\nL:MIT\no:musl\n\n"),
		"usr/lib/python3/dist-packages/torch-1.13.1.egg-info":             file("Metadata-Version: 2.1\nName: torch\nVersion: 1.13.1\nLicense: UNKNOWN\n\nName: not this\n"),
		"usr/local/lib/python3.11/dist-packages/A_b.C.dist-info/METADATA": file("Name: A_b.C\nVersion: 2\nLicense-Expression: MIT\n\nText\nVersion: 3\n"),
		"usr/local/lib/python3.11/dist-packages/empty.dist-info/RECORD":   file(""),
	}
	c, err := Scan(t.Context(), root)
	require.NoError(t, err)
	require.Equal(t, []string{`"var/lib/dpkg/status": an entry has no name or version: "bare" ""`}, c.Omissions)
	require.Equal(t, System{"debian", "12", "Debian GNU/Linux 12 (bookworm)"}, c.System)
	require.Equal(t, []Package{
		{Type: "apk", Name: "musl", Version: "1.2.4-r2", Architecture: "x86_64", License: "MIT"},
		{Type: "deb", Name: "libc6", Version: "2.36-9+deb12u10", Architecture: "amd64", Source: "glibc"},
		{Type: "deb", Name: "tzdata", Version: "2024a", Architecture: "all"},
		{Type: "pypi", Name: "a-b-c", Version: "2", License: "MIT"},
		{Type: "pypi", Name: "torch", Version: "1.13.1"},
	}, c.Packages)
	require.Equal(t, "pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64&distro=debian-12", c.Packages[1].PURL(c.System))
	require.Equal(t, "pkg:pypi/a-b-c@2", c.Packages[3].PURL(c.System))
}

// The list of this machine's packages is dpkg's own.
func TestAgainstDpkg(t *testing.T) {
	out, err := exec.Command("dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Package} ${Version} ${Architecture}\n").Output()
	require.NoError(t, err, "dpkg-query is needed: run the tests on Debian or Ubuntu")
	var want []string
	for line := range strings.Lines(string(out)) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "installed "); ok {
			want = append(want, text)
		}
	}
	c, err := databases(os.DirFS("/"))
	require.NoError(t, err)
	var got []string
	for _, p := range c.Packages {
		if p.Type == Debian {
			got = append(got, fmt.Sprint(p.Name, " ", p.Version, " ", p.Architecture))
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	require.Equal(t, want, got)
}

// FuzzDatabases gives any bytes to the readers of whole databases.
func FuzzDatabases(f *testing.F) {
	f.Add([]byte("Package: a\nVersion: 1\nStatus: install ok installed\n\n x: y\n:\n"), []byte("ID=debian\n"))
	f.Add([]byte("P:musl\nV:1.2.4-r2\nA:x86_64\no:musl\n\n"), []byte("ID=\"alpine\"\nVERSION_ID=3.20\n"))
	f.Fuzz(func(t *testing.T, data, release []byte) {
		root := fstest.MapFS{}
		for _, name := range []string{"var/lib/dpkg/status", "var/lib/dpkg/status.d/a", "lib/apk/db/installed"} {
			root[name] = &fstest.MapFile{Data: data}
		}
		root["etc/os-release"] = &fstest.MapFile{Data: release}
		c, err := Scan(t.Context(), root)
		if err != nil {
			return
		}
		for _, p := range c.Packages {
			require.True(t, strings.HasPrefix(p.PURL(c.System), "pkg:"+p.Type+"/"))
			require.NotContains(t, p.PURL(c.System), "\n")
			require.LessOrEqual(t, len(p.Name), maxField)
		}
	})
}

func FuzzParagraphs(f *testing.F) {
	f.Add([]byte("Package: a\nVersion: 1\n\n x: y\n:\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = paragraphs(bytes.NewReader(data), []string{"Package", "Version", ""}, func(e fields) error {
			require.NotEmpty(t, e)
			return nil
		})
	})
}
