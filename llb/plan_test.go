package llb_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"
)

const full = `# syntax=org/modelbuild:1
name: penguins
version: 1.0.0
description: Species
license: CC0-1.0
data:
  train: {source: context://data/penguins.csv, license: CC0-1.0}
features:
  target: species
  exclude: [year]
  columns:
    island: {type: category}
    sex: {type: category, missing: most-frequent}
split: {kind: stratified, test: 0.2}
train:
  task: classification
  algorithm: logistic
  params: {l2: 0.5, max_iterations: 100}
  seed: 42
evaluate:
  gates: {accuracy: ">= 0.95", log_loss: "< 1"}
  slices: [island]
card: {limitations: [Three species only]}
image:
  user: "1000"
  labels: {b: "2", a: "1", c: "3"}
`

var linux = ocispecs.Platform{OS: "linux", Architecture: "amd64"}

func plan(t *testing.T, text string) *llb.Plan {
	t.Helper()
	return planIn(t, t.TempDir(), text)
}

// planIn plans a spec that may have a lock, or other files, in a folder.
func planIn(t *testing.T, dir, text string) *llb.Plan {
	t.Helper()
	m, diags := spec.ParseWith("model.yaml", []byte(text), spec.Options{Load: func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	}})
	require.Empty(t, diags)
	p, err := llb.NewPlan(m, llb.Env{
		Platform: "linux/amd64", DebianMirrors: map[string]string{"": "https://deb.example/debian", "Debian-Security": "https://deb.example/security"},
		Mode:     packagejob.ModeMax,
		Frontend: packagejob.Image{Ref: "org/modelbuild:1", Digest: digest.FromString("frontend").String()},
		Epoch:    time.Unix(0, 0).UTC(),
		Labels:   map[string]string{"z": "1", "y": "2"},
	})
	require.NoError(t, err)
	return p
}

func compile(t *testing.T, p *llb.Plan) llb.Graph {
	t.Helper()
	local := bkllb.Local("context", bkllb.LocalUniqueID("fixed"))
	g, err := p.Compile(t.Context(), llb.Inputs{
		Step:       bkllb.Image("org/modelbuild:1@" + digest.FromString("frontend").String()),
		Contexts:   map[string]bkllb.State{"": local, "data.train": local, "shared": local},
		SourceMaps: map[string]*bkllb.SourceMap{"model.yaml": bkllb.NewSourceMap(nil, "model.yaml", "YAML", p.Model.Raw)},
		Platform:   linux,
	})
	require.NoError(t, err)
	return g
}

func marshal(t *testing.T, st bkllb.State) *pb.Definition {
	t.Helper()
	def, err := st.Marshal(context.Background(), bkllb.Platform(linux))
	require.NoError(t, err)
	return def.ToPB()
}

// TestCompileDeterministic marshals one spec 25 times from scratch: map order
// must not reach the LLB.
func TestCompileDeterministic(t *testing.T) {
	var first []byte
	for range 25 {
		def := marshal(t, compile(t, plan(t, full)).Image)
		got, err := json.Marshal(def.Def)
		require.NoError(t, err)
		if first == nil {
			first = got
		}
		require.Equal(t, string(first), string(got))
	}
}

// execs finds the exec ops of a definition by their subcommand, with their
// vertex digests.
func execs(t *testing.T, def *pb.Definition) map[string]*pb.ExecOp {
	t.Helper()
	out := map[string]*pb.ExecOp{}
	for _, dt := range def.Def {
		var op pb.Op
		require.NoError(t, op.UnmarshalVT(dt))
		if e := op.GetExec(); e != nil {
			out[e.Meta.Args[1]] = e
		}
	}
	return out
}

func digests(t *testing.T, def *pb.Definition) map[string]digest.Digest {
	t.Helper()
	out := map[string]digest.Digest{}
	for _, dt := range def.Def {
		var op pb.Op
		require.NoError(t, op.UnmarshalVT(dt))
		if e := op.GetExec(); e != nil {
			out[e.Meta.Args[1]] = digest.FromBytes(dt)
		}
	}
	return out
}

func TestStepsAreHermetic(t *testing.T) {
	steps := execs(t, marshal(t, compile(t, plan(t, full)).Image))
	require.Len(t, steps, 3)
	for name, e := range steps {
		require.Equal(t, pb.NetMode_NONE, e.Network, name)
		require.Empty(t, e.Secretenv, name)
		for _, m := range e.Mounts {
			require.Contains(t, []pb.MountType{pb.MountType_BIND}, m.MountType, "%s %s", name, m.Dest)
			if m.Dest == llb.OutDir {
				require.False(t, m.Readonly, name)
				continue
			}
			require.True(t, m.Readonly, "%s: %s must be read-only", name, m.Dest)
		}
	}
}

