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
		Sources: update(u, f.Sources, own.Sources, sourceUsers, func(a, b Source) bool { return a.Kind == b.Kind && a.Name == b.Name }),
		Debian: update(u, f.Debian, own.Debian, debianUsers, func(a, b Debian) bool {
			return a.Suite == b.Suite && slices.Equal(Names(a.Install), Names(b.Install))
		}),
		Python: update(u, f.Python, own.Python, pythonUsers, func(a, b Python) bool { return a.File == b.File }),
	}
}

func sourceUsers(s *Source) *Users { return &s.Users }
func debianUsers(d *Debian) *Users { return &d.Users }
func pythonUsers(p *Python) *Users { return &p.Users }

type updater struct {
	spec  string
	there func(string) bool
}

// others are the users besides the spec itself that still exist.
func (u updater) others(users Users) Users {
	return slices.DeleteFunc(slices.Clone(users), func(name string) bool { return name == u.spec || !u.there(name) })
}

func update[T any](u updater, before, own []T, users func(*T) *Users, same func(a, b T) bool) []T {
	var out []T
	for _, e := range own {
		all := Users{u.spec}
		if i := slices.IndexFunc(before, func(old T) bool { return same(old, e) }); i >= 0 {
			all = append(all, u.others(*users(&before[i]))...)
		}
		*users(&e) = Names(all)
		out = append(out, e)
	}
	for _, old := range before {
		if slices.ContainsFunc(own, func(e T) bool { return same(old, e) }) {
			continue
		}
		if rest := u.others(*users(&old)); len(rest) > 0 {
			*users(&old) = rest
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
