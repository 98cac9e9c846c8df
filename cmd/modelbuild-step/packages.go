package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/sbom/catalog"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// runPackages is the subcommand packages: it lists those of the root that it runs on, once
// for all programs that run on it.
func runPackages(ctx context.Context, args []string) error {
	var out string
	if err := flags("packages", args, map[string]*string{"out": &out}); err != nil {
		return err
	}
	o, err := newOutput(out, 0)
	if err != nil {
		return err
	}
	c, err := scanSelf(ctx, nil)
	if err != nil {
		return err
	}
	return writeEnvironment(o, c)
}

// writeEnvironment is the end of a step that lists packages.
func writeEnvironment(o *output, c *catalog.Catalog) error {
	data, err := train.Marshal(environment(c))
	if err != nil {
		return err
	}
	if err := o.write(train.EnvironmentFile, data); err != nil {
		return err
	}
	return o.close()
}

// packagesOf lists the packages that a program can use: those of the root, as another step
// listed them, where the job says so, and those in its sources.
func packagesOf(ctx context.Context, j job.Inputs) (train.Environment, error) {
	if j.Environment == "" {
		c, err := scanSelf(ctx, j.Data)
		if err != nil {
			return train.Environment{}, err
		}
		return environment(c), nil
	}
	data, err := os.ReadFile(j.Environment)
	if err != nil {
		return train.Environment{}, fmt.Errorf("read listed packages: %w", err)
	}
	e, err := train.ReadEnvironment(data)
	if err != nil {
		return train.Environment{}, err
	}
	var folders []string
	for _, s := range j.Sources {
		folders = append(folders, below(s.Path))
	}
	root, err := os.OpenRoot("/")
	if err != nil {
		return train.Environment{}, err
	}
	defer root.Close()
	c, err := catalog.Folders(ctx, root.FS(), folders...)
	if err != nil {
		return train.Environment{}, err
	}
	return joined(e, environment(c)), nil
}

// scanSelf lists the packages of the filesystem that this step runs on. What was only
// mounted for the step, and data, is no part of the environment; the program's sources
// are.
func scanSelf(ctx context.Context, data []job.Dataset) (*catalog.Catalog, error) {
	skip := []string{"modelbuild-step", "in", "out", "run/secrets"}
	for _, d := range data {
		skip = append(skip, below(d.Path))
	}
	root, err := os.OpenRoot("/")
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return catalog.Scan(ctx, root.FS(), skip...)
}

// below is a path as an [fs.FS] of the root has it.
func below(name string) string { return strings.TrimPrefix(path.Clean(name), "/") }

// environment lists packages by their addresses, each once.
func environment(c *catalog.Catalog) train.Environment {
	out := train.Environment{System: c.System.Name, Packages: []train.Package{}, Omissions: c.Omissions}
	for _, p := range c.Packages {
		out.Packages = append(out.Packages, train.Package{Name: p.FullName(), Version: p.Version, PURL: p.PURL(c.System), License: p.License})
	}
	return sorted(out)
}

// joined is an environment with what others have beside it.
func joined(e, more train.Environment) train.Environment {
	e.Packages = append(e.Packages, more.Packages...)
	e.Omissions = append(e.Omissions, more.Omissions...)
	slices.Sort(e.Omissions)
	return sorted(e)
}

func sorted(e train.Environment) train.Environment {
	slices.SortStableFunc(e.Packages, func(a, b train.Package) int { return strings.Compare(a.PURL, b.PURL) })
	e.Packages = slices.CompactFunc(e.Packages, func(a, b train.Package) bool { return a.PURL == b.PURL })
	return e
}
