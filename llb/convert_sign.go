package llb

import (
	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

// Places of the step that signs. The secrets are on a tmpfs, and neither in a layer nor in the cache.
const (
	statementFile = "/in/statement.json"
	keyFile       = "/in/key"
	passwordFile  = "/in/password"
	signatureFile = "model.sig.json"
)

var phaseSign = phase{"sign", nil, []string{"sign"}}

// signs reports whether the spec has its model signed.
func (p *Plan) signs() bool { return p.Model.Sign.Set }

// signJob has the fingerprint, so that the step's cache key has it: BuildKit keeps secrets out of that, and would give what an
// old key signed for a new one.
func signJob(s spec.Sign, epoch int64) packagejob.Sign {
	j := packagejob.Sign{
		Version: packagejob.SignVersion, Fingerprint: s.Fingerprint.V, Statement: statementFile, Key: keyFile,
		File: signatureFile, Epoch: epoch,
	}
	if s.Password.Set {
		j.Password = passwordFile
	}
	return j
}

// sign signs the statement that the package step wrote, in a step of its own: the key reaches nothing else, and
// another key packages nothing again but for the text of the spec.
func (c *compiler) sign(packaged bkllb.State) bkllb.State {
	s := c.plan.Model.Sign
	mounts := []mount{{statementFile, packaged, "/model/" + packagedFiles[0]}}
	points := []mount{mounts[0], {dest: keyFile, path: "/"}}
	opts := append(c.isolated(phaseSign.command(), mounts, c.constraints(phaseSign.stanzas, signName)),
		bkllb.AddSecret(keyFile, bkllb.SecretID(s.Key.V)))
	if s.Password.Set {
		points = append(points, mount{dest: passwordFile, path: "/"})
		opts = append(opts, bkllb.AddSecret(passwordFile, bkllb.SecretID(s.Password.V)))
	}
	root := c.root(phaseSign, c.canonical(signJob(s, c.plan.Epoch.Unix())), points)
	out := root.Run(append(opts, bkllb.ReadonlyRootFS())...).AddMount(OutDir, bkllb.Scratch())
	c.ran(phaseSign, out, "")
	return out
}

const signName = "[sign] provenance of the model"
