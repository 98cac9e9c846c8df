package table

import (
	"fmt"
	"slices"
	"strings"
)

// hint proposes the columns whose names are nearest, or lists the columns.
func hint(name string, columns []string) string {
	if near := nearest(name, columns); len(near) > 0 {
		return "did you mean " + strings.Join(near, " or ") + "?"
	}
	if len(columns) > 12 {
		return fmt.Sprintf("the first of its %d columns are %s", len(columns), strings.Join(columns[:12], ", "))
	}
	return "its columns are " + strings.Join(columns, ", ")
}

// nearest returns up to three quoted names within a third of the name's length
// in edits, the closest first.
func nearest(name string, columns []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var found []candidate
	for _, c := range columns {
		d := distance(strings.ToLower(name), strings.ToLower(c))
		if d < len(name) && d <= max(1, len(name)/3) {
			found = append(found, candidate{c, d})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.distance - b.distance })
	var names []string
	for _, c := range found[:min(3, len(found))] {
		names = append(names, fmt.Sprintf("%q", c.name))
	}
	return names
}

// distance is Levenshtein's, over runes.
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	row := make([]int, len(t)+1)
	for j := range row {
		row[j] = j
	}
	for i := range s {
		diagonal := row[0]
		row[0] = i + 1
		for j := range t {
			cost := diagonal
			if s[i] != t[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(t)]
}
