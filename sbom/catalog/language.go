package catalog

import (
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// decode reads a JSON file of a package.
func decode(in *input, name string, into any) error {
	f, err := in.open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(in.read(f, maxManifest+1))
	if err != nil {
		return err
	}
	if len(data) > maxManifest {
		return fmt.Errorf("it has more than %d bytes", maxManifest)
	}
	return json.Unmarshal(data, into)
}

// conda reads the record of a package that conda installed, below conda-meta.
func conda(in *input, name string) ([]Package, error) {
	var r struct{ Name, Version, Build, Subdir, License string }
	if err := decode(in, name, &r); err != nil {
		return nil, fmt.Errorf("read record of conda: %w", err)
	}
	if r.Name == "" || r.Version == "" {
		return nil, nil
	}
	return []Package{{Type: Conda, Name: r.Name, Version: r.Version, Build: r.Build, Architecture: r.Subdir, License: r.License}}, nil
}

// installedByNPM reports whether a folder is one of node_modules, or of a scope in it.
func installedByNPM(dir string) bool {
	parent := path.Dir(dir)
	if strings.HasPrefix(path.Base(parent), "@") {
		parent = path.Dir(parent)
	}
	return path.Base(parent) == "node_modules"
}

// npm reads the package.json of an installed package.
func npm(in *input, name string) ([]Package, error) {
	var r struct {
		Name, Version string
		License       any // older packages have an object
	}
	if err := decode(in, name, &r); err != nil {
		return nil, fmt.Errorf("read package.json: %w", err)
	}
	if r.Name == "" || r.Version == "" {
		return nil, nil
	}
	license, _ := r.License.(string)
	return []Package{{Type: NPM, Name: r.Name, Version: r.Version, License: license}}, nil
}

// rLibraries are the names of the folders that R installs packages into.
var rLibraries = [...]string{"library", "site-library"}

// rPackage reads the DESCRIPTION of an R package. An installed one says when it was
// built, or lies in a library: R's own translations do not say.
func rPackage(in *input, name string) ([]Package, error) {
	f, err := in.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []Package
	installed := slices.Contains(rLibraries[:], path.Base(path.Dir(path.Dir(name))))
	err = paragraphs(in.read(f, maxMetadata), []string{"Package", "Version", "License", "Built"}, func(e fields) error {
		if len(out) == 0 && e["Package"] != "" && e["Version"] != "" && (installed || e["Built"] != "") {
			out = append(out, Package{Type: CRAN, Name: e["Package"], Version: e["Version"], License: e["License"]})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read DESCRIPTION: %w", err)
	}
	return out, nil
}
