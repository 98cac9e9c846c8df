package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/internal/overlay"
	"github.com/modelbuild/modelbuild/sbom/catalog"
	"github.com/modelbuild/modelbuild/train/job"
)

// foldersDir is where the step overlay leaves the folders that the files of the image share
// with its base, with their modes and owners.
const foldersDir = "folders"

// runBase is the subcommand base: it lists the packages of the image that the model's is
// built on, and makes sure that there is nothing where the model goes.
func runBase(ctx context.Context, args []string) error {
	return onBase("base", args, func(j *job.ImageBase, below *os.Root, o *output) error {
		if err := vacant(below, j.ModelDir); err != nil {
			return err
		}
		c, err := catalog.Scan(ctx, below.FS())
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return job.Problems{{Code: job.CodeImageBase, Field: job.ImageBaseField,
				Message: fmt.Sprintf("%s: the packages of the image cannot be listed: %s", job.ImageBaseField, err), Hint: "its list of packages is damaged: choose another image"}}
		}
		return writeEnvironment(o, c)
	})
}

// runOverlay is the subcommand overlay: it makes sure that files can be put on an image, and
// tells the modes and owners of the folders that they share.
func runOverlay(_ context.Context, args []string) error {
	return onBase("overlay", args, func(j *job.ImageBase, below *os.Root, o *output) error {
		folders, obstacles, err := overlay.Fit(below, j.Files, strings.TrimPrefix(j.ModelDir, "/"))
		if err != nil {
			return err
		}
		if err := inTheWay(obstacles, j.Fields).Err(); err != nil {
			return err
		}
		if err := o.mkdir(foldersDir); err != nil {
			return err
		}
		// Not closed: these folders keep their modes.
		return overlay.Make(filepath.Join(o.dir, foldersDir), folders)
	})
}

// onBase runs a subcommand with its job and the root of the image.
func onBase(name string, args []string, run func(*job.ImageBase, *os.Root, *output) error) error {
	var jobPath, out string
	if err := flags(name, args, map[string]*string{"job": &jobPath, "out": &out}); err != nil {
		return err
	}
	j, err := readJob(jobPath, job.ReadImageBase)
	if err != nil {
		return err
	}
	below, err := os.OpenRoot(j.Root)
	if err != nil {
		return err
	}
	defer below.Close()
	o, err := newOutput(out, 0)
	if err != nil {
		return err
	}
	return o.problems(run(&j, below, o))
}

// vacant makes sure that the image below has nothing where the model goes: files of another
// model would be taken for this one's, and a link would lead it elsewhere.
func vacant(below *os.Root, dir string) error {
	o, err := overlay.Vacant(below, strings.TrimPrefix(dir, "/"))
	if o == nil || err != nil {
		return err
	}
	return job.Problems{{Code: job.CodeImageBase, Field: job.ImageBaseField,
		Message: fmt.Sprintf("%s: %s, where the model goes, is %s in the base", job.ImageBaseField, o.Path, o.Is),
		Hint:    "build on an image without it; the files of another model can be added by image.files, as in /models/first: image://REF@sha256:…#model"}}
}

// inTheWay are the problems of obstacles, at the files that meet them.
func inTheWay(obstacles []overlay.Obstacle, fields map[string]string) job.Problems {
	var out job.Problems
	for _, o := range obstacles {
		file, field := meeting(o.Path, fields)
		p := job.Problem{Code: job.CodeImageBase, Field: field,
			Message: fmt.Sprintf("%s: %s is %s in the base", field, o.Path, o.Is), Hint: "choose another path"}
		if rest, below := strings.CutPrefix(file, o.Path+"/"); o.Link != "" && below {
			p.Message += ", and nothing is written through links"
			p.Hint = "name the place itself, as in " + path.Join(o.Link, rest)
		}
		out = append(out, p)
	}
	return out
}

// meeting is the file of the spec that meets a path: the first one below it, or the folder
// that it is in.
func meeting(at string, fields map[string]string) (file, field string) {
	for _, f := range slices.Sorted(maps.Keys(fields)) {
		if f == at || strings.HasPrefix(f, at+"/") || strings.HasPrefix(at, strings.TrimSuffix(f, "/")+"/") {
			return f, fields[f]
		}
	}
	return "", job.ImageBaseField
}
