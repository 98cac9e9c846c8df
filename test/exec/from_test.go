package exec_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/modelbuild/modelbuild/provenance"
)

// chain has a model, one that goes on from it, and one that goes on from that.
const chain = `# syntax=org/modelbuild:1
name: mean
data:
  train: {source: context://data/penguins.csv}
train:
  engine: exec
  base: image://docker.io/test/trainer:1@BASE
  run: [trainer, tune]
  env: {COLUMN: body_mass_g}
  outputs: {model: /out/model.json, metrics: /out/metrics.json}
  reproducible: exact
targets:
  first: {description: from nothing, evaluate: {gates: {rows_used: ">= 342"}}}
  second: {from: "target://first", evaluate: {gates: {rows_used: ">= 684"}}}
  third: {from: "target://second", evaluate: {gates: {rows_used: ">= 1026"}}}
`

// models reads the lineage of an image, and its statement.
func models(t *testing.T, m *oci.Manifest) (*provenance.Lineage, *provenance.Statement) {
	t.Helper()
	files, err := m.ReadFiles(t.Context(), "/model/lineage.json", "/model/provenance.intoto.json")
	require.NoError(t, err)
	l, err := provenance.ParseLineage(files["/model/lineage.json"])
	require.NoError(t, err)
	s, err := provenance.ParseStatement(files["/model/provenance.intoto.json"])
	require.NoError(t, err)
	return l, s
}

func model(t *testing.T, m *oci.Manifest) string {
	t.Helper()
	for _, s := range statement(t, m).Subject {
		return s.Digest["sha256"]
	}
	return ""
}

func statement(t *testing.T, m *oci.Manifest) *provenance.Statement {
	t.Helper()
	files, err := m.ReadFiles(t.Context(), "/model/provenance.intoto.json")
	require.NoError(t, err)
	s, err := provenance.ParseStatement(files["/model/provenance.intoto.json"])
	require.NoError(t, err)
	return s
}

