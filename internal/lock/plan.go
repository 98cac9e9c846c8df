package lock

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/frontend/spec"
)

// UpdateAll is the name to update that means every entry.
const UpdateAll = "all"

// Plan is what there is to do.
type Plan struct {
	project *Project
	keep    lock.File      // entries of this spec that stay as they are
	others  int            // entries that only other specs use
	Missing []*wantedInput // what is to be resolved
	Dropped []string       // entries that nothing uses
	Others  []string       // specs that use what is to be resolved again
}

// UnknownNameError says that a name to update is none of an input's.
type UnknownNameError struct {
	Name string
	Hint string
}

// Error names the name.
func (e *UnknownNameError) Error() string {
	return fmt.Sprintf("nothing in the spec to lock is called %q: %s", e.Name, e.Hint)
}

// Plan compares the lock with what the spec wants. update names entries to
// resolve again; architectures are wanted of Debian packages beside those of the
// spec's platforms.
func (p *Project) Plan(update, architectures []string) (*Plan, error) {
	if err := p.known(update); err != nil {
		return nil, err
	}
	plan := &Plan{project: p}
	used := map[string]bool{}
	for _, in := range p.inputs {
		used[in.Key()] = true
		in.Architectures = append(in.Architectures, architectures...)
		in.Architectures = p.architectures(in)
		again := slices.Contains(update, UpdateAll) || slices.ContainsFunc(in.names, func(n string) bool { return slices.Contains(update, n) })
		if again || !plan.kept(in) {
			plan.Missing = append(plan.Missing, in)
			plan.Others = append(plan.Others, p.others(in)...)
		}
	}
	plan.Others = lock.Names(plan.Others)
	plan.drop(used)
	return plan, nil
}

// namesOf are the names by which a person may call an input.
func namesOf(in spec.Input) []string {
	out := []string{in.Name, in.Path, string(in.Kind)}
	if name, ok := strings.CutSuffix(in.Path, ".source"); ok {
		out = append(out, name)
	}
	if i := strings.LastIndexByte(out[len(out)-1], '.'); i >= 0 {
		out = append(out, out[len(out)-1][i+1:])
	}
	return append(out, in.Install...)
}

func (p *Project) known(update []string) error {
	all := []string{UpdateAll}
	for _, in := range p.inputs {
		all = append(all, in.names...)
	}
	all = lock.Names(all)
	for _, name := range update {
		if !slices.Contains(all, name) {
			return &UnknownNameError{name, diag.DidYouMean(name, all)}
		}
	}
	return nil
}

// kept takes an entry over as it is. Of Debian packages, it settles which
// architectures are still to be resolved.
func (p *Plan) kept(in *wantedInput) bool {
	old := p.project.Lock
	switch in.Kind {
	case lock.KindDebian:
		return p.keptClosure(in)
	case lock.KindPython:
		entry, ok := old.Requirements(in.Name)
		data, err := load(spec.RequirementsFile(p.project.File, in.Name))
		if !ok || err != nil || hexSum(data) != entry.SHA256 {
			return false
		}
		p.keep.Python = append(p.keep.Python, entry)
	default:
		entry, ok := old.Source(in.Kind, in.Name)
		if !ok {
			return false
		}
		p.keep.Sources = append(p.keep.Sources, entry)
	}
	return true
}

func (p *Plan) keptClosure(in *wantedInput) bool {
	entry, ok := p.project.Lock.Closure(in.Name, in.Install)
	if !ok {
		return false
	}
	entry.Architectures = slices.DeleteFunc(slices.Clone(entry.Architectures), func(a lock.Architecture) bool { return !lock.Bootable(a.Packages) })
	p.keep.Debian = append(p.keep.Debian, entry)
	in.Architectures = slices.DeleteFunc(in.Architectures, func(arch string) bool {
		_, there := entry.Architecture(arch)
		return there
	})
	return len(in.Architectures) == 0
}

// architectures are those to have packages for: the ones asked for and the ones
// that are locked, else this machine's.
func (p *Project) architectures(in *wantedInput) []string {
	if in.Kind != lock.KindDebian {
		return nil
	}
	out := in.Architectures
	entry, _ := p.Lock.Closure(in.Name, in.Install)
	for _, a := range entry.Architectures {
		out = append(out, a.Name)
	}
	if len(out) == 0 {
		return []string{spec.DebianArchitecture(runtime.GOARCH)}
	}
	return lock.Names(out)
}

// others are the other specs that use an input's entry.
func (p *Project) others(in *wantedInput) []string {
	var users lock.Users
	switch in.Kind {
	case lock.KindDebian:
		entry, _ := p.Lock.Closure(in.Name, in.Install)
		users = entry.Users
	case lock.KindPython:
		entry, _ := p.Lock.Requirements(in.Name)
		users = entry.Users
	default:
		entry, _ := p.Lock.Source(in.Kind, in.Name)
		users = entry.Users
	}
	return slices.DeleteFunc(slices.Clone(users), func(name string) bool { return name == p.name() || !p.there(name) })
}

// Kept counts the entries that stay as they are, those of other specs included.
func (p *Plan) Kept() int {
	return len(p.keep.Sources) + len(p.keep.Debian) + len(p.keep.Python) + p.others
}

// drop looks at the entries of the old lock that this spec does not use: they stay
// where another spec does.
func (p *Plan) drop(used map[string]bool) {
	old := p.project.Lock
	if old == nil {
		return
	}
	note := func(in spec.Input, users lock.Users) {
		another := slices.ContainsFunc(users, func(name string) bool { return name != p.project.name() && p.project.there(name) })
		switch {
		case used[in.Key()]:
		case another:
			p.others++
		default:
			p.Dropped = append(p.Dropped, in.Name)
		}
	}
	for _, s := range old.Sources {
		note(spec.Input{Kind: s.Kind, Name: s.Name}, s.Users)
	}
	for _, d := range old.Debian {
		note(spec.Input{Kind: lock.KindDebian, Name: d.Suite, Install: d.Install}, d.Users)
	}
	for _, e := range old.Python {
		note(spec.Input{Kind: lock.KindPython, Name: e.File}, e.Users)
	}
}
