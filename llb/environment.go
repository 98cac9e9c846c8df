package llb

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/internal/environ/envjob"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/opencontainers/go-digest"
)

// Build arguments that say where packages are, for a spec that does not.
const (
	DebianMirrorArg = "MODELBUILD_DEBIAN_MIRROR" // [ARCHIVE=]URL, several separated by commas
	PythonIndexArg  = "MODELBUILD_PYTHON_INDEX"  // the address of an index
)

// Environment is what a program is trained in: an image, or packages that make one.
type Environment struct {
	Image string // a reference with its digest; nothing else is set then but the platform
	// Platform is that of the programs in it, where each platform of the image has a model
	// of its own: it may be another than that of the steps.
	Platform string

	Suite        string
	Architecture string // as Debian has it
	Groups       []PackageGroup
	Python       []Package
	Requirements string // a requirements file with the hashes of Python
}

// PackageGroup is a layer of Debian packages.
type PackageGroup struct {
	Group    envjob.Group
	Packages []Package // sorted by name
}

// Package is one .deb, a wheel or a source distribution.
type Package struct {
	Name, Version, URL string
	Filename           string // of Python, where it is part of what is installed
	SHA256             digest.Digest
	Size               int64
}

// newEnvironment finds what train.base or train.packages mean: nil for the built-in engine. What the lock does not
// have and addresses that nobody gave are diagnostics.
func newEnvironment(m *spec.Model, env Env) (*Environment, error) {
	t := m.Train
	if ref, ok := strings.CutPrefix(t.Base.V, "image://"); ok {
		return &Environment{Image: pinnedRef(m, t.Base.V, ref), Platform: perPlatform(m, env)}, nil
	}
	if !t.Packages.Set {
		return nil, nil
	}
	f := &environmentFinder{m: m, env: env, out: &Environment{Suite: t.Packages.Debian.Suite.V,
		Architecture: architecture(env.trainsOn(m)), Platform: perPlatform(m, env)}}
	for _, in := range m.Inputs() {
		switch in.Kind {
		case lock.KindDebian:
			f.debian(in)
		case lock.KindPython:
			f.python(in)
		}
	}
	if err := f.diags.Err(); err != nil {
		return nil, err
	}
	return f.out, nil
}

// perPlatform is the platform of an environment that may be another than that of the steps.
func perPlatform(m *spec.Model, env Env) string {
	if !env.ofImage(m) {
		return ""
	}
	return env.trainsOn(m)
}

// architecture is the platform of the steps as Debian calls it.
func architecture(platform string) string {
	_, arch, _ := strings.Cut(platform, "/")
	return spec.DebianArchitecture(arch)
}

// pinnedRef adds the digest of the lock to a reference that has none itself.
func pinnedRef(m *spec.Model, text, ref string) string {
	if entry, ok := m.Lock().Source(lock.KindImage, text); ok && !strings.Contains(ref, "@") {
		return ref + "@" + entry.Digest
	}
	return ref
}

type environmentFinder struct {
	m     *spec.Model
	env   Env
	out   *Environment
	diags diag.List
}

// debian groups the locked packages and gives each its address.
func (f *environmentFinder) debian(in spec.Input) {
	closure, _ := f.m.Lock().Closure(in.Name, in.Install)
	packages, ok := closure.Architecture(f.out.Architecture)
	if !ok {
		f.diags.Add(diag.NotLocked, in.At, "run `modelbuild lock --platform "+f.env.trainsOn(f.m)+"`",
			"%s: %s has no packages of %s for %s", in.Path, lock.Name, in.Name, f.out.Architecture)
		return
	}
	groups := map[envjob.Group][]Package{}
	missing := map[string]bool{}
	for _, p := range packages {
		mirror := f.mirror(p.Archive)
		if mirror == nil {
			missing[p.Archive] = true
			continue
		}
		g := envjob.Group(cmp.Or(p.Group, string(envjob.Packages)))
		groups[g] = append(groups[g], Package{Name: p.Name, Version: p.Version, URL: below(mirror, "/"+p.Path),
			SHA256: digest.NewDigestFromEncoded(digest.SHA256, p.SHA256), Size: p.Size})
	}
	f.noMirror(in, missing)
	for _, g := range []envjob.Group{envjob.Base, envjob.Interpreter, envjob.Packages} {
		if list := groups[g]; len(list) > 0 {
			slices.SortFunc(list, func(a, b Package) int { return cmp.Compare(a.Name, b.Name) })
			f.out.Groups = append(f.out.Groups, PackageGroup{g, list})
		}
	}
}

// mirror is the address of an archive: the spec's, else the build argument's.
func (f *environmentFinder) mirror(archive string) *url.URL {
	d := f.m.Train.Packages.Debian
	address := d.Mirror.V
	if archive != "" {
		v, _ := d.Archives.Get(archive)
		address = v.V
	}
	u, err := spec.Mirror(cmp.Or(address, f.env.DebianMirrors[archive]))
	if err != nil {
		return nil
	}
	return u
}

func (f *environmentFinder) noMirror(in spec.Input, missing map[string]bool) {
	if missing[""] {
		f.diags.Add(diag.NoMirror, in.At, "as in mirror: https://mirror.example/debian, or --build-arg "+DebianMirrorArg+"=URL",
			"%s.mirror: nothing says where the packages are", in.Path)
	}
	delete(missing, "")
	for _, archive := range slices.Sorted(maps.Keys(missing)) {
		f.diags.Add(diag.NoMirror, in.At, "as in archives: {"+archive+": https://…}, or --build-arg "+DebianMirrorArg+"=\"…,"+archive+"=URL\"",
			"%s.archives: nothing says where the packages of %s are", in.Path, archive)
	}
}

// below is the address of a file below another.
func below(root *url.URL, file string) string {
	u := *root
	u.Path, u.RawPath = u.Path+file, ""
	return u.String()
}

// sources are what the environment is made of, for the provenance. The addresses of
// packages are those that they were fetched from.
func (e *Environment) sources() []packagejob.Source {
	if e == nil {
		return nil
	}
	if ref, dgst, ok := strings.Cut(e.Image, "@"); ok {
		return []packagejob.Source{{Name: "train.base", Kind: packagejob.KindImage, URI: ref, Digest: sha256Of(digest.Digest(dgst))}}
	}
	var out []packagejob.Source
	for _, f := range e.Files() {
		out = append(out, packagejob.Source{Name: f.Field + " " + f.Name, Kind: packagejob.KindHTTP, URI: f.URL, Digest: sha256Of(f.SHA256)})
	}
	return out
}

func sha256Of(d digest.Digest) map[string]string { return map[string]string{"sha256": d.Encoded()} }

// EnvironmentFile is a file that an environment is made of.
type EnvironmentFile struct {
	Field string // the place in the spec, such as train.packages.debian
	Package
}

// Files are what the environment is made of, where it is made of packages; none of a nil one.
func (e *Environment) Files() []EnvironmentFile {
	if e == nil {
		return nil
	}
	var out []EnvironmentFile
	for _, g := range e.Groups {
		for _, p := range g.Packages {
			out = append(out, EnvironmentFile{"train.packages.debian", p})
		}
	}
	for _, p := range e.Python {
		out = append(out, EnvironmentFile{"train.packages.python", p})
	}
	return out
}
