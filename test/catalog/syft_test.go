package catalog_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/package-url/packageurl-go"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/sbom/catalog"
)

// artefact is a package in syft's list.
type artefact struct {
	Name, Version, Type, PURL string
	Locations                 []struct{ Path string }
}

// syftProgram compiles syft where it is not there yet.
func syftProgram(t *testing.T) string {
	t.Helper()
	return filepath.Join(run(t, "../../hack/setup", "syft"), "syft")
}

// scanWithSyft asks for what is installed, which is syft's choice for an image, and for
// conda, which it looks for only in folders.
func scanWithSyft(t *testing.T, syft, root, out string) {
	t.Helper()
	cmd := exec.Command(syft, "scan", "--quiet", "dir:"+root, "--override-default-catalogers", "image",
		"--select-catalogers", "+conda-meta-cataloger", "--output", "json="+out)
	cmd.Env = append(os.Environ(), "SYFT_CHECK_FOR_APP_UPDATE=false")
	text, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", text)
}

func readSyft(t *testing.T, file string) []artefact {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var list struct{ Artifacts []artefact }
	require.NoError(t, json.Unmarshal(data, &list))
	require.NotEmpty(t, list.Artifacts)
	return list.Artifacts
}

// identity is a package as both lists can say it. Three differences are of spelling
// alone, and go away here:
//   - syft adds the qualifier upstream, which the SBOMs here do not have;
//   - syft's distro has the point release of /etc/debian_version, ours the VERSION_ID
//     of os-release, as the types of package URLs define it;
//   - syft has no package URL for conda.
type identity struct{ Type, Name, Version, Qualifiers string }

var pointRelease = regexp.MustCompile(`^(debian-\d+)\.\d+$`)

func parse(t *testing.T, purl string) identity {
	t.Helper()
	p, err := packageurl.FromString(purl)
	require.NoError(t, err, purl)
	q := p.Qualifiers.Map()
	delete(q, "upstream")
	if m := pointRelease.FindStringSubmatch(q["distro"]); m != nil {
		q["distro"] = m[1]
	}
	name := strings.TrimPrefix(p.Namespace+"/"+p.Name, "/")
	if p.Subpath != "" {
		name += "#" + p.Subpath
	}
	if p.Type == "conda" {
		q = nil
	}
	return identity{p.Type, name, p.Version, packageurl.QualifiersFromMap(q).String()}
}

func (a artefact) identity(t *testing.T) identity {
	t.Helper()
	if a.PURL == "" && a.Type == "conda" {
		return identity{a.Type, a.Name, a.Version, ""}
	}
	return parse(t, a.PURL)
}

// scan returns what the catalogue has of a root, and what it says that it left out.
func scan(t *testing.T, dir string) (map[identity]bool, []string) {
	t.Helper()
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	c, err := catalog.Scan(t.Context(), root.FS())
	require.NoError(t, err)
	ours := map[identity]bool{}
	for _, p := range c.Packages {
		ours[parse(t, p.PURL(c.System))] = true
	}
	return ours, c.Omissions
}

// compare returns what is in one list alone.
func compare(t *testing.T, ours map[identity]bool, theirs []artefact) (missing []artefact, extra []identity) {
	t.Helper()
	seen := map[identity]bool{}
	for _, a := range theirs {
		id := a.identity(t)
		seen[id] = true
		if !ours[id] {
			missing = append(missing, a)
		}
	}
	for id := range ours {
		if !seen[id] {
			extra = append(extra, id)
		}
	}
	slices.SortFunc(extra, func(a, b identity) int { return strings.Compare(a.Name+a.Version, b.Name+b.Version) })
	return missing, extra
}

// count says how many packages of each type a list has.
func count(ours map[identity]bool) map[string]int {
	out := map[string]int{}
	for id := range ours {
		out[id.Type]++
	}
	return out
}
