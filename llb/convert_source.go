package llb

import (
	"cmp"
	"path"
	"strings"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/opencontainers/go-digest"
)

// input is a source that the spec names.
type input struct {
	spec.Source
	at    string // in the spec, as in data.train
	shown string // in the progress
	dest  string // where a step has it mounted; empty where it is copied into the image
	base  bool   // it is the folder of a base model
	raw   bool   // it may be a folder of a great many files
}

// httpFile is the name a downloaded file is given; the address has no say in it.
const httpFile = "data"

// sshAgent is the name of the agent that a client forwards with --ssh default.
const sshAgent = "default"

// open is the state that holds a source, and the path of the file or folder in it.
func (c *compiler) open(in input) (bkllb.State, string) {
	opts := c.constraints([]string{in.at}, in.shown)
	switch in.Kind {
	case spec.SourceHTTP:
		http := options[bkllb.HTTPOption](opts)
		if in.Secret != "" {
			http = append(http, bkllb.AuthHeaderSecret(in.Secret))
		}
		return download(in.URL, in.Digest, httpFile, http), "/" + httpFile
	case spec.SourceGit:
		git := append(options[bkllb.GitOption](opts), bkllb.GitRef(in.Commit), bkllb.GitChecksum(in.Commit))
		if in.Secret != "" {
			git = append(git, bkllb.AuthHeaderSecret(in.Secret))
		}
		if in.Host != "" { // without keys BuildKit would ask the host for them here
			git = append(git, bkllb.KnownSSHHosts(cmp.Or(in.Known, "\n")), bkllb.MountSSHSock(sshAgent))
		}
		return bkllb.Git(in.URL, "", git...), path.Join("/", in.Path)
	case spec.SourceTarget:
		if in.base {
			return c.baseModel(in.Name, opts)
		}
		b := c.target(in.Name)
		if spec.Table(in.Path) { // once that target has met its gates
			met := bkllb.Copy(b.evaluate, "/"+metricsFile, "/gates")
			return bkllb.Scratch().File(met.Copy(b.train, "/"+in.Path, "/data"), opts...), "/data"
		}
		return b.own, path.Join(ModelDir, in.Path)
	case spec.SourceImage:
		if in.base {
			opts = append(opts, c.modelPlatform()...)
		}
		return bkllb.Image(in.URL+"@"+in.Image.String(), options[bkllb.ImageOption](opts)...), path.Join("/", in.Path)
	case spec.SourceBlob:
		return bkllb.ImageBlob(in.URL+"@"+in.Digest.String(), blobOptions(opts)...), "/" + httpFile
	case spec.SourceLayoutBlob:
		layout := c.in.Layouts[in.Name]
		blob := append(blobOptions(opts), bkllb.ImageBlobOCIStore(layout.SessionID, layout.StoreID))
		return bkllb.OCILayoutBlob(in.Name+"@"+in.Digest.String(), blob...), "/" + httpFile
	}
	return c.in.Contexts[in.Name], path.Join("/", in.Path)
}

// from is the place that an input comes from: what open makes one state of.
func (i input) from() string {
	part := ""
	switch {
	case i.Checked():
		part = i.Digest.String()
	case i.Kind == spec.SourceTarget && spec.Table(i.Path):
		part = i.Path
	case i.base && i.Kind == spec.SourceTarget:
		part = "base"
	}
	return strings.Join([]string{string(i.Kind), i.Name, i.URL, i.Commit, i.Image.String(), i.Secret, part}, " ")
}

// mounted mounts every input straight from its source. Of what comes from one place, a
// build context, a commit or an image, only one is, and the others are copied out:
// BuildKit loses the output of a failed step that mounts one state twice, and with it
// what the step has to say. That one is the first raw dataset, else the first input.
func (c *compiler) mounted(inputs []input) []mount {
	direct := map[string]string{} // by place
	for _, raw := range []bool{true, false} {
		for _, in := range inputs {
			if _, taken := direct[in.from()]; in.raw == raw && !taken {
				direct[in.from()] = in.dest
			}
		}
	}
	out := make([]mount, len(inputs))
	for i, in := range inputs {
		st, file := c.open(in)
		if direct[in.from()] != in.dest {
			copied := bkllb.Copy(st, file, "/tree", &bkllb.CopyInfo{CopyDirContentsOnly: true, FollowSymlinks: true})
			st, file = bkllb.Scratch().File(copied, c.constraints([]string{in.at}, in.shown)...), "/tree"
		}
		out[i] = mount{in.dest, st, file}
	}
	return out
}

// target is what another target makes.
func (c *compiler) target(name string) built {
	for _, p := range c.plan.Stages {
		if p.Stage == name {
			return c.done[p]
		}
	}
	panic("llb: target " + name + " is not planned") // NewPlan plans every target that is named
}

// download is a file of a web server. Its name is ours: the address has no say in what
// a step reads.
func download(url string, sum digest.Digest, file string, opts []bkllb.HTTPOption) bkllb.State {
	return bkllb.HTTP(url, append(opts, bkllb.Checksum(sum), bkllb.Filename(file), bkllb.Chmod(0o644))...)
}

// blobOptions give a blob the name and mode of a download.
func blobOptions(constraints []bkllb.ConstraintsOpt) []bkllb.ImageBlobOption {
	return append(options[bkllb.ImageBlobOption](constraints), bkllb.Filename(httpFile), bkllb.Chmod(0o644))
}

// options are constraints as the options of a kind of op.
func options[T any](constraints []bkllb.ConstraintsOpt) []T {
	out := make([]T, 0, len(constraints)+4)
	for _, o := range constraints {
		out = append(out, any(o).(T))
	}
	return out
}
