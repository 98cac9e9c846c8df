package llb_test

import (
	"path"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"
)

// TestStepsNameTheirData: the provenance is told of each step exactly the datasets that are mounted into it.
func TestStepsNameTheirData(t *testing.T) {
	plainly := strings.Replace(full, "  slices: [island]\n", "", 1)
	for name, c := range map[string]struct {
		text     string
		evaluate []string
		model    bool
	}{
		"slices":     {full, []string{"train"}, false},
		"no slices":  {plainly, nil, false},
		"importance": {strings.Replace(full, "slices: [island]", "importance: {}", 1), []string{"train"}, true},
		"dependence": {strings.Replace(full, "slices: [island]", "partial_dependence: [island]", 1), []string{"train"}, true},
		"program":    {program, nil, false},
		"parts":      {program + "checkpoint: {every: 10, epochs: 25, keep: 1}\n", nil, false},
		"onnx":       {scoredHere, []string{"prices"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := plan(t, c.text)
			mounted := mountedData(t, marshal(t, compile(t, p).Image))
			for _, s := range p.Package.Steps {
				require.ElementsMatch(t, mounted[s.Name], s.Data, s.Name)
				if s.Name == "evaluate" {
					require.Equal(t, c.evaluate, s.Data)
					require.Equal(t, c.model, s.Model)
				}
			}
		})
	}
}

// mountedData are the names of the datasets that each step has.
func mountedData(t *testing.T, def *pb.Definition) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, dt := range def.Def {
		var op pb.Op
		require.NoError(t, op.UnmarshalVT(dt))
		name := vertex(&op, def.Metadata[digest.FromBytes(dt).String()].GetDescription()["llb.customname"])
		if name == "train-3" { // the last part is the step train
			name = "train"
		}
		for _, m := range op.GetExec().GetMounts() {
			if dataset, ok := strings.CutPrefix(m.Dest, "/in/data/"); ok {
				out[name] = append(out[name], strings.TrimSuffix(dataset, path.Ext(dataset)))
			}
		}
	}
	return out
}
