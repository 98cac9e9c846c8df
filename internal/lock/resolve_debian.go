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

func (r *resolver) closure(ctx context.Context, in *wantedInput, arch string) ([]lock.Package, error) {
	s, err := r.apt.state(ctx, in.Name, arch)
	if err != nil {
		return nil, err
	}
	out, err := s.run(ctx, "apt-get", append([]string{"--quiet=2", "--yes", "--print-uris", "install", "--"}, lock.Names(in.Install)...)...)
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
