package program

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/modelbuild/modelbuild/train/job"
)

// Collected is an output as it was found.
type Collected struct {
	Name  string
	Path  string // below the output folder, with slashes
	Files []File // of a folder each; of a file the one
	Dir   bool
}

// File is a file by digest. Its path is below the tree that it was found in, and
// empty where the tree is the file itself.
type File struct {
	Path   string
	SHA256 string // hex
	Size   int64
}

// Collect takes the outputs of a program: it makes sure that each is there and is
// nothing but files and folders, gives them their modes and the job's time, and
// removes what the program left in dir besides.
func Collect(ctx context.Context, p *job.Program, dir string) ([]Collected, error) {
	c := &collector{ctx: ctx, p: p, dir: dir, time: time.Unix(p.Epoch, 0), left: job.MaxOutput}
	var out []Collected
	var problems job.Problems
	for _, o := range p.Outputs {
		got, err := c.output(o)
		var found job.Problems
		switch {
		case errors.As(err, &found):
			problems = append(problems, found...)
		case err != nil:
			return nil, err
		}
		out = append(out, got)
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return out, c.clean(out)
}

type collector struct {
	ctx  context.Context
	p    *job.Program
	dir  string
	time time.Time
	left int64 // bytes that outputs may still hold
}

func (c *collector) output(o job.Output) (Collected, error) {
	rel := strings.TrimPrefix(filepath.Clean(o.Path), "/out/")
	out := Collected{Name: o.Name, Path: filepath.ToSlash(rel)}
	field := c.p.Field("outputs." + o.Name)
	if o.Name == job.OutputCheckpoint && c.p.Part != nil {
		field = job.OutputCheckpoint
	}
	info, err := c.reach(rel)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return out, problem(job.CodeOutput, field, who(c.p)+" ended without writing "+o.Path, c.found())
	case errors.Is(err, errLink):
		return out, problem(job.CodeOutput, field, o.Path+" is a link, and a link does not hold a model", "write the file itself, or copy it there")
	case err != nil:
		return out, fmt.Errorf("read output %s: %w", o.Name, err)
	}
	out.Dir = info.IsDir()
	if err := c.check(filepath.Join(c.dir, rel), o, field); err != nil {
		return out, err
	}
	out.Files, err = Hash(c.ctx, filepath.Join(c.dir, rel))
	if err == nil && len(out.Files) == 0 {
		return out, problem(job.CodeOutput, field, o.Path+" is a folder without files", "name the file that the program writes")
	}
	return out, err
}

var errLink = errors.New("a link")

// reach looks at an output, whose folders may be links no more than it itself.
func (c *collector) reach(rel string) (info fs.FileInfo, err error) {
	at := c.dir
	for part := range strings.SplitSeq(rel, string(filepath.Separator)) {
		at = filepath.Join(at, part)
		if info, err = os.Lstat(at); err != nil {
			return nil, err
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			return nil, errLink
		}
	}
	return info, nil
}

// check refuses what cannot be in an image, and what is too large.
func (c *collector) check(root string, o job.Output, field string) error {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err := cmp.Or(err, c.ctx.Err()); err != nil {
			return err
		}
		name := filepath.Join(o.Path, strings.TrimPrefix(path, root))
		if d.Type()&fs.ModeType&^fs.ModeDir != 0 {
			return problem(job.CodeOutput, field, fmt.Sprintf("%s is %s, neither a file nor a folder", name, kind(d.Type())), "write a file")
		}
		if d.IsDir() {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if c.left -= info.Size(); c.left < 0 {
			return problem(job.CodeOutput, field, fmt.Sprintf("the outputs hold more than %s, the most that an image takes", Bytes(job.MaxOutput)), "write less, or split the model over several builds")
		}
		return c.normal(path, 0o644)
	})
	return err
}

// normal gives a file its mode and time: those that the program's umask and clock
// gave it say nothing about the model.
func (c *collector) normal(path string, mode fs.FileMode) error {
	return errors.Join(os.Chmod(path, mode), os.Chtimes(path, c.time, c.time))
}

func kind(m fs.FileMode) string {
	switch {
	case m&fs.ModeSymlink != 0:
		return "a link"
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

// found is a hint that lists what the program did write.
func (c *collector) found() string {
	const most = 8
	var names []string
	_ = filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil //nolint:nilerr // this is a hint: what can be read is listed
		}
		if names = append(names, "/out"+strings.TrimPrefix(path, c.dir)); len(names) > most {
			return fs.SkipAll
		}
		return nil
	})
	switch {
	case len(names) == 0:
		return "it wrote nothing below /out; that path is also in MODELBUILD_OUT"
	case len(names) > most:
		names[most] = "…"
	}
	return "it wrote " + strings.Join(names, ", ")
}

// clean removes everything that is no output, and finishes the folders that stay.
func (c *collector) clean(keep []Collected) error {
	return c.cleanDir("", keep)
}

func (c *collector) cleanDir(rel string, keep []Collected) error {
	at := filepath.Join(c.dir, rel)
	entries, err := os.ReadDir(at)
	if err != nil {
		return fmt.Errorf("read output folder: %w", err)
	}
	for _, e := range entries {
		name := filepath.ToSlash(filepath.Join(rel, e.Name()))
		within := slices.ContainsFunc(keep, func(o Collected) bool { return name == o.Path || strings.HasPrefix(name, o.Path+"/") })
		holds := slices.ContainsFunc(keep, func(o Collected) bool { return strings.HasPrefix(o.Path, name+"/") })
		switch {
		case !within && !holds:
			err = os.RemoveAll(filepath.Join(at, e.Name()))
		case e.IsDir():
			err = c.cleanDir(name, keep)
		}
		if err != nil {
			return fmt.Errorf("clean output folder: %w", err)
		}
	}
	return c.normal(at, 0o755)
}
