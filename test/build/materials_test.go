package build_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
	prov "github.com/modelbuild/modelbuild/provenance"
	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"
)

// differences are those between the materials of the model's statement and BuildKit's about the same build that have a reason. Of
// a material that both have, by its digest, ours and theirs match how each names it; of one that only one of them has, the other is
// empty.
var differences = []struct{ name, ours, theirs, reason string }{
	{"local files", `^context://`, ``, "BuildKit vouches for no local folder; the build has measured the files itself"},
	{"git", `^http://[^#]+\.git#[0-9a-f]{40}:data/penguins\.csv$`, `^http://[^#]+\.git#[0-9a-f]{40}$`, "BuildKit takes a commit as a whole, the model a file of it"},
	{"frontend", `^pkg:docker/org/modelbuild@1\?digest=sha256:[0-9a-f]{64}$`, `^pkg:docker/org/modelbuild@1(\?platform=[^&]+)?$`,
		"BuildKit has the digest beside the address alone, and may have the platform that it ran the frontend on"},
}

// buildKitMaterials reads the materials of BuildKit's provenance beside an image, of either version.
func buildKitMaterials(t *testing.T, img *oci.Image) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, a := range img.Manifests[0].Attestations {
		s, err := a.Statement(t.Context())
		require.NoError(t, err)
		if s.PredicateType != slsa02 && s.PredicateType != slsa1 {
			continue
		}
		var st struct {
			Predicate struct {
				Materials       []prov.Material
				BuildDefinition struct {
					ResolvedDependencies []prov.Material `json:"resolvedDependencies"`
				} `json:"buildDefinition"`
			}
		}
		require.NoError(t, json.Unmarshal(s.Raw, &st))
		for _, m := range append(st.Predicate.Materials, st.Predicate.BuildDefinition.ResolvedDependencies...) {
			out[digestOf(t, m)] = m.URI
		}
	}
	require.NotEmpty(t, out)
	return out
}

func digestOf(t *testing.T, m prov.Material) string {
	t.Helper()
	for _, algorithm := range []string{"sha256", "sha1"} {
		if v := m.Digest[algorithm]; v != "" {
			return algorithm + ":" + v
		}
	}
	require.FailNow(t, "no digest", m.URI)
	return ""
}

// TestMaterialsAgree compares the two sets, for a build that reads a web server, a git repository, and files of the context: each
// difference is one that the table names, and each that it names is there.
func TestMaterialsAgree(t *testing.T) {
	sb := testenv.New(t)
	dir, repository := penguins(t, sb), penguins(t, sb)
	handler, commit := gitHandler(t, sb, repository)
	git := httptest.NewServer(handler)
	t.Cleanup(git.Close)
	notice := "notice of materials\n" // no other test's, which the builder may have by its digest
	require.NoError(t, os.WriteFile(filepath.Join(dir, "NOTICE"), []byte(notice), 0o644))
	web := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(web.Close)
	edit(t, dir, "model.yaml", local, "source: git+"+git.URL+"/data.git#"+commit+":data/penguins.csv")
	edit(t, dir, "model.yaml", "split:", "image: {files: {/model/LOCAL: \"context://NOTICE\", /model/NOTICE: \""+web.URL+"/NOTICE\"}}\n\nsplit:")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "modelbuild.lock"), []byte("version: 1\nsources:\n  "+web.URL+"/NOTICE: {kind: http, digest: '"+
		digest.FromString(notice).String()+"', size: 20}\n"), 0o644))
	for version, mode := range map[string]string{"v0.2": "min", "v1": "max"} {
		img := push(t, sb, dir, sb.Ref(version+mode), "--attest", "type=provenance,mode="+mode+",version="+version)
		st, _ := modelStatement(t, img)
		seen := map[string]bool{}
		theirs := buildKitMaterials(t, img)
		for _, m := range st.Predicate.Materials {
			their, both := theirs[digestOf(t, m)]
			if strings.HasPrefix(m.URI, "context://") && m.URI != their {
				their, both = "", false // the same bytes as a file of the web server
			}
			if both {
				delete(theirs, digestOf(t, m))
			}
			if m.URI != their {
				seen[explained(t, m.URI, their)] = true
			}
		}
		for _, uri := range theirs {
			seen[explained(t, "", uri)] = true
		}
		require.Len(t, seen, len(differences), "a difference of the table is not there any more: %v", seen)
	}
}

func explained(t *testing.T, ours, theirs string) string {
	t.Helper()
	for _, d := range differences {
		if matches(d.ours, ours) && matches(d.theirs, theirs) {
			return d.name
		}
	}
	require.FailNow(t, "the materials differ, and nothing says why", "ours: %q\nBuildKit's: %q", ours, theirs)
	return ""
}

func matches(pattern, uri string) bool {
	return pattern == "" && uri == "" || pattern != "" && regexp.MustCompile(pattern).MatchString(uri)
}
