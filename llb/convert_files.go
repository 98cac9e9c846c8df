package llb

import (
	"fmt"

	bkllb "github.com/moby/buildkit/client/llb"
)

// Places in the package step of what it describes besides the model.
const (
	filesDir   = "/in/files"
	targetsDir = "/in/targets"
)

// filesMode is the mode of files that the spec adds: the client's own is an accident
// of where the file was checked out. Folders and programs stay executable.
const filesMode = "u=rwX,go=rX"

// files are the files and folders that the spec adds to the image, each at its path;
// nil where there are none.
func (c *compiler) files() *bkllb.State {
	if len(c.plan.Files) == 0 {
		return nil
	}
	info := &bkllb.CopyInfo{
		Mode:                &bkllb.ChmodOpt{ModeStr: filesMode},
		ChownOpt:            &bkllb.ChownOpt{User: &bkllb.UserOpt{UID: 0}, Group: &bkllb.UserOpt{UID: 0}},
		FollowSymlinks:      true,
		CopyDirContentsOnly: true,
		CreateDestPath:      true,
		CreatedTime:         c.epoch(),
	}
	var action *bkllb.FileAction
	for _, f := range c.plan.Files {
		st, from := c.open(input{Source: f.Source, at: f.Key, shown: "[image] " + f.Path + ": " + f.Text})
		if action == nil {
			action = bkllb.Copy(st, from, f.Path, info)
			continue
		}
		action = action.Copy(st, from, f.Path, info)
	}
	out := bkllb.Scratch().File(action, c.constraints([]string{"image.files", "vex"}, fmt.Sprintf("[image] collect %d file(s) of the spec", len(c.plan.Files)))...)
	return &out
}

// described are the inputs of the package step besides the trained model: the files
// of the spec, to be hashed, and what the targets that it needs say of themselves.
func (c *compiler) described(files *bkllb.State) []mount {
	var out []mount
	if files != nil {
		out = append(out, mount{filesDir, *files, ""})
	}
	for i, p := range c.plan.Stages {
		out = append(out, mount{statementPath(i), c.done[p].packaged, "/model/" + packagedFiles[0]})
	}
	return out
}

// statementPath is where the package step finds the statement about a target.
func statementPath(i int) string { return fmt.Sprintf("%s/%d.json", targetsDir, i) }
