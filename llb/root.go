package llb

import (
	"path"
	"slices"

	bkllb "github.com/moby/buildkit/client/llb"
)

// root is the filesystem that a step runs on: its job, and the points where its
// inputs are mounted. A read-only root needs these made beforehand, and BuildKit
// mounts /etc/hosts and /etc/resolv.conf even where there is no network. One op
// makes all of it: each op and each mount costs time in a build that changes
// nothing.
func (c *compiler) root(ph phase, job []byte, mounts []mount) bkllb.State {
	at := bkllb.WithCreatedTime(scaffold())
	made := bkllb.Mkdir("/dev", 0o755, at)
	for _, d := range []string{"/etc", "/in", "/in/data", OutDir, "/proc", "/sys", "/tmp"} {
		made = made.Mkdir(d, 0o755, at)
	}
	for _, f := range []string{"/etc/hosts", "/etc/resolv.conf", stepBinary} {
		made = made.Mkfile(f, 0o644, nil, at)
	}
	made = made.Mkfile(jobFile, 0o644, job, at)
	made = c.parents(made, mounts)
	for _, m := range mounts {
		if m.path == "" {
			made = made.Mkdir(path.Clean(m.dest), 0o755, at)
		} else {
			made = made.Mkfile(path.Clean(m.dest), 0o644, nil, at)
		}
	}
	return bkllb.Scratch().File(made, c.constraints(ph.stanzas, "["+ph.name+"] write job")...)
}

// parents makes the folders of mounts that not every step has.
func (c *compiler) parents(made *bkllb.FileAction, mounts []mount) *bkllb.FileAction {
	for _, dir := range []string{programsDir, targetsDir, trialsDir} {
		if slices.ContainsFunc(mounts, func(m mount) bool { return path.Dir(m.dest) == dir }) {
			made = made.Mkdir(dir, 0o755, bkllb.WithCreatedTime(scaffold()))
		}
	}
	return made
}
