package catalog

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// repository maps a Java archive to the coordinates that a Maven repository has for
// it: those of its own path, or of links to it, as Debian keeps in
// /usr/share/maven-repo for archives whose manifests do not tell.
type repository map[string][]Package

// anyVersion is the version of a coordinate in Debian's repository that stands for
// whatever is installed.
const anyVersion = "debian"

// coordinates reads GROUP/ARTEFACT/VERSION/ARTEFACT-VERSION.jar below a folder that is
// a repository. Source: Maven's "Repository Layout - Default".
func coordinates(name string) (Package, bool) {
	dir, file := path.Split(name)
	parts := strings.Split(strings.TrimSuffix(dir, "/"), "/")
	at := max(slices.Index(parts, "maven-repo"), slices.Index(parts, "repository"))
	if at < 0 || len(parts) < at+4 {
		return Package{}, false
	}
	last := len(parts) - 1
	p := Package{Type: Maven, Group: strings.Join(parts[at+1:last-1], "."), Name: parts[last-1], Version: parts[last]}
	return p, file == p.Name+"-"+p.Version+".jar"
}

// link takes note of a link to an archive.
func (r repository) link(root fs.FS, name string) {
	p, ok := coordinates(name)
	if !ok || len(r) > maxPackages {
		return
	}
	for range maxLinks {
		target, err := fs.ReadLink(root, name)
		if err != nil {
			r[name] = append(r[name], p)
			return
		}
		if !path.IsAbs(target) {
			target = path.Join("/", path.Dir(name), target)
		}
		name = strings.TrimPrefix(path.Clean(target), "/")
	}
}

// name gives archives that only their manifests name the coordinates of a repository.
func (r repository) name(packages []Package) {
	for i := range packages {
		p := &packages[i]
		if p.archive == "" {
			continue
		}
		known := r[p.archive]
		if c, ok := coordinates(p.archive); ok {
			known = []Package{c}
		}
		p.archive = ""
		if len(known) == 0 {
			continue
		}
		c := closest(known, *p)
		p.Group, p.Name = c.Group, c.Name
		if p.Version == "" && c.Version != anyVersion {
			p.Version = c.Version
		}
	}
}

// closest is the coordinate that agrees most with what an archive is called: one
// archive may stand for others that are no longer made.
func closest(known []Package, p Package) Package {
	agrees := func(c Package) int {
		n := 0
		if c.Name == p.Name {
			n += 2
		}
		if c.Version == p.Version {
			n++
		}
		return n
	}
	return slices.MinFunc(known, func(a, b Package) int { return cmp.Or(cmp.Compare(agrees(b), agrees(a)), compare(a, b)) })
}
