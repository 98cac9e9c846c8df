package catalog_test

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDebianRoot compares the lists of a root of Debian. Packages of Debian, Python, R,
// npm and Go are the same in both. Of Java, archives that have no pom.properties differ
// in their names, and only in these ways:
//   - where Debian's Maven repository has a link to the archive, we have its coordinates,
//     and syft a guess from the manifest;
//   - where nothing tells, syft guesses the group from more keys of the manifest;
//   - an archive whose pom.properties have another name than its file is two for syft.
func TestDebianRoot(t *testing.T) {
	root, theirs := debianRoot(t, syftProgram(t))
	ours, omissions := scan(t, root)
	require.Empty(t, omissions)
	for kind, least := range map[string]int{"deb": 200, "pypi": 9, "cran": 16, "npm": 60, "maven": 90, "golang": 2} {
		assert.GreaterOrEqual(t, count(ours)[kind], least, kind)
	}
	missing, extra := compare(t, ours, theirs)
	linked := coordinates(t, root)
	for _, a := range missing {
		if !assert.Equal(t, "java-archive", a.Type, "%s is missing", a.PURL) || a.twice(t, theirs, ours) {
			continue
		}
		file := a.file()
		at := slices.IndexFunc(extra, func(id identity) bool {
			if links := linked[file]; len(links) > 0 {
				return slices.Contains(links, id.Name)
			}
			return guessed[a.Name] == id.Name
		})
		if at < 0 { // two archives may be the same artefact
			known := func(name string) bool { return ours[identity{"maven", name, a.Version, ""}] }
			assert.True(t, slices.ContainsFunc(linked[file], known), "%s of %s is missing", a.PURL, file)
			continue
		}
		if a.Version != unknown {
			assert.Equal(t, a.Version, extra[at].Version, a.PURL)
		}
		extra = slices.Delete(extra, at, at+1)
	}
	assert.Empty(t, extra, "syft does not have them")
}

// unknown is syft's version where it knows none.
const unknown = "UNKNOWN"

func (a artefact) file() string { return strings.TrimPrefix(a.Locations[0].Path, "/") }

// twice reports whether an artefact is the second one that syft makes of an archive
// whose pom.properties have another name than its file, and we have the first.
func (a artefact) twice(t *testing.T, theirs []artefact, ours map[identity]bool) bool {
	t.Helper()
	return a.Version == unknown && slices.ContainsFunc(theirs, func(b artefact) bool {
		return b.Type == a.Type && b.file() == a.file() && b.Version != unknown && ours[b.identity(t)]
	})
}

// guessed are artefacts of which nothing but a file name and a manifest is known, by
// syft's name.
var guessed = map[string]string{"ca-certificates-java": "ca-certificates-java/ca-certificates-java"}

// coordinates are the GROUP/ARTEFACT that links in Debian's Maven repository have for an
// archive, as the system resolves them.
func coordinates(t *testing.T, root string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	top := filepath.Join(root, "usr/share/maven-repo")
	require.NoError(t, filepath.WalkDir(top, func(name string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".jar" {
			return err
		}
		real, err := filepath.EvalSymlinks(name)
		if err != nil {
			return err
		}
		file, err := filepath.Rel(root, real)
		if err != nil {
			return err
		}
		group, err := filepath.Rel(top, filepath.Join(name, "../../.."))
		out[file] = append(out[file], strings.ReplaceAll(group, "/", ".")+"/"+filepath.Base(filepath.Join(name, "../..")))
		return err
	}))
	require.NotEmpty(t, out)
	return out
}

// TestMixedRoot compares what Debian's packages do not have. The lists are the same.
func TestMixedRoot(t *testing.T) {
	syft := syftProgram(t)
	debian, _ := debianRoot(t, syft)
	root := mixedRoot(t, debian, syft)
	out := filepath.Join(t.TempDir(), "syft.json")
	scanWithSyft(t, syft, root, out)
	ours, omissions := scan(t, root)
	require.Empty(t, omissions)
	require.Equal(t, map[string]int{"apk": 2, "cargo": 3, "conda": 1, "maven": 5}, withoutGo(count(ours)))
	missing, extra := compare(t, ours, readSyft(t, out))
	assert.Empty(t, missing)
	assert.Empty(t, extra)
}

// withoutGo leaves out the modules of this repository's tools, which change.
func withoutGo(counts map[string]int) map[string]int {
	delete(counts, "golang")
	return counts
}
