package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lock"
)

// LockUse says what modelbuild.lock is to a spec.
type LockUse int

// The uses of a lock.
const (
	LockPins    LockUse = iota // it pins what the spec does not
	LockOnly                   // likewise, and it must be complete and have nothing else
	LockIgnored                // it is not read, and inputs need not be pinned
)

// relock is the hint for everything that a new lock mends.
const relock = "run `modelbuild lock`"

// LockFile is the path of the lock of a spec.
func LockFile(file string) string { return path.Join(path.Dir(file), lock.Name) }

// lockedAs is the name that a lock knows the spec by.
func (m *Model) lockedAs() string { return path.Base(m.File) }

// Lock is the lock that the model was read with, or nil.
func (m *Model) Lock() *lock.File { return m.lock }

// check finds the mistakes in the model's meaning, with the lock where one is
// wanted: it is not even read for a spec that pins everything itself. root says that
// no other target asked for this one.
func (m *Model) check(c *composer, o Options, root bool) diag.List {
	ck := &checker{m: m, unpinned: o.Lock != LockPins}
	var diags diag.List
	if o.Lock == LockOnly || o.Lock == LockPins && m.needsLock() {
		var ok bool
		if m.lock, diags, ok = readLock(c, m.File); !ok {
			ck.unpinned = true // one mistake, reported once
		}
	}
	if m.lock != nil {
		diags = append(diags, m.conflicts(m.lock)...)
	}
	diags = append(diags, check(ck)...)
	if root && o.Lock == LockOnly && diags.Err() == nil {
		diags = append(diags, CheckLock(m.all(o), m.lock, o.Load)...)
	}
	return diags
}

// readLock reads the lock beside a spec: nil where there is none. ok is false
// where there is one that cannot be used.
func readLock(c *composer, file string) (l *lock.File, diags diag.List, ok bool) {
	name := LockFile(file)
	data, err := c.docs.open(name)
	if errors.Is(err, errAlone) || errors.Is(err, fs.ErrNotExist) {
		return nil, nil, true
	}
	if err != nil {
		diags.Add(diag.BadLock, diag.Span{File: name}, "", "cannot read it: %s", err)
		return nil, diags, false
	}
	c.data[name] = data
	if l, diags = lock.Parse(name, data); len(diags) > 0 {
		return nil, diags, false
	}
	return l, nil, true
}

// all are the models of the file, this one among them.
func (m *Model) all(o Options) []*Model {
	out := []*Model{m}
	o.Lock = LockIgnored
	for _, t := range m.Targets {
		o.Target = t.Name
		if other, _ := m.reader.Read(o); other != nil {
			out = append(out, other)
		}
	}
	return out
}

// conflicts reports digests that the spec and the lock give differently.
func (m *Model) conflicts(l *lock.File) diag.List {
	var diags diag.List
	for _, in := range m.Inputs() {
		entry, ok := l.Source(in.Kind, in.Name)
		if !ok || in.Pin == "" || entry.Pin() == in.Pin || !entry.Users.Has(m.lockedAs()) {
			continue
		}
		d := diags.Add(diag.LockConflict, in.At, "the spec wins: "+relock+" to drop the entry; or take the digest out of the spec",
			"%s: the spec and %s give different digests", in.Path, lock.Name)
		d.Related = []diag.Related{{Span: entry.At, Message: "locked to " + entry.Pin()}}
	}
	return diags
}

// CheckLock compares a lock, nil for none, with the models of a file: what is
// missing in it, what has changed since, and what they do not use. load reads
// requirements files, by their path beside the spec's own name.
func CheckLock(models []*Model, l *lock.File, load func(string) ([]byte, error)) diag.List {
	c := &lockChecker{lock: l, load: load, used: map[string]bool{}}
	for _, m := range models {
		c.spec = m.lockedAs()
		c.diags = append(c.diags, m.conflicts(l)...)
		for _, in := range m.Inputs() {
			if in.Pin == "" {
				c.used[in.Key()] = true
				c.input(m, in)
			}
		}
	}
	if l != nil {
		c.unused()
	}
	return c.diags.Sorted()
}

type lockChecker struct {
	spec  string // its name in the lock
	lock  *lock.File
	load  func(string) ([]byte, error)
	used  map[string]bool
	diags diag.List
}

func (c *lockChecker) missing(in Input, format string, args ...any) {
	c.diags.Add(diag.NotLocked, in.At, relock, "%s: %s", in.Path, fmt.Sprintf(format, args...))
}

