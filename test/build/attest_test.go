package build_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
	prov "github.com/modelbuild/modelbuild/provenance"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdxlib"
	"github.com/stretchr/testify/require"
)

// Predicate types as they appear beside an image.
const (
	slsa02         = "https://slsa.dev/provenance/v0.2"
	slsa1          = "https://slsa.dev/provenance/v1"
	spdx           = "https://spdx.dev/Document"
	cyclonedx      = "https://cyclonedx.org/bom"
	trainingRecord = "https://github.com/modelbuild/modelbuild/training-record/v1"
)

func predicates(t *testing.T, img *oci.Image) []string {
	t.Helper()
	var out []string
	for _, a := range img.Manifests[0].Attestations {
		s, err := a.Statement(t.Context())
		require.NoError(t, err)
		require.True(t, a.About(s), "%s is about another image", s.PredicateType)
		out = append(out, s.PredicateType)
	}
	return out
}

func TestAttestations(t *testing.T) {
	sb := testenv.New(t)
	img := push(t, sb, penguins(t, sb), sb.Ref("1"), attested...)
	require.ElementsMatch(t, []string{slsa02, spdx, cyclonedx, trainingRecord}, predicates(t, img))
}

// provenance is the part of BuildKit's SLSA v0.2 provenance that the guide uses.
type provenance struct {
	BuildType string `json:"buildType"`
	Materials []struct {
		URI    string
		Digest map[string]string
	}
	Invocation struct {
		ConfigSource struct {
			EntryPoint string `json:"entryPoint"`
		} `json:"configSource"`
		Parameters struct {
			Frontend string
			Args     map[string]string
		}
	}
	Metadata map[string]json.RawMessage
}

type sourceMetadata struct {
	Source struct {
		Infos []struct {
			Filename string
			Data     string
		}
		Locations map[string]json.RawMessage
	}
}

// inspect reads provenance through imagetools, as the guide says.
func inspect(t *testing.T, sb *testenv.Sandbox, ref string) provenance {
	t.Helper()
	out := sb.Buildx("imagetools", "inspect", "--format", "{{json .Provenance.SLSA}}", ref).OK()
	var p provenance
	require.NoError(t, json.Unmarshal([]byte(out.Stdout), &p), out.Stdout)
	return p
}

// TestProvenanceMax checks that BuildKit's own provenance holds our file, with
// its lines tied to the steps.
func TestProvenanceMax(t *testing.T) {
	sb := testenv.New(t)
	dir, ref := penguins(t, sb), sb.Ref("1")
	push(t, sb, dir, ref, attested...)
	p := inspect(t, sb, ref)
	require.Equal(t, "model.yaml", p.Invocation.ConfigSource.EntryPoint)
	require.Equal(t, "gateway.v0", p.Invocation.Parameters.Frontend)

	var md sourceMetadata
	require.NoError(t, json.Unmarshal(p.Metadata["https://mobyproject.org/buildkit@v1#metadata"], &md))
	require.Len(t, md.Source.Infos, 1)
	require.Equal(t, "model.yaml", md.Source.Infos[0].Filename)
	got, err := base64.StdEncoding.DecodeString(md.Source.Infos[0].Data)
	require.NoError(t, err)
	want, err := os.ReadFile(filepath.Join(dir, "model.yaml"))
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
	require.GreaterOrEqual(t, len(md.Source.Locations), 3, "train, evaluate and package are steps of the file")
	_, digest := sb.Frontend()
	m := material(t, p, "pkg:docker/org/modelbuild@1")
	require.Equal(t, strings.TrimPrefix(digest, "sha256:"), m["sha256"], "the frontend image is a material")
}

// material gives the digests of the only material whose address contains part.
func material(t *testing.T, p provenance, part string) map[string]string {
	t.Helper()
	var found []map[string]string
	for _, m := range p.Materials {
		if strings.Contains(m.URI, part) {
			found = append(found, m.Digest)
		}
	}
	require.Len(t, found, 1, "%s in %v", part, p.Materials)
	return found[0]
}

