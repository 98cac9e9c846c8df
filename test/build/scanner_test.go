package build_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/modelbuild/modelbuild/sbom/catalog"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdxlib"
	"github.com/stretchr/testify/require"
)

// ordinary is an image of a Dockerfile with a package of Alpine, one of npm, a
// program in Go, and a stage that is not in it.
func ordinary(t *testing.T, sb *testenv.Sandbox) string {
	t.Helper()
	dir := sb.Context(map[string]string{
		"Dockerfile": "ARG BUILDKIT_SBOM_SCAN_STAGE=true\nFROM scratch AS other\nCOPY other /\nFROM scratch\nCOPY --from=other /kept /kept\nCOPY root /\n",
		"other/node_modules/left-out/package.json": `{"name":"left-out","version":"3.0.0"}`,
		"other/kept":                          "kept",
		"root/etc/os-release":                 "ID=alpine\nVERSION_ID=3.20.1\n",
		"root/lib/apk/db/installed":           "P:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\n\n",
		"root/node_modules/good/package.json": `{"name":"good","version":"1.0.0"}`,
		"root/node_modules/bad/package.json":  `{"name":`,
	})
	program, err := os.ReadFile(filepath.Join(sb.Bin(), "modelbuild-step"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "root", "step"), program, 0o755))
	return dir
}

// addresses maps the name of each SPDX document beside an image to the package URLs in it.
func addresses(t *testing.T, img *oci.Image) (out map[string][]string, comments string) {
	t.Helper()
	out = map[string][]string{}
	for _, a := range img.Manifests[0].Attestations {
		s, err := a.Statement(t.Context())
		require.NoError(t, err)
		if s.PredicateType != spdx {
			continue
		}
		require.True(t, a.About(s))
		var statement struct{ Predicate json.RawMessage }
		require.NoError(t, json.Unmarshal(s.Raw, &statement))
		doc, err := spdxjson.Read(bytes.NewReader(statement.Predicate))
		require.NoError(t, err)
		require.NoError(t, spdxlib.ValidateDocument(doc))
		found := []string{}
		for _, p := range doc.Packages {
			for _, ref := range p.PackageExternalReferences {
				found = append(found, ref.Locator)
			}
		}
		out[doc.DocumentName] = found
		comments += doc.DocumentComment
	}
	return out, comments
}

// TestScannerOfAnOrdinaryImage builds a Dockerfile twice with the frontend image as
// BuildKit's scanner. What it finds is what the catalogue finds in the same files.
func TestScannerOfAnOrdinaryImage(t *testing.T) {
	sb := testenv.New(t)
	dir := ordinary(t, sb)
	frontend, _ := sb.Frontend()
	build := func(tag string) (map[string][]string, string) {
		ref := sb.Ref(tag)
		sb.Buildx("build", "--no-cache", "--attest", "type=sbom,generator="+frontend, "--provenance=false",
			"--output", "type=image,name="+ref+",push=true,registry.insecure=true", dir).OK()
		img, err := oci.Open(t.Context(), ref)
		require.NoError(t, err)
		return addresses(t, img)
	}
	got, comments := build("1")
	root, err := os.OpenRoot(filepath.Join(dir, "root"))
	require.NoError(t, err)
	defer root.Close()
	c, err := catalog.Scan(t.Context(), root.FS())
	require.NoError(t, err)
	var want []string
	for _, p := range c.Packages {
		want = append(want, p.PURL(c.System))
	}
	require.ElementsMatch(t, want, got["sbom"])
	require.Contains(t, got["sbom"], "pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64&distro=alpine-3.20.1")
	require.Contains(t, got["sbom"], "pkg:npm/good@1.0.0")
	info, ok := debug.ReadBuildInfo()
	require.True(t, ok)
	require.Contains(t, got["sbom"], "pkg:golang/stdlib@"+info.GoVersion[len("go"):])
	require.Contains(t, got["sbom"], "pkg:golang/gonum.org/v1/gonum@v0.17.0")
	require.Equal(t, []string{"pkg:npm/left-out@3.0.0"}, got["sbom-other"])
	require.Contains(t, comments, "node_modules/bad/package.json")
	again, _ := build("2")
	require.Equal(t, got, again)
}

// TestScannerOfAModel keeps the model's own SBOM: BuildKit runs no scanner where a
// frontend attaches one.
func TestScannerOfAModel(t *testing.T) {
	sb := testenv.New(t)
	frontend, _ := sb.Frontend()
	img := push(t, sb, penguins(t, sb), sb.Ref("scanned"), "--attest", "type=sbom,generator="+frontend, "--provenance=false")
	require.ElementsMatch(t, []string{spdx, cyclonedx}, predicates(t, img))
}
