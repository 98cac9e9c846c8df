package llb_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/pb"
	"github.com/stretchr/testify/require"
)

var (
	builtinPair = `name: pair
targets:
  pair:
    data: {train: {source: "%s"}, test: {source: "%s"}}
    features: {target: y}
    split: {kind: fixed}
    train: {algorithm: logistic}
` + firstOfPair
	execPair = `name: pair
targets:
  pair:
    data: {train: {source: "%s"}, test: {source: "%s"}}
    train: {engine: exec, base: "image://example.org/python@` + digestB + `", run: [train], outputs: {model: /out/m}}
` + firstOfPair
	firstOfPair = `  first:
    data: {train: {source: context://first.csv}}
    features: {target: y}
    split: {kfold: 3}
    train: {algorithm: logistic}
`
)

// TestMountedOnce: no step mounts a state twice, whatever its inputs have in common, and
// what shares nothing is not copied.
func TestMountedOnce(t *testing.T) {
	git := "git+https://example.org/d.git#" + strings.Repeat("a", 40)
	for name, c := range map[string]struct {
		train, test string
		copies      int
	}{
		"context":         {"context://a.csv", "context://b.csv", 1},
		"two contexts":    {"context://a.csv", "image://example.org/d@" + digestA + "#b.csv", 0},
		"one commit":      {git + ":a.csv", git + ":b.csv", 1},
		"two commits":     {git + ":a.csv", strings.Replace(git, "aaaa", "bbbb", 1) + ":a.csv", 0},
		"one image":       {"image://example.org/d@" + digestA + "#a.csv", "image://example.org/d@" + digestA + "#b.csv", 1},
		"tables":          {"target://first/predictions.csv", "target://first/out_of_fold.csv", 0},
		"one table twice": {"target://first/predictions.csv", "target://first/predictions.csv", 1},
	} {
		for _, text := range []string{builtinPair, execPair} {
			t.Run(name, func(t *testing.T) {
				copies := 0
				for _, dt := range marshal(t, compile(t, plan(t, fmt.Sprintf(text, c.train, c.test))).Image).Def {
					var op pb.Op
					require.NoError(t, op.UnmarshalVT(dt))
					if f := op.GetFile(); f != nil && f.Actions[0].GetCopy().GetDest() == "/tree" {
						copies++
					}
					mounted := map[int64]bool{}
					for _, m := range op.GetExec().GetMounts() {
						require.False(t, m.Input >= 0 && mounted[m.Input], m.Dest)
						mounted[m.Input] = true
					}
				}
				require.Equal(t, c.copies, copies)
			})
		}
	}
}
