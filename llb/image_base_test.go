package llb_test

import (
	"strings"
	"testing"
	"time"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

// based is on an image of a registry, with a file.
var based = strings.Replace(everyLeaf, "base: scratch", "base: image://docker.io/library/debian:12@"+digestA, 1)

// TestProjectionOfImageBase: another base is listed, described and built on anew, and nothing else: neither is anything
// trained or scored, nor the layer of the model made again. Nor does a file or a label reach the list of its packages.
func TestProjectionOfImageBase(t *testing.T) {
	before := vertices(t, based)
	after := vertices(t, strings.ReplaceAll(based, "debian:12@"+digestA, "debian:13@"+digestB))
	require.Equal(t, fields("base config image overlay package"), reached(before, after))
	require.Equal(t, before["model-layer"], after["model-layer"])
	require.Equal(t, before["train"], after["train"])
	for _, c := range changes {
		if !strings.Contains(based, c.old) {
			continue
		}
		at := vertices(t, strings.Replace(based, c.old, c.new, 1))
		require.Equal(t, before["base"], at["base"], c.leaf)
		if c.leaf != "image.files.*" && c.leaf != "vex[]" {
			require.Equal(t, before["overlay"], at["overlay"], c.leaf)
		}
	}
}

// basedPlan is the plan of a spec on a base of a platform.
func basedPlan(t *testing.T, text, target string, config *dockerspec.DockerOCIImage) *llb.Plan {
	t.Helper()
	m, diags := spec.Parse("model.yaml", []byte(text))
	require.Empty(t, diags.Errors())
	base, err := m.BaseImage()
	require.NoError(t, err)
	p, err := llb.NewPlan(m, llb.Env{Mode: packagejob.ModeMin, Platform: "linux/amd64", Target: target, Epoch: time.Unix(5, 0).UTC(),
		Bases: map[string]*dockerspec.DockerOCIImage{base.Text: config}})
	require.NoError(t, err)
	return p
}

const onDebian = `# syntax=org/modelbuild:1
name: penguins
data: {train: {source: context://data/penguins.csv}}
features: {target: species}
train: {algorithm: logistic}
image: {base: "image://debian@`

// TestImageBaseOfEachPlatform: the base is that of the image, whatever the steps run on, and named so as a material. A
// layout is given as a state.
func TestImageBaseOfEachPlatform(t *testing.T) {
	text := onDebian + digestA + "\"}\n"
	p := basedPlan(t, text, "linux/arm64", nil)
	require.Equal(t, &packagejob.Base{Platform: "linux/arm64", Packages: "/in/base.json", Source: packagejob.Source{Name: "image.base", Kind: packagejob.KindImage,
		URI: "docker.io/library/debian:latest", Digest: map[string]string{"sha256": strings.TrimPrefix(digestA, "sha256:")}}}, p.Package.Base)
	require.Empty(t, p.Package.Platform, "the model is the same everywhere")
	found := map[string]bool{}
	for _, dt := range marshal(t, compile(t, p).Image).Def {
		var op pb.Op
		require.NoError(t, op.UnmarshalVT(dt))
		if src := op.GetSource(); src != nil && strings.Contains(src.Identifier, "debian") {
			found[op.Platform.Architecture] = true
		}
		if op.GetExec() != nil {
			require.Equal(t, "amd64", op.Platform.Architecture)
		}
	}
	require.Equal(t, map[string]bool{"arm64": true}, found)

	layout := strings.Replace(text, "image://debian@", "oci-layout://below@", 1)
	g, err := basedPlan(t, layout, "", nil).Compile(t.Context(), llb.Inputs{Step: bkllb.Scratch(), Contexts: map[string]bkllb.State{"": bkllb.Scratch()}, Platform: linux,
		Bases: map[string]bkllb.State{"oci-layout://below@" + digestA: bkllb.Image("given.example/x@" + digestB)}})
	require.NoError(t, err)
	require.Contains(t, marshal(t, g.Image).String(), "given.example/x@"+digestB)
}

// TestImageBaseMarshalsTheSame as every other plan.
func TestImageBaseMarshalsTheSame(t *testing.T) {
	first := marshal(t, compile(t, plan(t, based)).Image)
	for range 25 {
		require.Equal(t, first.Def, marshal(t, compile(t, plan(t, based)).Image).Def)
	}
}

// TestImageBaseHistory: an entry for each layer of the base, none of them without a time, and the configuration that was
// given is left as it was.
func TestImageBaseHistory(t *testing.T) {
	at := time.Unix(9, 0).UTC()
	given := &dockerspec.DockerOCIImage{}
	given.RootFS.DiffIDs = []digest.Digest{digest.Digest(digestA), digest.Digest(digestB)}
	given.History = []ocispecs.History{{CreatedBy: "first", Created: &at}, {CreatedBy: "empty", EmptyLayer: true}}
	given.Config.Env, given.Config.WorkingDir, given.Config.User = []string{"A=1"}, "/w", "root"
	c := basedPlan(t, onDebian+digestA+"\"}\n", "", given).Image.Config(linux)
	epoch := time.Unix(5, 0).UTC()
	require.Equal(t, []ocispecs.History{{CreatedBy: "first", Created: &at}, {CreatedBy: "empty", EmptyLayer: true, Created: &epoch},
		{CreatedBy: "layer of docker.io/library/debian:latest", Created: &epoch}}, c.History)
	require.Empty(t, c.RootFS.DiffIDs)
	require.Len(t, given.History, 2)
	require.Nil(t, given.History[1].Created)
	require.Equal(t, []string{"A=1"}, c.Config.Env)
	require.Equal(t, [2]string{"/w", "65532"}, [2]string{c.Config.WorkingDir, c.Config.User})
}

// TestServeOnImageBase: the server is what runs, without the arguments of the base's program, and beside its ports.
func TestServeOnImageBase(t *testing.T) {
	given := &dockerspec.DockerOCIImage{}
	given.Config.Entrypoint, given.Config.Cmd = []string{"/bin/sh", "-c"}, []string{"id"}
	given.Config.ExposedPorts = map[string]struct{}{"80/tcp": {}}
	p := basedPlan(t, onDebian+digestA+"\", serve: {}}\n", "linux/arm64", given)
	c := p.Image.Config(linux).Config
	require.Equal(t, spec.ServerPath, c.Entrypoint[0])
	require.Empty(t, c.Cmd)
	require.Equal(t, map[string]struct{}{"80/tcp": {}, "8080/tcp": {}}, c.ExposedPorts)
	require.Len(t, given.Config.ExposedPorts, 1)
	names := []string{}
	def := marshal(t, compile(t, p).Image)
	for _, m := range def.Metadata {
		names = append(names, m.Description["llb.customname"])
	}
	require.Contains(t, names, "[image] "+spec.ServerPath)
	require.Contains(t, names, "[image] on the base for linux/arm64")
}
