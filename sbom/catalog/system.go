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
func debian(root fs.FS, c *Catalog) error {
	names := []string{"var/lib/dpkg/status"}
	entries, err := fs.ReadDir(root, "var/lib/dpkg/status.d")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("list Debian packages: %w", err)
	}
	if len(entries) > maxPackages {
		return fmt.Errorf("list Debian packages: more than %d", maxPackages)
	}
	for _, e := range entries {
		if e.Type().IsRegular() && !strings.HasSuffix(e.Name(), ".md5sums") {
			names = append(names, path.Join("var/lib/dpkg/status.d", e.Name()))
		}
	}
	for _, name := range names {
		if err := dpkg(root, name, c); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
	return nil
}

func dpkg(root fs.FS, name string, c *Catalog) error {
	f, err := open(root, name)
	if f == nil || err != nil {
		return err
	}
	defer f.Close()
	return database(f, []string{"Package", "Version", "Architecture", "Status", "Source"}, func(e fields) error {
		// "want flag state": a package that was removed may have left its settings.
		if state := strings.Fields(e["Status"]); len(state) == 3 && state[2] != "installed" {
			return nil
		}
		source, _, _ := strings.Cut(e["Source"], " ")
		return c.add(name, Package{Type: Debian, Name: e["Package"], Version: e["Version"], Architecture: e["Architecture"], Source: source})
	})
}

// alpine reads apk's database, whose fields have one letter.
func alpine(root fs.FS, c *Catalog) error {
	const name = "lib/apk/db/installed"
	f, err := open(root, name, "usr/"+name)
	if f == nil || err != nil {
		return err
	}
	defer f.Close()
	err = database(f, []string{"P", "V", "A", "L", "o"}, func(e fields) error {
		p := Package{Type: Alpine, Name: e["P"], Version: e["V"], Architecture: e["A"], License: e["L"]}
		if e["o"] != p.Name {
			p.Source = e["o"]
		}
		return c.add(name, p)
	})
	if err != nil {
		return fmt.Errorf("read apk's database: %w", err)
	}
	return nil
}