// TestLocations checks that every exec carries the lines of its stanzas.
func TestLocations(t *testing.T) {
	def := marshal(t, compile(t, plan(t, full)).Image)
	want := map[string]int32{"train": 6, "evaluate": 20, "package": 2}
	for name, dgst := range digests(t, def) {
		locs := def.Source.Locations[dgst.String()]
		require.NotNil(t, locs, name)
		require.Equal(t, want[name], locs.Locations[0].Ranges[0].Start.Line, name)
	}
	require.Equal(t, full, string(def.Source.Infos[0].Data))
}

// TestModeMinSaysLess checks that min mode keeps the spec and its values out of
// the package step.
func TestModeMinSaysLess(t *testing.T) {
	m, _ := spec.Parse("model.yaml", []byte(full))
	p, err := llb.NewPlan(m, llb.Env{Mode: packagejob.ModeMin, Epoch: time.Unix(0, 0)})
	require.NoError(t, err)
	require.Empty(t, p.Package.Spec.Source)
	require.Empty(t, p.Package.Parameters)
	require.Empty(t, p.Package.Steps)
	require.NoError(t, p.Package.Validate())
}

func TestImageConfig(t *testing.T) {
	p := plan(t, full)
	img := p.Image.Config(linux)
	require.Equal(t, "1000", img.Config.User)
	require.Equal(t, "1", img.Config.Labels["a"])
	require.Equal(t, "1", img.Config.Labels["z"])
	require.Equal(t, "1.0.0", img.Config.Labels[ocispecs.AnnotationVersion])
	require.Equal(t, int64(0), img.Created.Unix())
	m, _ := spec.Parse("model.yaml", []byte(strings.Replace(full, "  user: \"1000\"\n", "", 1)))
	q, err := llb.NewPlan(m, llb.Env{Mode: packagejob.ModeMin, Epoch: time.Unix(0, 0)})
	require.NoError(t, err)
	require.Equal(t, llb.DefaultUser, q.Image.Config(linux).Config.User)
}

// TestOverride puts a named context in place of a pinned source: the digest of
// the spec still holds, and provenance names the context.
func TestOverride(t *testing.T) {
	sum := digest.FromString("data")
	text := strings.Replace(full, "source: context://data/penguins.csv", `source: "https://example.org/p.csv", digest: "`+sum.String()+`"`, 1)
	m, diags := spec.Parse("model.yaml", []byte(text))
	require.Empty(t, diags)
	p, err := llb.NewPlan(m, llb.Env{Mode: packagejob.ModeMin, Epoch: time.Unix(0, 0), Overrides: map[string]string{"data.train": "p.csv"}})
	require.NoError(t, err)
	require.Equal(t, map[string][]string{"data.train": {"p.csv"}}, p.ContextPaths())
	require.Equal(t, sum.String(), p.Train.Data[0].Digest)
	require.Equal(t, "context+data.train://p.csv", p.Package.Data[0].URI)
	compile(t, p)
}

func TestRemoteSources(t *testing.T) {
	sum := digest.FromString("data")
	text := strings.Replace(full, "source: context://data/penguins.csv", `source: "https://example.org/p.csv?token=abc", digest: "`+sum.String()+`"`, 1)
	p := plan(t, text)
	require.Empty(t, p.ContextPaths())
	require.Equal(t, "/in/data/train.csv", p.Train.Data[0].Path)
	require.Equal(t, sum.Encoded(), p.Package.Data[0].Digest["sha256"])

	commit := strings.Repeat("a", 40)
	text = strings.Replace(full, "source: context://data/penguins.csv", `source: "git+https://example.org/d.git#`+commit+`:p/train.csv"`, 1)
	g := compile(t, plan(t, text))
	var found bool
	for _, dt := range marshal(t, g.Image).Def {
		var op pb.Op
		require.NoError(t, op.UnmarshalVT(dt))
		if s := op.GetSource(); s != nil && strings.HasPrefix(s.Identifier, "git://") {
			found = true
			require.Equal(t, commit, s.Attrs[pb.AttrGitChecksum])
		}
	}
	require.True(t, found)
}

// TestExamplesCompileDeterministically marshals every example of the repository 25
// times.
func TestExamplesCompileDeterministically(t *testing.T) {
	files, err := filepath.Glob("../examples/*/model.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var first []byte
		for range 25 {
			g := compile(t, planIn(t, filepath.Dir(file), string(text)))
			got, err := json.Marshal([]*pb.Definition{marshal(t, g.Image), marshal(t, g.Attest)})
			require.NoError(t, err)
			if first == nil {
				first = got
			}
			require.Equal(t, string(first), string(got), file)
		}
	}
}