func TestProvenanceMin(t *testing.T) {
	sb := testenv.New(t)
	ref := sb.Ref("1")
	img := push(t, sb, penguins(t, sb), ref, "--attest", "type=provenance,mode=min,version=v0.2")
	require.ElementsMatch(t, []string{slsa02, trainingRecord}, predicates(t, img))
	p := inspect(t, sb, ref)
	require.Equal(t, "gateway.v0", p.Invocation.Parameters.Frontend)
	require.NotContains(t, string(p.Metadata["https://mobyproject.org/buildkit@v1#metadata"]), "infos")
	require.NotEmpty(t, p.Materials)
}

// TestModelStatementFollowsMode checks that the statement in the image says more
// in max mode, and that the mode changes no model.
func TestModelStatementFollowsMode(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	statements := map[string]map[string]any{}
	models := map[string]string{}
	for _, mode := range []string{"min", "max"} {
		img := push(t, sb, dir, sb.Ref(mode), "--attest", "type=provenance,version=v0.2,mode="+mode)
		files, err := img.Manifests[0].ReadFiles(t.Context(), "/model/provenance.intoto.json", "/model/model.onnx")
		require.NoError(t, err)
		models[mode] = string(files["/model/model.onnx"])
		var s struct{ Predicate map[string]any }
		require.NoError(t, json.Unmarshal(files["/model/provenance.intoto.json"], &s))
		statements[mode] = s.Predicate
	}
	require.Equal(t, models["min"], models["max"])
	require.NotContains(t, statements["min"], "buildConfig")
	require.Contains(t, statements["max"], "buildConfig")
	require.Equal(t, statements["min"]["materials"], statements["max"]["materials"])
	require.Len(t, statements["max"]["materials"], 3, "data, spec and frontend image")
}

// TestSBOMPredicates checks that what lies beside the image is what lies in it,
// and that independent readers understand both formats.
func TestSBOMPredicates(t *testing.T) {
	sb := testenv.New(t)
	img := push(t, sb, penguins(t, sb), sb.Ref("1"), attested...)
	files, err := img.Manifests[0].ReadFiles(t.Context(), modelFiles...)
	require.NoError(t, err)
	beside := map[string]json.RawMessage{}
	for _, a := range img.Manifests[0].Attestations {
		s, err := a.Statement(t.Context())
		require.NoError(t, err)
		var body struct{ Predicate json.RawMessage }
		require.NoError(t, json.Unmarshal(s.Raw, &body))
		beside[s.PredicateType] = body.Predicate
	}
	require.JSONEq(t, string(files["/model/sbom.cdx.json"]), string(beside[cyclonedx]))

	var bom cdx.BOM
	require.NoError(t, cdx.NewBOMDecoder(bytes.NewReader(beside[cyclonedx]), cdx.BOMFileFormatJSON).Decode(&bom))
	require.Equal(t, cdx.ComponentTypeMachineLearningModel, bom.Metadata.Component.Type)
	var data []string
	for _, c := range *bom.Components {
		if c.Type == cdx.ComponentTypeData {
			data = append(data, c.Name)
		}
	}
	require.NotEmpty(t, data, "the dataset is a component")

	// The exporter adds layer ids and the image's own package to an SPDX document.
	doc, err := spdxjson.Read(bytes.NewReader(beside[spdx]))
	require.NoError(t, err)
	own, err := spdxjson.Read(bytes.NewReader(files["/model/sbom.spdx.json"]))
	require.NoError(t, err)
	require.NoError(t, spdxlib.ValidateDocument(doc))
	require.GreaterOrEqual(t, len(doc.Packages), len(own.Packages))
}

