package catalog

import (
	"fmt"
	"strings"
)

// distribution reads the metadata of a Python distribution: METADATA in a folder
// NAME-VERSION.dist-info, PKG-INFO in one that ends in .egg-info, or a file of that
// name, as older tools write. Only the header counts, which is what comes before the
// first blank line. Source: the "Core metadata" and "Recording installed projects"
// specifications.
func distribution(in *input, name string) ([]Package, error) {
	f, err := in.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p := Package{Type: Python}
	done := false
	err = paragraphs(in.read(f, maxMetadata), []string{"Name", "Version", "License", "License-Expression"}, func(e fields) error {
		if done {
			return nil
		}
		done = true
		p.Name, p.Version, p.License = normalName(e["Name"]), e["Version"], e["License-Expression"]
		if p.License == "" && len(e["License"]) < 64 { // longer ones are the licence's text
			p.License = e["License"]
		}
		if p.License == "UNKNOWN" {
			p.License = ""
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read metadata of a Python package: %w", err)
	}
	if p.Name == "" || p.Version == "" {
		return nil, nil
	}
	return []Package{p}, nil
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
