package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
)

// NamedTree is an entry of train.sources: a file or folder that a program reads.
type NamedTree struct {
	Name   string
	Source Source
	Text   string // as the file has it
	At     diag.Span
}

// Trees parses train.sources, in the order of their names. The model must have passed
// Check.
func (m *Model) Trees() ([]NamedTree, error) {
	var out []NamedTree
	for _, e := range m.Train.Sources.Entries {
		s, err := parseSource(e.Value.V, "", m.lock)
		if err != nil {
			return nil, fmt.Errorf("parse train.sources.%s: %w", e.Key, err)
		}
		out = append(out, NamedTree{Name: e.Key, Source: s, Text: e.Value.V, At: e.Value.At})
	}
	slices.SortFunc(out, func(a, b NamedTree) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// Placed is where the spec names the source.
func (t NamedTree) Placed() Placed {
	return Placed{Path: "train.sources." + t.Name, At: t.At, Text: t.Text, Source: t.Source, Folder: true}
}
