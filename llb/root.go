package llb

import (
	"path"

	bkllb "github.com/moby/buildkit/client/llb"
)

// root is the filesystem that every step runs on: nothing but the points where
// its inputs are mounted. A read-only root needs them made beforehand, and BuildKit
// mounts /etc/hosts and /etc/resolv.conf even where there is no network.
func (c *compiler) root() bkllb.State {
	dirs := []string{"/dev", "/etc", "/in", "/in/data", trainDir, evaluateDir, OutDir, "/proc", "/sys", "/tmp"}
	files := []string{"/etc/hosts", "/etc/resolv.conf", jobFile, stepBinary}
	for _, d := range c.plan.Train.Data {
		files = append(files, d.Path)
	}
	made := bkllb.Mkdir(dirs[0], 0o755, bkllb.WithCreatedTime(scaffold()))
	for _, d := range dirs[1:] {
		made = made.Mkdir(d, 0o755, bkllb.WithCreatedTime(scaffold()))
	}
	for _, f := range files {
		made = made.Mkfile(path.Clean(f), 0o644, nil, bkllb.WithCreatedTime(scaffold()))
	}
	return bkllb.Scratch().File(made, c.constraints([]string{"train"}, "[root] mount points")...)
}
