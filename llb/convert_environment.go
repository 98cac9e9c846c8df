package llb

import (
	"fmt"
	"path"

	"github.com/containerd/platforms"
	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/modelbuild/modelbuild/internal/environ/envjob"
	"github.com/opencontainers/go-digest"
)

// The steps of an environment.
var (
	phaseDebian = phase{"environment", nil, []string{"train.packages.debian"}}
	phasePython = phase{"environment", nil, []string{"train.packages.python"}}
)

// environment is the root filesystem that a program is trained in. Each group of packages is one step on what the group
// before it made, so that a changed package runs its own group again and those after it.
func (c *compiler) environment(e *Environment) bkllb.State {
	if e.Image != "" {
		of := c.constraints([]string{"train.base"}, "[environment] "+e.Image)
		if p, err := platforms.Parse(e.Platform); err == nil {
			of = append(of, bkllb.Platform(platforms.Normalize(p)))
		}
		return bkllb.Image(e.Image, options[bkllb.ImageOption](of)...)
	}
	root := bkllb.Scratch()
	for _, g := range e.Groups {
		root = c.debianGroup(root, e, g)
	}
	if len(e.Python) > 0 {
		root = c.pythonGroup(root, e)
	}
	return root
}

// debianGroup installs Debian packages.
func (c *compiler) debianGroup(root bkllb.State, e *Environment, g PackageGroup) bkllb.State {
	j := envjob.Job{Version: envjob.Version, Group: g.Group, Platform: e.Platform}
	files := make([]fetched, len(g.Packages))
	size := int64(0)
	for i, p := range g.Packages {
		q := envjob.Package{Name: p.Name, Version: p.Version}
		j.Packages = append(j.Packages, q)
		files[i] = fetched{q.Path(), p.URL, p.SHA256, "[environment] " + p.Name + " " + p.Version}
		size += p.Size
	}
	name := fmt.Sprintf("[environment] %s: %d package(s) of %s%s, %s", g.Group, len(files), e.Suite, forPlatform(e), megabytes(size))
	return c.install(root, layer{phaseDebian, name, j, files})
}

// pythonGroup installs files of an index with the environment's own pip.
func (c *compiler) pythonGroup(root bkllb.State, e *Environment) bkllb.State {
	files := make([]fetched, len(e.Python))
	for i, p := range e.Python {
		files[i] = fetched{path.Join(envjob.PythonDir, p.Filename), p.URL, p.SHA256, "[environment] " + p.Filename}
	}
	j := envjob.Job{Version: envjob.Version, Group: envjob.Python, Requirements: e.Requirements, Platform: e.Platform}
	return c.install(root, layer{phasePython, fmt.Sprintf("[environment] python: %d file(s)%s", len(files), forPlatform(e)), j, files})
}

// forPlatform tells the environments of several platforms apart.
func forPlatform(e *Environment) string {
	if e.Platform == "" {
		return ""
	}
	return " for " + e.Platform
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// fetched is a file that a step reads: where it is mounted and where it comes from.
type fetched struct {
	dest, url string
	sha256    digest.Digest
	name      string // shown in the progress
}

// layer is one step of an environment: what it is told, and the files that it installs.
type layer struct {
	phase phase
	name  string // shown in the progress
	job   envjob.Job
	files []fetched
}

// install runs the step binary on the root that it changes. What it reads lies below one folder that is mounted, so
// that nothing of it stays in the root; each file is mounted straight from its source, and none is copied.
func (c *compiler) install(root bkllb.State, l layer) bkllb.State {
	ph := l.phase
	at := bkllb.WithCreatedTime(scaffold())
	inside := func(file string) string { return file[len(envjob.Dir):] }
	made := bkllb.Mkfile(inside(envjob.File), 0o644, c.canonical(l.job), at).
		Mkdir(inside(envjob.DebianDir), 0o755, at).Mkdir(inside(envjob.PythonDir), 0o755, at)
	mounts := make([]mount, 1, len(l.files)+1)
	for _, f := range l.files {
		made = made.Mkfile(inside(f.dest), 0o644, nil, at)
		opts := options[bkllb.HTTPOption](c.constraints(ph.stanzas, f.name))
		mounts = append(mounts, mount{f.dest, download(f.url, f.sha256, fetchedFile, opts), "/" + fetchedFile})
	}
	mounts[0] = mount{envjob.Dir, bkllb.Scratch().File(made, c.constraints(ph.stanzas, "[environment] write job")...), ""}
	command := []string{stepBinary, ph.name, "--job", envjob.File, "--out", OutDir}
	run := root.Run(c.isolated(command, mounts, c.layer(ph.stanzas, l.name))...) // of a workbench's image
	c.ran(ph, run.AddMount(OutDir, bkllb.Scratch()), "train.packages")
	return run.Root()
}

// fetchedFile is the name of every file that is fetched: its address has no say in what a step reads.
const fetchedFile = "package"
