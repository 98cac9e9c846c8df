package deb

import (
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/internal/deb822"
	"github.com/modelbuild/modelbuild/internal/environ/refusal"
)

// Control is what a package says of itself.
type Control struct {
	Package, Version, Architecture string
	InstalledSize                  int64 // bytes; 0 where the package does not tell
	PreDepends                     []string
	Depends                        []string // of each dependency, the name that stands first
	Provides                       []string
}

// ReadControl reads the control part of a package.
func ReadControl(r io.Reader) (*Control, error) {
	a, err := newArchive(r)
	if err != nil {
		return nil, err
	}
	return a.control()
}

func (a *archive) control() (*Control, error) {
	t, done, err := a.part("control", maxControl)
	if err != nil {
		return nil, err
	}
	defer done()
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil, refusal.New("", "the package has no control file")
		}
		if err != nil {
			return nil, damaged(err)
		}
		if path.Clean(h.Name) != "control" {
			continue
		}
		text, err := io.ReadAll(t)
		if err != nil {
			return nil, damaged(err)
		}
		return parseControl(string(text))
	}
}

func parseControl(text string) (*Control, error) {
	var fields deb822.Fields // none where there are no paragraphs
	if all := deb822.Parse(text); len(all) > 0 {
		fields = all[0]
	}
	c := &Control{
		Package: fields["package"], Version: fields["version"], Architecture: fields["architecture"],
		PreDepends: names(fields["pre-depends"]), Depends: names(fields["depends"]), Provides: names(fields["provides"]),
	}
	if c.Package == "" || c.Version == "" {
		return nil, refusal.New("", "the package does not give its name and version")
	}
	if size := fields["installed-size"]; size != "" {
		kib, err := strconv.ParseInt(size, 10, 64)
		if err != nil || kib < 0 || kib > 1<<40 {
			return nil, refusal.New("", "the package gives %q as its size", refusal.Shortened(size))
		}
		c.InstalledSize = kib << 10
	}
	return c, nil
}

// names are the packages of a dependency field, without versions and qualifiers.
func names(field string) []string {
	var out []string
	for clause := range strings.SplitSeq(field, ",") {
		first, _, _ := strings.Cut(clause, "|")
		first, _, _ = strings.Cut(first, "(")
		first, _, _ = strings.Cut(first, ":")
		if first = strings.TrimSpace(first); first != "" {
			out = append(out, first)
		}
	}
	return out
}
