package lock

import (
	"cmp"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
)

// Name is the name of the file, which lies beside the spec.
const Name = "modelbuild.lock"

// Version is the format that this package reads and writes.
const Version = 1

// MaxSize is the largest file that is read, in bytes.
const MaxSize = 8 << 20

// Kind says what a source is.
type Kind string

// The kinds of source.
const (
	KindHTTP     Kind = "http"     // a file on a web server: digest and size
	KindGit      Kind = "git"      // a branch, tag or other ref: commit
	KindImage    Kind = "image"    // an image reference: digest
	KindBlob     Kind = "blob"     // the title of a blob in an artifact: digest
	KindHost     Kind = "ssh-host" // a host of git over ssh, ssh://HOST[:PORT]: its keys
	KindFrontend Kind = "frontend" // the image of the spec's first line: digest

	KindDebian Kind = "debian" // packages of a suite; an entry under debian
	KindPython Kind = "python" // a requirements file; an entry under python
)

var kinds = []string{string(KindHTTP), string(KindGit), string(KindImage), string(KindBlob), string(KindHost), string(KindFrontend)}

// File is a lock.
type File struct {
	Sources []Source
	Debian  []Debian
	Python  []Python
	// Specs are the specs that the file was read with; [File.Encode] finds them by
	// itself.
	Specs []Spec
}

// Spec is one of the specs that share a lock, by the name of its file.
type Spec struct {
	Name string
	At   diag.Span
}

// Users are the specs that use an entry, sorted; none where the lock does not tell,
// which may then be any.
type Users []string

// Has reports whether a spec may be one of the users.
func (u Users) Has(spec string) bool { return len(u) == 0 || slices.Contains(u, spec) }

// Source is a remote source, resolved.
type Source struct {
	Name   string // as the spec writes it
	Kind   Kind
	Digest string   // sha256: and 64 hex digits; empty for git
	Size   int64    // bytes; of a file on a web server
	Commit string   // git: the full commit id
	Keys   []string // ssh-host: each the kind of key and the key, as in a known_hosts file; sorted
	Users  Users
	At     diag.Span
}

// Pin is what the source is held to: its commit, its digest or its keys.
func (s Source) Pin() string { return cmp.Or(s.Commit, s.Digest, strings.Join(s.Keys, ", ")) }

// Debian is the closure of some packages of a suite: the packages themselves and
// all that they depend on.
type Debian struct {
	Suite         string
	Install       []string // what the spec asks for, sorted
	Architectures []Architecture
	Users         Users
	At            diag.Span
}

// Architecture is a closure for one architecture.
type Architecture struct {
	Name     string // as Debian has it, such as amd64
	Packages []Package
}

// Package is one .deb of an archive.
type Package struct {
	Name    string
	Version string
	Group   string // the layer that it is installed in: GroupBase, GroupInterpreter, or empty for the last
	Archive string // the label of the archive's Release file where it is not Debian's main one, such as Debian-Security
	Path    string // from the archive's root, as in pool/main/h/hello/hello_2.10-3_amd64.deb
	SHA256  string
	Size    int64
}

// Groups of packages; each is a layer of an environment.
const (
	GroupBase        = "base"        // what every Debian has
	GroupInterpreter = "interpreter" // what the language of the program needs
)

// Bootable reports whether the packages make a whole environment: one that has what every Debian has.
func Bootable(packages []Package) bool {
	return slices.ContainsFunc(packages, func(p Package) bool { return p.Group == GroupBase })
}

// Python is a requirements file, resolved.
type Python struct {
	File         string // slash-separated, beside the spec
	SHA256       string // of the file's text
	Requirements []Requirement
	Users        Users
	At           diag.Span
}

// Requirement is one distribution at one version.
type Requirement struct {
	Name    string // normalized as in PEP 503
	Version string
	Marker  string // environment marker; may be empty
	Files   []Distribution
}

// Distribution is one file of an index.
type Distribution struct {
	Filename string
	SHA256   string
	// URL is where the index has the file: a path on the index's own host, or a whole
	// address where the index keeps its files elsewhere.
	URL  string
	Size int64 // bytes; 0 where the index does not tell
}

// Source finds the entry of a source.
func (f *File) Source(kind Kind, name string) (Source, bool) {
	if f == nil {
		return Source{}, false
	}
	i := slices.IndexFunc(f.Sources, func(s Source) bool { return s.Kind == kind && s.Name == name })
	if i < 0 {
		return Source{}, false
	}
	return f.Sources[i], true
}

// Closure finds the entry of an environment. install need not be sorted.
func (f *File) Closure(suite string, install []string) (Debian, bool) {
	if f == nil {
		return Debian{}, false
	}
	want := Names(install)
	i := slices.IndexFunc(f.Debian, func(d Debian) bool { return d.Suite == suite && slices.Equal(d.Install, want) })
	if i < 0 {
		return Debian{}, false
	}
	return f.Debian[i], true
}

// Names is a list of packages as the lock has it: sorted, each once.
func Names(install []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(install)))
}

// Requirements finds the entry of a requirements file.
func (f *File) Requirements(file string) (Python, bool) {
	if f == nil {
		return Python{}, false
	}
	i := slices.IndexFunc(f.Python, func(p Python) bool { return p.File == file })
	if i < 0 {
		return Python{}, false
	}
	return f.Python[i], true
}

// Architecture finds the packages for one architecture.
func (d Debian) Architecture(name string) ([]Package, bool) {
	i := slices.IndexFunc(d.Architectures, func(a Architecture) bool { return a.Name == name })
	if i < 0 {
		return nil, false
	}
	return d.Architectures[i].Packages, true
}

// Empty reports whether there is nothing in the lock.
func (f *File) Empty() bool {
	return f == nil || len(f.Sources)+len(f.Debian)+len(f.Python) == 0
}