// TestProvenanceVersions builds in both versions of SLSA provenance and both modes: the
// statement in the image and BuildKit's beside it are of the version asked for, and the
// model's statement names the same materials in each.
func TestProvenanceVersions(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	var materials []byte
	for _, version := range []string{"v0.2", "v1"} {
		for _, mode := range []string{"min", "max"} {
			ref := sb.Ref(version + mode)
			img := push(t, sb, dir, ref, "--attest", "type=provenance,version="+version+",mode="+mode)
			want := slsa02
			if version == "v1" {
				want = slsa1
			}
			require.ElementsMatch(t, []string{want, trainingRecord}, predicates(t, img))
			raw := sb.Buildx("imagetools", "inspect", "--raw", ref).OK().Stdout
			require.Contains(t, raw, "attestation-manifest")
			shown := sb.Buildx("imagetools", "inspect", "--format", "{{json .Provenance.SLSA}}", ref).OK().Stdout
			require.Equal(t, version == "v1", strings.Contains(shown, "buildDefinition"), shown)

			st, text := modelStatement(t, img)
			require.Contains(t, string(text), `"predicateType": "`+want+`"`)
			require.Equal(t, mode == "max", st.Predicate.BuildConfig != nil)
			require.Equal(t, mode == "max", strings.Contains(string(text), "llbDefinition"))
			got, err := json.Marshal(st.Predicate.Materials)
			require.NoError(t, err)
			if materials == nil {
				materials = got
			}
			require.JSONEq(t, string(materials), string(got))
		}
	}
}

// TestProvenanceStanza: the spec says what the model's statement is where the build does not,
// by buildx without a flag and by modelbuild build; an option of the build wins.
func TestProvenanceStanza(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	edit(t, dir, "model.yaml", "split:", "provenance: {mode: max, version: v1}\n\nsplit:")
	check := func(img *oci.Image, predicate string, most bool) {
		t.Helper()
		st, text := modelStatement(t, img)
		require.Contains(t, string(text), `"predicateType": "`+predicate+`"`)
		require.Equal(t, most, st.Predicate.BuildConfig != nil)
	}
	check(push(t, sb, dir, sb.Ref("none")), slsa1, true)
	check(push(t, sb, dir, sb.Ref("off"), "--provenance=false"), slsa1, true)
	check(push(t, sb, dir, sb.Ref("mode"), "--attest", "type=provenance,mode=min"), slsa1, false)
	check(push(t, sb, dir, sb.Ref("both"), "--attest", "type=provenance,mode=min,version=v0.2"), slsa02, false)
	open := func(args ...string) *oci.Image {
		out := filepath.Join(t.TempDir(), "oci")
		sb.CLI(append([]string{"build", "-f", filepath.Join(dir, "model.yaml"), "-o", "type=oci,tar=false,dest=" + out}, args...)...).OK()
		img, err := oci.Open(t.Context(), "oci-layout://"+out)
		require.NoError(t, err)
		return img
	}
	img := open()
	check(img, slsa1, true)
	var types []string
	for _, a := range img.Manifests[0].Attestations {
		types = append(types, a.Type())
	}
	require.Contains(t, types, slsa02, "BuildKit's own is as modelbuild asks for it")
	check(open("--provenance", "mode=min"), slsa1, false)
	check(open("--provenance", "mode=max,version=v0.2"), slsa02, true)

	edit(t, dir, "model.yaml", "provenance: {mode: max, version: v1}", "args: {word: {type: string, default: a, sensitive: true}}\nprovenance: {mode: max}")
	args := []string{"build", "-f", filepath.Join(dir, "model.yaml"), "--build-arg", "word=secret-word", "--output", "type=cacheonly", dir}
	require.Contains(t, sb.Buildx(args...).Failed().Stderr, "MB1045")
	sb.Buildx(append(args, "--attest", "type=provenance,mode=min")...).OK()
}

// modelStatement reads the statement in an image.
func modelStatement(t *testing.T, img *oci.Image) (*prov.Statement, []byte) {
	t.Helper()
	files, err := img.Manifests[0].ReadFiles(t.Context(), "/model/provenance.intoto.json")
	require.NoError(t, err)
	st, err := prov.ParseStatement(files["/model/provenance.intoto.json"])
	require.NoError(t, err)
	return st, files["/model/provenance.intoto.json"]
}
