package catalog

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// pythonHomes are where Python looks for installed distributions, in the patterns
// of path.Match: Debian's packages, pip's, and those of environments of their own.
var pythonHomes = [...]string{
	"usr/lib/python3/dist-packages", "usr/lib/python3*/dist-packages", "usr/local/lib/python3*/dist-packages",
	"usr/lib/python3*/site-packages", "usr/lib64/python3*/site-packages",
	"usr/local/lib/python3*/site-packages", "opt/*/lib/python3*/site-packages", "venv/lib/python3*/site-packages",
}

// python reads the metadata of distributions: folders NAME-VERSION.dist-info with
// METADATA, and folders or files NAME-VERSION.egg-info as older tools write them.
// Source: the "Core metadata" and "Recording installed projects" specifications.
func python(root fs.FS) ([]Package, error) {
	var out []Package
	seen := map[string]bool{}
	for _, pattern := range pythonHomes {
		homes, err := fs.Glob(root, pattern)
		if err != nil {
			return nil, fmt.Errorf("list Python packages: %w", err)
		}
		for _, home := range homes {
			if seen[home] {
				continue
			}
			seen[home] = true
			found, err := pythonHome(root, home)
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
		}
	}
	return out, nil
}

func pythonHome(root fs.FS, home string) ([]Package, error) {
	entries, err := fs.ReadDir(root, home)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list Python packages: %w", err)
	}
	var out []Package
	for _, e := range entries {
		at := path.Join(home, e.Name())
		var names []string
		switch {
		case strings.HasSuffix(e.Name(), ".dist-info"):
			names = []string{path.Join(at, "METADATA")}
		case strings.HasSuffix(e.Name(), ".egg-info"):
			names = []string{at, path.Join(at, "PKG-INFO")}
		default:
			continue
		}
		p, ok, err := metadata(root, names)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, p)
		}
	}
	return out, nil
}

// metadata reads the header of a distribution's metadata: only what comes before
// the first blank line.
func metadata(root fs.FS, names []string) (Package, bool, error) {
	f, err := open(root, names...)
	if f == nil || err != nil {
		return Package{}, false, err
	}
	defer f.Close()
	p := Package{Type: Python}
	done := false
	err = paragraphs(io.LimitReader(f, maxMetadata), []string{"Name", "Version", "License", "License-Expression"}, func(e fields) {
		if done {
			return
		}
		done = true
		p.Name, p.Version, p.License = normalName(e["Name"]), e["Version"], e["License-Expression"]
		if p.License == "" && len(e["License"]) < 64 { // longer ones are the licence's text
			p.License = e["License"]
		}
		if p.License == "UNKNOWN" {
			p.License = ""
		}
	})
	if err != nil {
		return Package{}, false, fmt.Errorf("read metadata of a Python package: %w", err)
	}
	return p, p.Name != "" && p.Version != "", nil
}

// normalName is the name that all spellings of a project share: PEP 503.
func normalName(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(name) {
		if r == '-' || r == '_' || r == '.' {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('-')
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}
