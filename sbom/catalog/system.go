package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// debian reads dpkg's database, or the folder that images without dpkg have in
// its place.
func debian(root fs.FS) ([]Package, error) {
	var out []Package
	names := []string{"var/lib/dpkg/status"}
	entries, err := fs.ReadDir(root, "var/lib/dpkg/status.d")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list Debian packages: %w", err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() && !strings.HasSuffix(e.Name(), ".md5sums") {
			names = append(names, path.Join("var/lib/dpkg/status.d", e.Name()))
		}
	}
	for _, name := range names {
		found, err := dpkg(root, name)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

func dpkg(root fs.FS, name string) ([]Package, error) {
	f, err := open(root, name)
	if f == nil || err != nil {
		return nil, err
	}
	defer f.Close()
	var out []Package
	keep := []string{"Package", "Version", "Architecture", "Status", "Source"}
	err = paragraphs(f, keep, func(e fields) {
		// "want flag state": a package that was removed may have left its settings.
		if state := strings.Fields(e["Status"]); len(state) == 3 && state[2] != "installed" {
			return
		}
		if e["Package"] == "" || e["Version"] == "" {
			return
		}
		source, _, _ := strings.Cut(e["Source"], " ")
		out = append(out, Package{Type: Debian, Name: e["Package"], Version: e["Version"], Architecture: e["Architecture"], Source: source})
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return out, nil
}

// alpine reads apk's database, whose fields have one letter.
func alpine(root fs.FS) ([]Package, error) {
	f, err := open(root, "lib/apk/db/installed", "usr/lib/apk/db/installed")
	if f == nil || err != nil {
		return nil, err
	}
	defer f.Close()
	var out []Package
	err = paragraphs(f, []string{"P", "V", "A", "L", "o"}, func(e fields) {
		if e["P"] == "" || e["V"] == "" {
			return
		}
		p := Package{Type: Alpine, Name: e["P"], Version: e["V"], Architecture: e["A"], License: e["L"]}
		if e["o"] != p.Name {
			p.Source = e["o"]
		}
		out = append(out, p)
	})
	if err != nil {
		return nil, fmt.Errorf("read apk's database: %w", err)
	}
	return out, nil
}