// TestFromTarget tunes a model twice in one file: the chain is in the image, in the
// record, on the card, and told by inspect, verify and diff. A change of what is said
// about the first model tunes nothing again.
func TestFromTarget(t *testing.T) {
	sb := testenv.New(t)
	dir := folder(t, sb, chain)
	images := map[string]*oci.Manifest{}
	for _, name := range []string{"first", "second", "third"} {
		images[name] = push(t, sb, dir, sb.Ref(name), "--target", name, "--attest", "type=provenance,mode=max,version=v0.2").Manifests[0]
	}
	l, s := models(t, images["third"])
	require.Len(t, l.From, 2)
	for i, name := range []string{"second", "first"} {
		base := l.From[i]
		require.Equal(t, "target://"+name, base.URI)
		require.Len(t, base.Files, 1)
		require.Equal(t, "model/model.json", base.Files[0].File)
		require.Equal(t, model(t, images[name]), base.Files[0].Digest["sha256"])
		require.NotNil(t, base.Provenance)
		require.True(t, base.Provenance.Hermetic)
		require.Contains(t, s.Predicate.Materials, provenance.FileMaterial("target://"+name+"/model.json", base.Files[0].Digest))
	}
	require.True(t, s.Predicate.Metadata.Completeness.Materials)
	require.Equal(t, "target://second", s.Predicate.Invocation.Parameters["from"])
	for _, a := range images["third"].Attestations {
		if a.Type() == provenance.PredicateTrainingRecord {
			st, err := a.Statement(t.Context())
			require.NoError(t, err)
			raw, err := provenance.ParseUnbound(st.Raw)
			require.NoError(t, err)
			r, err := raw.TrainingRecord()
			require.NoError(t, err)
			require.Equal(t, l.From, r.From)
		}
	}
	files, err := images["third"].ReadFiles(t.Context(), "/model/card.md", "/model/sbom.cdx.json", "/model/sbom.spdx.json")
	require.NoError(t, err)
	for _, base := range l.From {
		require.Contains(t, string(files["/model/sbom.cdx.json"]), base.Files[0].Digest["sha256"])
		require.Contains(t, string(files["/model/sbom.spdx.json"]), base.Files[0].Digest["sha256"])
	}
	require.Regexp(t, regexp.MustCompile(`(?m)^\| Trained from \| target://second, .model/model.json. sha256 .[0-9a-f]{64}. \|\n\| Before that \| target://first`), string(files["/model/card.md"]))
	shown := sb.CLI("inspect", sb.Ref("third")).OK().Stdout
	require.Regexp(t, `trained from +sha256:[0-9a-f]{64} +target://second, 1 file\(s\); its provenance is sha256:[0-9a-f]{64}\n +that from +sha256:[0-9a-f]{64} +target://first`, shown)
	require.Contains(t, sb.CLI("verify", sb.Ref("third")).OK().Stdout, "2 model(s) before it; target://second is among the materials")
	require.Contains(t, sb.CLI("diff", sb.Ref("second"), sb.Ref("third")).Failed().Stdout, "1 back: target://second")

	text := strings.Replace(readFile(t, filepath.Join(dir, "model.yaml")), "from nothing", "from scratch", 1)
	write(t, dir, map[string]string{"model.yaml": text})
	out := sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--target", "third", "--output", "type=cacheonly", dir).OK().Stderr
	require.NotContains(t, out, "going on from", "a description is no reason to tune again")
	write(t, dir, map[string]string{"model.yaml": strings.Replace(text, ">= 342", ">= 343", 1)})
	require.Contains(t, sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--target", "third", "--output", "type=cacheonly", dir).Failed().Stderr, "MB4001")
}

// tuneFrom is a spec of its own that goes on from an image.
func tuneFrom(from string) string {
	return strings.Split(chain, "targets:")[0] + "from: " + from + "\n"
}

// TestFromImage tunes the model of an image twice: of a registry, by digest, and of an OCI
// layout. An image without provenance is taken, and said to have none; one whose model is
// not what its provenance says is refused before anything is trained.
func TestFromImage(t *testing.T) {
	sb := testenv.New(t)
	pinned := func(ref string, img *oci.Image) string {
		return "image://" + ref + "@" + img.Descriptor.Digest.String()
	}
	first := push(t, sb, folder(t, sb, strings.Split(chain, "targets:")[0]), sb.Ref("base"))
	dir := folder(t, sb, tuneFrom(pinned(sb.Ref("base"), first)))
	second := push(t, sb, dir, sb.Ref("tuned"))
	l, s := models(t, second.Manifests[0])
	require.Len(t, l.From, 1)
	require.Equal(t, provenance.DigestSet{"sha256": first.Descriptor.Digest.Encoded()}, l.From[0].Image)
	require.Equal(t, model(t, first.Manifests[0]), l.From[0].Files[0].Digest["sha256"])
	var pkg []string
	for _, m := range s.Predicate.Materials {
		if m.Digest["sha256"] == first.Descriptor.Digest.Encoded() {
			pkg = append(pkg, m.URI)
		}
	}
	require.Len(t, pkg, 1, "the image is a material")

	layout := filepath.Join(t.TempDir(), "oci")
	sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=oci,tar=false,dest="+layout, dir).OK()
	held, err := oci.Open(t.Context(), "oci-layout://"+layout)
	require.NoError(t, err)
	again := push(t, sb, folder(t, sb, tuneFrom("oci-layout://base")), sb.Ref("again"), "--build-context", "base=oci-layout://"+layout+"@"+held.Descriptor.Digest.String())
	l, s = models(t, again.Manifests[0])
	require.Len(t, l.From, 2)
	require.Equal(t, "oci-layout://base", l.From[0].URI)
	require.Equal(t, model(t, second.Manifests[0]), l.From[0].Files[0].Digest["sha256"])
	require.Equal(t, pinned(sb.Ref("base"), first), l.From[1].URI)
	require.True(t, s.Predicate.Metadata.Completeness.Materials)
	var m struct{ N int }
	files, err := again.Manifests[0].ReadFiles(t.Context(), "/model/model.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(files["/model/model.json"], &m))
	require.Equal(t, 3*342, m.N, "each went on from the one before")

	for name, c := range map[string]struct{ dockerfile, want string }{
		"tampered": {"FROM " + sb.Ref("base") + "\nCOPY model.json /model/model.json\n",
			"MB4206: from: the base is not what its image says: model/model.json has sha256:"},
		"torn":   {"FROM " + sb.Ref("base") + "\nCOPY model.json /model/provenance.intoto.json\n", "MB4206: from: the base is not what its image says: provenance.intoto.json: "},
		"forged": {"FROM " + sb.Ref("tuned") + "\nCOPY lineage.json /model/lineage.json\n", "which is not among the materials of provenance.intoto.json"},
		"empty":  {"FROM " + strings.Replace(baseImage, "docker.io", sb.Registry(), 1) + "\n", "MB3001: from: no file model in the image"},
	} {
		other := t.TempDir()
		forged := `{"version": 1, "from": [{"uri": "image://a@sha256:00", "files": [{"file": "model/model.json", "digest": {"sha256": "` + strings.Repeat("0", 64) + `"}, "size": 1}]}]}`
		write(t, other, map[string]string{"Dockerfile": c.dockerfile, "model.json": `{"mean": 1, "n": 1}`, "lineage.json": forged})
		ref := sb.Ref(name)
		sb.Buildctl("build", "--frontend", "dockerfile.v0", "--local", "context="+other, "--local", "dockerfile="+other, "--output", "type=image,push=true,name="+ref).OK()
		img, err := oci.Open(t.Context(), ref)
		require.NoError(t, err)
		dir := folder(t, sb, tuneFrom(pinned(ref, img)))
		out := sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=cacheonly", dir).Failed().Stderr
		require.Contains(t, out, c.want, name)
		require.NotContains(t, out, "going on from", name)
		if name == "forged" {
			require.Contains(t, sb.CLI("verify", ref).Failed().Stdout, "is not among the materials of its provenance")
		}
	}

	bare := t.TempDir()
	write(t, bare, map[string]string{"Dockerfile": "FROM scratch\nCOPY model.json /model/model.json\n", "model.json": `{"mean": 1, "n": 1}`})
	sb.Buildctl("build", "--frontend", "dockerfile.v0", "--local", "context="+bare, "--local", "dockerfile="+bare, "--output", "type=image,push=true,name="+sb.Ref("bare")).OK()
	img, err := oci.Open(t.Context(), sb.Ref("bare"))
	require.NoError(t, err)
	l, _ = models(t, push(t, sb, folder(t, sb, tuneFrom(pinned(sb.Ref("bare"), img))), sb.Ref("bare-tuned")).Manifests[0])
	require.Nil(t, l.From[0].Provenance)
	require.Equal(t, "model/model.json", l.From[0].Files[0].File)
	require.Contains(t, sb.CLI("inspect", sb.Ref("bare-tuned")).OK().Stdout, "nothing says how it was made")
	require.NoError(t, os.RemoveAll(layout))
}