func (c *lockChecker) input(m *Model, in Input) {
	switch in.Kind {
	case lock.KindDebian:
		c.debian(in)
	case lock.KindPython:
		c.python(m, in)
	default:
		if entry, ok := c.lock.Source(in.Kind, in.Name); !ok {
			c.absent(in)
		} else {
			c.users(in, entry.Users)
		}
	}
}

// users reports an entry that is there for other specs: locking this one would
// change the lock.
func (c *lockChecker) users(in Input, users lock.Users) {
	if !users.Has(c.spec) {
		c.missing(in, "%s is locked for %s only", clean(in.Name), strings.Join(users, ", "))
	}
}

func (c *lockChecker) absent(in Input) {
	if c.lock == nil {
		c.missing(in, "there is no %s", lock.Name)
		return
	}
	c.missing(in, "%s is not in %s", clean(in.Name), lock.Name)
}

// clean is a source without its query, which may hold a token.
func clean(source string) string {
	before, after, cut := strings.Cut(source, "?")
	if !cut {
		return source
	}
	if i := strings.IndexByte(after, '#'); i >= 0 {
		return before + "?…" + after[i:]
	}
	return before + "?…"
}

func (c *lockChecker) debian(in Input) {
	closure, ok := c.lock.Closure(in.Name, in.Install)
	if c.lock != nil && !ok {
		c.missing(in, "%s with these packages is not in %s", in.Name, lock.Name)
		return
	}
	if !ok {
		c.absent(in)
		return
	}
	c.users(in, closure.Users)
	for _, a := range closure.Architectures {
		if !lock.Bootable(a.Packages) {
			c.missing(in, "%s lacks the packages of %s that every Debian has", lock.Name, in.Name)
			return
		}
	}
	for _, arch := range in.Architectures {
		if _, ok := closure.Architecture(arch); !ok {
			c.missing(in, "%s has no packages of %s for %s", lock.Name, in.Name, arch)
		}
	}
}

func (c *lockChecker) python(m *Model, in Input) {
	entry, ok := c.lock.Requirements(in.Name)
	if !ok {
		c.absent(in)
		return
	}
	c.users(in, entry.Users)
	data, err := c.load(RequirementsFile(m.File, in.Name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.diags.Add(diag.SourceMissing, in.At, "the path is relative to the spec", "%s: no file %s", in.Path, in.Name)
	case err != nil:
		c.diags.Add(diag.SourceUnreadable, in.At, "", "%s: cannot read %s: %s", in.Path, in.Name, err)
	case sha256Hex(data) != entry.SHA256:
		c.missing(in, "%s has changed since it was locked", in.Name)
	}
}

// RequirementsFile is the path of a requirements file of a spec.
func RequirementsFile(file, name string) string { return path.Join(path.Dir(file), name) }

func sha256Hex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// unused reports entries that are there for this spec, which does not use them.
func (c *lockChecker) unused() {
	report := func(key string, users lock.Users, at diag.Span, name string) {
		switch {
		case c.used[key] || !users.Has(c.spec):
		case len(users) > 1:
			c.diags.Add(diag.UnusedLock, at, relock, "%s does not use %s any more", c.spec, clean(name))
		default:
			c.diags.Add(diag.UnusedLock, at, relock+" to drop it", "nothing uses %s", clean(name))
		}
	}
	for _, s := range c.lock.Sources {
		report(Input{Kind: s.Kind, Name: s.Name}.Key(), s.Users, s.At, s.Name)
	}
	for _, d := range c.lock.Debian {
		report(Input{Kind: lock.KindDebian, Name: d.Suite, Install: d.Install}.Key(), d.Users, d.At, d.Suite+" with "+strings.Join(d.Install, ", "))
	}
	for _, p := range c.lock.Python {
		report(Input{Kind: lock.KindPython, Name: p.File}.Key(), p.Users, p.At, p.File)
	}
}

// CheckFrontend compares the image that a build runs in with the lock, for a
// model read with LockOnly. dgst is the image's digest.
func (m *Model) CheckFrontend(dgst string) diag.List {
	var diags diag.List
	i := slices.IndexFunc(m.Inputs(), func(in Input) bool { return in.Kind == lock.KindFrontend })
	if i < 0 {
		return diags
	}
	in := m.Inputs()[i]
	want := in.Pin
	entry, locked := m.lock.Source(in.Kind, in.Name)
	if locked = locked && entry.Users.Has(m.lockedAs()); locked {
		want = entry.Digest
	}
	if want == dgst {
		return diags
	}
	d := diags.Add(diag.LockConflict, in.At, "run `modelbuild lock --update frontend` to lock this one",
		"the build runs in the frontend %s, not in the locked one", dgst)
	if locked {
		d.Related = []diag.Related{{Span: entry.At, Message: "locked to " + want}}
	}
	return diags
}
