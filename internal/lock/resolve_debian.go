package lock

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/internal/pattern"
)

// debian resolves packages to their closure, for each architecture asked for.
func (r *resolver) debian(ctx context.Context, in *wantedInput) (string, error) {
	found := make([]lock.Architecture, len(in.Architectures))
	count, size := 0, int64(0)
	for i, arch := range in.Architectures {
		packages, err := r.closure(ctx, in, arch)
		if err != nil {
			return "", err
		}
		found[i] = lock.Architecture{Name: arch, Packages: packages}
		for _, p := range packages {
			count, size = count+1, size+p.Size
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.out.Debian, func(d lock.Debian) bool {
		return d.Suite == in.Name && slices.Equal(d.Install, lock.Names(in.Install))
	})
	if i < 0 {
		i = len(r.out.Debian)
		r.out.Debian = append(r.out.Debian, lock.Debian{Suite: in.Name, Install: lock.Names(in.Install)})
	}
	r.out.Debian[i].Architectures = append(slices.Clone(r.out.Debian[i].Architectures), found...)
	return fmt.Sprintf("%d packages of %s for %s", count, Bytes(size), strings.Join(in.Architectures, ", ")), nil
}

// essentials are what every Debian has: packages without which dpkg cannot work, in apt's terms; see apt-patterns(7).
// Apt itself counts among them, but nothing here runs it.
const essentials = "?and(?essential,?not(?exact-name(apt)))"

// usrIsMerged says that /bin and others are links into /usr, which is how an environment is unpacked. Another package,
// which would do it with Perl, meets the same dependency. Older suites have neither.
const usrIsMerged = "usr-is-merged"

// interpreters are packages that, with what they depend on, are a layer of their own.
var interpreters = []string{"python3", "r-base-core", "default-jre-headless"}

// closure resolves the packages of an environment, and tells the groups that they are installed in. A group needs
// nothing of a later one.
func (r *resolver) closure(ctx context.Context, in *wantedInput, arch string) ([]lock.Package, error) {
	s, err := r.apt.state(ctx, in.Name, arch)
	if err != nil {
		return nil, err
	}
	base, err := s.resolve(ctx, arch, essentials, usrIsMerged)
	if err != nil {
		if base, err = s.resolve(ctx, arch, essentials); err != nil {
			return nil, err
		}
	}
	wanted := lock.Names(in.Install)
	all, err := s.resolve(ctx, arch, append(namesOfPackages(base), wanted...)...)
	if err != nil {
		return nil, err
	}
	interpreter, err := s.interpreter(ctx, arch, base, all)
	if err != nil {
		return nil, err
	}
	if !contains(all, interpreter) { // where several packages would do, those of the interpreter are taken
		if all, err = s.resolve(ctx, arch, append(namesOfPackages(append(base, interpreter...)), wanted...)...); err != nil {
			return nil, err
		}
	}
	return grouped(all, base, interpreter), nil
}

// interpreter resolves what the interpreters among all packages need.
func (s *aptState) interpreter(ctx context.Context, arch string, base, all []lock.Package) ([]lock.Package, error) {
	names := namesOfPackages(base)
	for _, name := range interpreters {
		if slices.ContainsFunc(all, func(p lock.Package) bool { return p.Name == name }) {
			names = append(names, name)
		}
	}
	if len(names) == len(base) {
		return nil, nil
	}
	return s.resolve(ctx, arch, names...)
}

func contains(all, some []lock.Package) bool {
	have := map[string]bool{}
	for _, p := range all {
		have[p.Name] = true
	}
	return !slices.ContainsFunc(some, func(p lock.Package) bool { return !have[p.Name] })
}

// grouped marks the packages of base, and those of interpreter that are not in base.
func grouped(all, base, interpreter []lock.Package) []lock.Package {
	group := map[string]string{}
	for _, p := range interpreter {
		group[p.Name] = lock.GroupInterpreter
	}
	for _, p := range base {
		group[p.Name] = lock.GroupBase
	}
	for i := range all {
		all[i].Group = group[all[i].Name]
	}
	return all
}

func namesOfPackages(list []lock.Package) []string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = p.Name
	}
	return out
}

// resolve asks apt for packages, by names or patterns, and all that they depend on.
func (s *aptState) resolve(ctx context.Context, arch string, wanted ...string) ([]lock.Package, error) {
	out, err := s.run(ctx, "apt-get", append([]string{"--quiet=2", "--yes", "--print-uris", "install", "--"}, wanted...)...)
	if err != nil {
		return nil, fail(diag.SourceUnreadable, "`apt-cache policy NAME` tells what a suite has", "apt, for %s: %s", arch, err)
	}
	var packages []lock.Package
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, "'") {
			continue
		}
		p, err := s.parseURI(strings.TrimSpace(line))
		if err != nil {
			return nil, fmt.Errorf("read what apt printed for %s: %w", arch, err)
		}
		packages = append(packages, p)
	}
	if len(packages) == 0 {
		return nil, fail(diag.SourceUnreadable, "", "apt printed no packages for %s", arch)
	}
	return packages, nil
}

// uriForm is a line of apt-get --print-uris: 'URL' NAME_VERSION_ARCH.deb SIZE SHA256:HASH.
var uriForm = pattern.New(`^'([^']+)' (\S+)\.deb (\d+) SHA256:([0-9a-f]{64})$`)

func (s *aptState) parseURI(line string) (lock.Package, error) {
	m := uriForm.FindStringSubmatch(line)
	if m == nil {
		return lock.Package{}, fmt.Errorf("%q has no SHA256", line)
	}
	file, err := url.PathUnescape(m[2])
	if err != nil {
		return lock.Package{}, err
	}
	parts := strings.Split(file, "_")
	if len(parts) != 3 {
		return lock.Package{}, fmt.Errorf("%q is not the name of a package file", file)
	}
	size, err := strconv.ParseInt(m[3], 10, 64)
	if err != nil {
		return lock.Package{}, err
	}
	root, err := s.root(m[1])
	if err != nil {
		return lock.Package{}, err
	}
	path, err := url.PathUnescape(m[1][len(root):])
	if err != nil {
		return lock.Package{}, err
	}
	return lock.Package{Name: parts[0], Version: parts[1], Archive: s.archives[root], Path: path, SHA256: m[4], Size: size}, nil
}

// root is the address of the archive that a file is in.
func (s *aptState) root(address string) (string, error) {
	best := ""
	for root := range s.archives {
		if strings.HasPrefix(address, root) && len(root) > len(best) {
			best = root
		}
	}
	if best == "" {
		return "", fmt.Errorf("%s is in no archive of the sources", shown(address))
	}
	return best, nil
}
