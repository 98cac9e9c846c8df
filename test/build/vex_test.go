package build_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	govex "github.com/openvex/go-vex/pkg/vex"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
)

const openVEX = "https://openvex.dev/ns/v0.2.0"

// vexDocument is about the image, and about a package of another one.
const vexDocument = `{
  "@context": "https://openvex.dev/ns/v0.2.0",
  "@id": "https://example.org/vex/penguins-1",
  "author": "Penguin Team <team@example.org>",
  "timestamp": "2026-01-31T12:00:00Z",
  "version": 1,
  "statements": [
    {"vulnerability": {"name": "CVE-2024-34155"}, "status": "not_affected", "justification": "vulnerable_code_not_in_execute_path",
     "products": [{"@id": "pkg:oci/penguins", "subcomponents": [{"@id": "pkg:golang/stdlib"}]}, {"@id": "pkg:golang/stdlib"}]},
    {"vulnerability": {"name": "CVE-2024-1"}, "status": "under_investigation", "products": [{"@id": "pkg:deb/debian/nginx@1.22"}]}
  ]
}
`

// TestVEX attaches a document, shows it to other tools and takes it out again. A change of
// it trains nothing again.
func TestVEX(t *testing.T) {
	sb := testenv.New(t)
	dir, ref := penguins(t, sb), sb.Ref("1")
	plain := push(t, sb, dir, sb.Ref("plain"), attested...)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "vex.json"), []byte(vexDocument), 0o644))
	edit(t, dir, "model.yaml", "split:", "vex: [context://vex.json]\n\nsplit:")
	build := append([]string{"build", "-f", filepath.Join(dir, "model.yaml"), "-t", ref, "--push", dir}, attested...)
	out := sb.Buildx(build...).OK()
	require.NotContains(t, ran(out.Stderr), "train")
	img, err := oci.Open(t.Context(), ref)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{slsa02, spdx, cyclonedx, trainingRecord, openVEX}, predicates(t, img))
	require.Equal(t, plain.Manifests[0].Manifest.Layers[0], img.Manifests[0].Manifest.Layers[0], "the model is the same")
	require.NotContains(t, out.Stderr, "pkg:golang/stdlib is neither")
	require.Contains(t, out.Stderr, "pkg:deb/debian/nginx@1.22 is neither this image nor a package in its SBOMs")

	for _, a := range img.Manifests[0].Attestations {
		if a.Type() != openVEX {
			continue
		}
		s, err := a.Statement(t.Context())
		require.NoError(t, err)
		require.True(t, a.About(s))
		var st struct{ Predicate json.RawMessage }
		require.NoError(t, json.Unmarshal(s.Raw, &st))
		require.JSONEq(t, vexDocument, string(st.Predicate))
		read, err := govex.Parse(st.Predicate)
		require.NoError(t, err)
		require.Equal(t, govex.StatusNotAffected, read.EffectiveStatement("pkg:oci/penguins", "CVE-2024-34155").Status)
	}
	raw := sb.Buildx("imagetools", "inspect", "--raw", strings.Split(ref, "@")[0]).OK().Stdout
	require.Contains(t, raw, "attestation-manifest")
	shown := sb.CLI("inspect", ref).OK().Stdout
	for _, want := range []string{"https://example.org/vex/penguins-1", "CVE-2024-34155 not_affected", "pkg:golang/stdlib: vulnerable_code_not_in_execute_path", openVEX} {
		require.Contains(t, shown, want)
	}
	require.Equal(t, vexDocument, sb.CLI("vex", ref).OK().Stdout, "byte for byte")
	require.Contains(t, sb.CLI("vex", ref, "--number", "2").Failed().Stderr, "has no /model/vex/2.json")
	require.Contains(t, sb.CLI("verify", ref).OK().Stdout, "https://example.org/vex/penguins-1 is the document /model/vex/1.json")

	edit(t, dir, "vex.json", "under_investigation", "fixed")
	require.Equal(t, []string{"package"}, ran(sb.Buildx(build...).OK().Stderr))
	edit(t, dir, "vex.json", `"fixed"`, `"affected"`)
	require.Contains(t, sb.Buildx(build...).Failed().Stderr, "MB4401: vex[0]: statement 2 is affected without an action_statement")
}
