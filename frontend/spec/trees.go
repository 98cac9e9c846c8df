package spec

import (
	"fmt"
	"slices"
	"strings"
)

// NamedTree is an entry of train.sources, or of those of another program: a file or
// folder that it reads.
type NamedTree struct {
	Stanza string // that has the program
	Name   string
	Source Source
	Text   string // as the file has it
	Path   string // in the file, as in train.sources.src
	Base   bool   // it is the folder of a base model
	place  Value[string]
}

// Trees parses the sources of all programs, those of each in the order of their names, and
// the base model.
// The model must have passed Check.
func (m *Model) Trees() ([]NamedTree, error) {
	var out []NamedTree
	for _, p := range m.Programs() {
		entries := slices.Clone(p.Sources.Entries)
		slices.SortFunc(entries, func(a, b Entry[Value[string]]) int { return strings.Compare(a.Key, b.Key) })
		for _, e := range entries {
			path := p.Stanza + ".sources." + e.Key
			s, err := parseSource(e.Value.V, "", m.lock)
			if err != nil {
				return nil, fmt.Errorf("parse %s: %w", path, err)
			}
			out = append(out, NamedTree{Stanza: p.Stanza, Name: e.Key, Source: s, Text: e.Value.V, Path: path, place: e.Value})
		}
	}
	base, err := m.base()
	if base != nil {
		out = append(out, *base)
	}
	return out, err
}

// Placed is where the spec names the source.
func (t NamedTree) Placed() Placed {
	return Placed{Path: t.Path, At: t.place.At, Text: t.Text, Source: t.Source, Folder: true}
}
