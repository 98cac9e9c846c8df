package catalog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Limits of a scan. What is beyond them is named in the omissions.
const (
	maxFiles     = 4_000_000
	maxDepth     = 128
	maxOmissions = 100
	maxRead      = 8 << 30 // bytes read or unpacked of files of packages, in all
)

// unread are databases that are not read.
var unread = [...]string{
	"var/lib/rpm/rpmdb.sqlite", "var/lib/rpm/Packages.db", "var/lib/rpm/Packages",
	"usr/lib/sysimage/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/Packages.db", "usr/lib/sysimage/rpm/Packages",
}

// Scan lists the packages below root: those in databases, and what every file tells
// of packages of languages: Python wherever it is, Go and Rust programs, Java archives,
// and what npm, R and conda installed. A file that cannot be read is an omission; a
// package database that cannot be read is an error. Files and folders in skip, by their
// paths in root, are not looked at.
func Scan(ctx context.Context, root fs.FS, skip ...string) (*Catalog, error) {
	c, err := databases(root)
	if err != nil {
		return nil, err
	}
	s := newScanner(ctx, root, c)
	s.skip = skip
	for _, name := range unread {
		if _, err := fs.Lstat(root, name); err == nil {
			s.omit(name, errors.New("databases of RPM are not read"))
		}
	}
	return s.walk(".")
}

// Folders lists what the files below folders of root tell of packages of languages, as
// [Scan] does. No package database is read.
func Folders(ctx context.Context, root fs.FS, folders ...string) (*Catalog, error) {
	return newScanner(ctx, root, &Catalog{}).walk(folders...)
}

// scanner is one walk over a root.
type scanner struct {
	ctx        context.Context
	root       fs.FS
	out        *Catalog
	skip       []string
	in         *input
	files      int
	hidden     int // omissions beyond those that are listed
	repository repository
}

func newScanner(ctx context.Context, root fs.FS, out *Catalog) *scanner {
	return &scanner{ctx: ctx, root: root, out: out, repository: repository{}, in: &input{root: root, left: maxRead}}
}

// walk adds what lies below folders.
func (s *scanner) walk(folders ...string) (*Catalog, error) {
	for _, name := range folders {
		if err := fs.WalkDir(s.root, name, s.visit); err != nil && !errors.Is(err, fs.SkipAll) {
			return nil, fmt.Errorf("list packages: %w", err)
		}
	}
	c := s.out
	s.repository.name(c.Packages)
	if len(c.Packages) > maxPackages {
		return nil, fmt.Errorf("list packages: more than %d", maxPackages)
	}
	slices.SortFunc(c.Packages, compare)
	c.Packages = slices.Compact(c.Packages)
	slices.Sort(c.Omissions)
	return c, nil
}

func (s *scanner) omit(name string, err error) {
	if len(s.out.Omissions) < maxOmissions {
		s.out.Omissions = append(s.out.Omissions, fmt.Sprintf("%q: %v", name, err))
		return
	}
	s.hidden++
	s.out.Omissions[maxOmissions-1] = fmt.Sprintf("~ and %d more", s.hidden+1)
}

func (s *scanner) visit(name string, d fs.DirEntry, err error) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if err != nil {
		s.omit(name, err)
		return fs.SkipDir
	}
	if slices.Contains(s.skip, name) {
		return skipped(d)
	}
	if s.files++; s.files > maxFiles {
		s.omit(name, fmt.Errorf("this and later files are not looked at: there are more than %d", maxFiles))
		return fs.SkipAll
	}
	if d.IsDir() {
		return s.enter(name)
	}
	if d.Type() == fs.ModeSymlink {
		s.repository.link(s.root, name)
	}
	if !d.Type().IsRegular() {
		return nil
	}
	read := reader(name)
	if read == nil {
		if !program(name, d) {
			return nil
		}
		read = binary
	}
	found, err := safely(read, s.in, name)
	if err != nil {
		s.omit(name, err)
		return nil
	}
	for _, p := range found {
		if err := bounded(&p); err != nil {
			s.omit(name, err)
			continue
		}
		s.out.Packages = append(s.out.Packages, p)
	}
	if len(s.out.Packages) > 2*maxPackages {
		return fmt.Errorf("more than %d packages", maxPackages)
	}
	return nil
}

// skipped is what the walk is told of something that is left out.
func skipped(d fs.DirEntry) error {
	if d.IsDir() {
		return fs.SkipDir
	}
	return nil
}

// enter leaves out what the kernel shows of itself.
func (s *scanner) enter(name string) error {
	if name == "proc" || name == "sys" || name == "dev" {
		return fs.SkipDir
	}
	if strings.Count(name, "/") > maxDepth {
		s.omit(name, fmt.Errorf("more than %d folders deep", maxDepth))
		return fs.SkipDir
	}
	return nil
}

// read lists the packages that a file tells of.
type read func(in *input, name string) ([]Package, error)

// reader finds the reader of a file by its name.
func reader(name string) read {
	dir, base := path.Split(name)
	dir = strings.TrimSuffix(dir, "/")
	switch parent := path.Base(dir); {
	case base == "METADATA" && strings.HasSuffix(parent, ".dist-info"),
		base == "PKG-INFO" && strings.HasSuffix(parent, ".egg-info"), strings.HasSuffix(base, ".egg-info"):
		return distribution
	case parent == "conda-meta" && strings.HasSuffix(base, ".json"):
		return conda
	case base == "package.json" && installedByNPM(dir):
		return npm
	case base == "DESCRIPTION" && strings.Contains("/"+dir, "/R/") && path.Dir(dir) != ".":
		return rPackage
	}
	switch path.Ext(base) {
	case ".jar", ".war", ".ear", ".hpi", ".jpi":
		return java
	}
	return nil
}

// program reports whether a file may be a program or a library that programs load,
// which needs no permission to be executed.
func program(name string, d fs.DirEntry) bool {
	info, err := d.Info()
	if err != nil || info.Size() < minBinary { // the file is gone, or is too small
		return false
	}
	base := path.Base(name)
	return info.Mode()&0o111 != 0 || strings.HasSuffix(base, ".node") || strings.HasSuffix(base, ".so") || strings.Contains(base, ".so.")
}

// safely turns a panic of a decoder of the standard library, which promise nothing
// about hostile files, into an error.
func safely(r read, in *input, name string) (out []Package, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, fmt.Errorf("the file is damaged: %v", p)
		}
	}()
	return r(in, name)
}
