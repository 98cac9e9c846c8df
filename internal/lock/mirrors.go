package lock

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/frontend/spec"
)

// DebianSecurity is the label of Debian's archive of security updates.
const DebianSecurity = "Debian-Security"

// Mirrors are where this machine finds packages.
type Mirrors struct {
	Debian map[string]string // addresses of archives by their label; "" is the main one
	Python string            // the address of an index; may be empty
}

// Mirrors finds, as [Plan.Resolve] does, where the locked packages are that the spec gives no address for: in apt's
// sources and pip's index of this machine. What it does not find is left out, and so are names and passwords, which a
// build would publish.
func (p *Project) Mirrors(ctx context.Context, lookup func(string) (string, bool)) Mirrors {
	out := Mirrors{Debian: map[string]string{}}
	for _, m := range p.Models {
		for _, in := range m.Inputs() {
			switch in.Kind {
			case lock.KindDebian:
				p.debianMirrors(ctx, m.Train.Packages.Debian, in, out.Debian)
			case lock.KindPython:
				if m.Train.Packages.Index.V == "" && p.onIndex(in.Name) {
					out.Python = public(p.index(in.Name, lookup))
				}
			}
		}
	}
	return out
}

// debianMirrors adds the archives of one environment.
func (p *Project) debianMirrors(ctx context.Context, d spec.Debian, in spec.Input, out map[string]string) {
	closure, _ := p.Lock.Closure(in.Name, in.Install)
	wanted := map[string]bool{}
	for _, a := range closure.Architectures {
		for _, pkg := range a.Packages {
			wanted[pkg.Archive] = true
		}
	}
	maps.DeleteFunc(wanted, func(label string, _ bool) bool {
		_, given := d.Archives.Get(label)
		return given || label == "" && d.Mirror.Set || out[label] != ""
	})
	if len(wanted) == 0 {
		return
	}
	sources, err := (&aptRun{}).sources(ctx, in.Name)
	if err != nil {
		return // the build says what is missing
	}
	for _, s := range sources {
		label := labelOf(in.Name, s)
		i := slices.IndexFunc(s.uris, func(address string) bool { return public(address) != "" })
		if wanted[label] && out[label] == "" && i >= 0 {
			out[label] = public(s.uris[i])
		}
	}
}

// labelOf is the label of the archive of a suite's source, by the names that Debian gives its suites.
func labelOf(suite string, s aptSource) string {
	if slices.Contains(s.suites, suite+"-security") || slices.Contains(s.suites, suite+"/updates") {
		return DebianSecurity
	}
	return ""
}

// onIndex reports whether some file of a requirements file is on the index's own host.
func (p *Project) onIndex(file string) bool {
	entry, _ := p.Lock.Requirements(file)
	for _, r := range entry.Requirements {
		if slices.ContainsFunc(r.Files, func(d lock.Distribution) bool { return strings.HasPrefix(d.URL, "/") }) {
			return true
		}
	}
	return false
}

// index is the first index that a requirements file is resolved from, or "" where none is known.
func (p *Project) index(name string, lookup func(string) (string, bool)) string {
	file := spec.RequirementsFile(p.File, name)
	if data, err := load(file); err == nil {
		if r, _ := readRequirements(file, data); len(r.indexes) > 0 {
			return r.indexes[0]
		}
	}
	if all := pipIndexes(lookup); len(all) > 0 {
		return all[0]
	}
	return ""
}

// public is an address of a web server without its name and password, or "" for another one.
func public(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	if _, err := spec.Mirror(u.String()); err != nil {
		return ""
	}
	return u.String()
}
