package exec_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/modelbuild/modelbuild/provenance"
	"github.com/stretchr/testify/require"
)

// TestReproduceOfEachPlatform: an image for two platforms comes out again, of which each has a model of its own, trained
// there, and another image below it; so it does packed as the base is not. What is in the base is no part of the
// training environment.
func TestReproduceOfEachPlatform(t *testing.T) {
	sb := testenv.New(t)
	below := "image://docker.io/test/trainer:many@" + trainers(t, sb)
	spec := strings.NewReplacer("image://docker.io/test/trainer:1@BASE", below, "  reproducible", "  per_platform: true\n  reproducible").Replace(mean) +
		"image:\n  base: " + below + "\n  files: {/bin/tool: \"context://tool\"}\nplatforms: [linux/amd64, linux/arm64]\n"
	dir := folder(t, sb, spec)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tool"), []byte("tool"), 0o755))
	own := strings.NewReplacer("run: [trainer, mean]", "run: [trainer, arch]", "    metrics: /out/metrics.json\n", "", "    predictions: /out/predictions.csv\n", "",
		"    notes: /out/notes\n", "", "evaluate:\n  gates: {mae: \"< 1000\", rows_used: \">= 342\"}\n", "", "reproducible: exact", "reproducible: cpu-class").Replace(spec)
	for packed, spec := range map[string]string{"gzip": own, "zstd": spec} {
		write(t, dir, map[string]string{"model.yaml": spec})
		image := filepath.Join(t.TempDir(), "image")
		sb.CLI("build", "-o", "type=oci,dest="+image+",tar=false,compression="+packed, dir).OK()
		img, err := oci.Open(t.Context(), oci.LayoutScheme+image)
		require.NoError(t, err)
		for i, arch := range []string{"amd64", "arm64"} {
			m := img.Manifests[i]
			require.Contains(t, m.Manifest.Layers[0].MediaType, "+gzip", "the layers of the base stay as they are")
			require.Contains(t, m.Manifest.Layers[len(m.Manifest.Layers)-1].MediaType, "+"+packed)
			files, err := m.ReadFiles(t.Context(), "/model/model.json", "/model/sbom.training.spdx.json", "/model/sbom.spdx.json")
			require.NoError(t, err)
			require.Contains(t, string(files["/model/sbom.spdx.json"]), "libx@1?arch="+arch)
			require.NotContains(t, string(files["/model/sbom.training.spdx.json"]), "CONTAINER")
			require.Equal(t, packed == "gzip", string(files["/model/model.json"]) == "\""+arch+"\"\n")
		}
		statement := filepath.Join(t.TempDir(), "statement.json")
		out := sb.Run(dir, filepath.Join(sb.Bin(), "modelbuild"), "reproduce", "--statement", statement, "oci-layout://"+image).OK()
		require.Contains(t, out.Stdout, "reproduced: the images are identical")
		require.Equal(t, 2, strings.Count(out.Stdout, "/model/model.json, same"))
		var said struct{ Predicate provenance.Reproduction }
		require.NoError(t, json.Unmarshal([]byte(readFile(t, statement)), &said))
		require.Equal(t, provenance.ResultIdentical, said.Predicate.Result)
		require.Len(t, said.Predicate.Platforms, 2)
		for i, p := range said.Predicate.Platforms {
			require.Equal(t, img.Manifests[i].Platform, p.Platform)
			require.Len(t, p.Models, 1)
		}
	}
}
