package lock

import "slices"

// Update is the lock with own in place of the entries of a spec. Entries that other
// specs use stay; there says whether a spec still exists.
func (f *File) Update(spec string, own *File, there func(spec string) bool) *File {
	u := updater{spec: spec, there: there}
	if f == nil {
		f = &File{}
	}
	return &File{
		Sources: sources().update(u, f.Sources, own.Sources),
		Debian:  closures().update(u, f.Debian, own.Debian),
		Python:  requirements().update(u, f.Python, own.Python),
	}
}

// entries says of one kind of entry who uses it, and when two are the same.
type entries[T any] struct {
	users func(*T) *Users
	same  func(a, b T) bool
}

func sources() entries[Source] {
	return entries[Source]{func(s *Source) *Users { return &s.Users },
		func(a, b Source) bool { return a.Kind == b.Kind && a.Name == b.Name }}
}

func closures() entries[Debian] {
	return entries[Debian]{func(d *Debian) *Users { return &d.Users },
		func(a, b Debian) bool { return a.Suite == b.Suite && slices.Equal(Names(a.Install), Names(b.Install)) }}
}

func requirements() entries[Python] {
	return entries[Python]{func(p *Python) *Users { return &p.Users }, func(a, b Python) bool { return a.File == b.File }}
}

type updater struct {
	spec  string
	there func(string) bool
}

// others are the users besides the spec itself that still exist.
func (u updater) others(users Users) Users {
	return slices.DeleteFunc(slices.Clone(users), func(name string) bool { return name == u.spec || !u.there(name) })
}

func (e entries[T]) update(u updater, before, own []T) []T {
	var out []T
	for _, entry := range own {
		all := Users{u.spec}
		if i := slices.IndexFunc(before, func(old T) bool { return e.same(old, entry) }); i >= 0 {
			all = append(all, u.others(*e.users(&before[i]))...)
		}
		*e.users(&entry) = Names(all)
		out = append(out, entry)
	}
	for _, old := range before {
		if slices.ContainsFunc(own, func(entry T) bool { return e.same(old, entry) }) {
			continue
		}
		if rest := u.others(*e.users(&old)); len(rest) > 0 {
			*e.users(&old) = rest
			out = append(out, old)
		}
	}
	return out
}

// specs are the users of all entries, sorted.
func (f *File) specs() []string {
	var out []string
	for i := range f.Sources {
		out = append(out, f.Sources[i].Users...)
	}
	for i := range f.Debian {
		out = append(out, f.Debian[i].Users...)
	}
	for i := range f.Python {
		out = append(out, f.Python[i].Users...)
	}
	return Names(out)
}
