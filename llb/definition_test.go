package llb_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/llbsolver/provenance/types"
	"github.com/moby/buildkit/solver/pb"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"
)

// packaged compiles a plan and gives the job of its package step as it is in the LLB.
func packaged(t *testing.T, p *llb.Plan, step, context bkllb.State, on ocispecs.Platform) packagejob.Job {
	t.Helper()
	g, err := p.Compile(t.Context(), llb.Inputs{Step: step, Contexts: map[string]bkllb.State{"": context}, Platform: on})
	require.NoError(t, err)
	for _, dt := range marshal(t, g.Attest).Def {
		var op pb.Op
		require.NoError(t, op.UnmarshalVT(dt))
		for _, a := range op.GetFile().GetActions() {
			var j packagejob.Job
			if m := a.GetMkfile(); m != nil && json.Unmarshal(m.Data, &j) == nil && j.Model.Name != "" {
				return j
			}
		}
	}
	require.FailNow(t, "there is no package job")
	return packagejob.Job{}
}

// TestDefinition: the LLB in the package job is the same in every session, on every
// platform and wherever the frontend image came from, and is BuildKit's own JSON.
func TestDefinition(t *testing.T) {
	p := plan(t, full)
	frontend := p.Package.Frontend
	first := packaged(t, p, bkllb.Image(frontend.Ref+"@"+frontend.Digest),
		bkllb.Local("context", bkllb.SessionID("one"), bkllb.SharedKeyHint("a"), bkllb.FollowPaths([]string{"p.csv"})), linux)
	second := packaged(t, plan(t, full), bkllb.OCILayout("elsewhere@"+frontend.Digest, bkllb.OCIStore("two", "store")),
		bkllb.Local("context", bkllb.SessionID("two"), bkllb.FollowPaths([]string{"p.csv"})), ocispecs.Platform{OS: "linux", Architecture: "arm64"})
	require.Equal(t, first.Definition, second.Definition)

	data, err := json.Marshal(map[string]any{"llbDefinition": first.Definition})
	require.NoError(t, err)
	require.NotContains(t, string(data), "session")
	var c types.BuildConfig
	require.NoError(t, json.Unmarshal(data, &c))
	execs, seen := 0, map[string]bool{}
	for _, s := range c.Definition {
		for _, in := range s.Inputs {
			id, _, _ := strings.Cut(in, ":")
			require.True(t, seen[id], "%s reads %s, which is not before it", s.ID, id)
		}
		seen[s.ID] = true
		if s.Op.GetExec() != nil {
			execs++
		}
		for _, a := range s.Op.GetFile().GetActions() {
			if m := a.GetMkfile(); m != nil && len(m.Data) > 0 {
				require.Regexp(t, "^sha256:[0-9a-f]{64}$", string(m.Data))
			}
		}
	}
	require.Equal(t, 2, execs, "train and evaluate")
	require.Contains(t, string(data), `"identifier":"docker-image://`+frontend.Ref+"@"+frontend.Digest+`"`)
}

// TestDefinitionKeepsNoQuery: an address loses what may be a token, and a build in mode
// min has no definition.
func TestDefinitionKeepsNoQuery(t *testing.T) {
	text := strings.Replace(full, "context://data/penguins.csv",
		"'https://data.example/p.csv?token=hunter2', digest: 'sha256:"+strings.Repeat("a", 64)+"'", 1)
	p := plan(t, text)
	step := bkllb.Image("org/modelbuild:1")
	data, err := json.Marshal(packaged(t, p, step, bkllb.Scratch(), linux).Definition)
	require.NoError(t, err)
	require.Contains(t, string(data), "https://data.example/p.csv?redacted")
	require.NotContains(t, string(data), "hunter2")
	p.Package.Mode = packagejob.ModeMin
	p.Package.Spec.Source = nil
	require.Empty(t, packaged(t, p, step, bkllb.Scratch(), linux).Definition)
}

// TestTexts: what a spec includes is published beside it.
func TestTexts(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "common.yaml"), []byte("license: MIT\n"), 0o600))
	p := planIn(t, dir, strings.Replace(full, "license: CC0-1.0\ndata", "include: [common.yaml]\ndata", 1))
	require.Equal(t, []packagejob.Text{{Filename: "common.yaml", Language: "YAML", Data: []byte("license: MIT\n")}}, p.Package.Spec.Texts)
}
