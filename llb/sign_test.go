package llb_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"
)

var signed = everyLeaf + "sign: {key: model_key, password: key_password, fingerprint: " + digestB + "}\n"

// The package step reads the text of the spec, so that whatever changes it reaches that step too.
var signChanges = []change{
	{"sign.key", "key: model_key", "key: other_key", "package sign image"},
	{"sign.password", "password: key_password", "password: other_password", "package sign image"},
	{"sign.fingerprint", "fingerprint: " + digestB, "fingerprint: " + digest.FromString("c").String(), "package sign image"},
	{"description", "description: Species", "description: Kinds", "package sign image config"},
	{"train.seed", "seed: 42", "seed: 43", "train evaluate package sign model-layer image"},
}

// TestProjectionOfSignatures: a key reaches the signature, and no training.
func TestProjectionOfSignatures(t *testing.T) {
	before := vertices(t, signed)
	for _, c := range signChanges {
		t.Run(c.leaf, func(t *testing.T) {
			require.Equal(t, 1, strings.Count(signed, c.old), c.old)
			require.Equal(t, fields(c.reaches), reached(before, vertices(t, strings.Replace(signed, c.old, c.new, 1))))
		})
	}
	plain := vertices(t, everyLeaf)
	require.NotContains(t, plain, "sign")
	for _, step := range []string{"train", "evaluate", "model-layer", "files"} {
		require.Equal(t, plain[step], before[step], "%s depends on a signature", step)
	}
}

// TestKeyReachesOneStep looks for the secrets in every operation.
func TestKeyReachesOneStep(t *testing.T) {
	p := plan(t, signed)
	graph := compile(t, p)
	with := 0
	for _, def := range []*pb.Definition{marshal(t, graph.Image), marshal(t, graph.Attest)} {
		for _, dt := range def.Def {
			var op pb.Op
			require.NoError(t, op.UnmarshalVT(dt))
			exec := op.GetExec()
			if exec == nil {
				continue
			}
			var secrets []string
			for _, m := range exec.Mounts {
				if m.MountType == pb.MountType_SECRET {
					secrets = append(secrets, m.SecretOpt.ID)
					require.False(t, m.SecretOpt.Optional)
				}
			}
			if len(secrets) == 0 {
				continue
			}
			with++
			slices.Sort(secrets)
			require.Equal(t, []string{"key_password", "model_key"}, secrets)
			require.Equal(t, "sign", exec.Meta.Args[1])
			require.Equal(t, pb.NetMode_NONE, exec.Network)
		}
	}
	require.Equal(t, 1, with, "what is attested does not need the key")
}
