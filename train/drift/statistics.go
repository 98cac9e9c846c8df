package drift

import (
	"cmp"
	"slices"
	"strings"
)

// Statistics are what the training part of a dataset held, row weights left
// aside, and what the model said of the rows held out.
type Statistics struct {
	Rows    int               `json:"rows"`    // of the training part
	Columns map[string]Column `json:"columns"` // by the name of the input
	Target  *Column           `json:"target,omitempty"`
	Outputs map[string]Column `json:"outputs,omitempty"` // by the name of the output, of the held-out rows
}

// Column is what the rows held in one column. One of the pointers is set, but
// where no row has a value.
type Column struct {
	Rows       int         `json:"rows"`
	Missing    int         `json:"missing"`
	Numbers    *Numbers    `json:"numbers,omitempty"`    // of numbers, and of dates in seconds
	Norms      *Numbers    `json:"norms,omitempty"`      // Euclidean norms, of vectors
	Words      *Numbers    `json:"words,omitempty"`      // words of a row, of texts
	Categories *Categories `json:"categories,omitempty"` // of categories, and of binaries as 0 and 1
}

// numbers are those of the column, whatever they are of.
func (c *Column) numbers() *Numbers { return cmp.Or(c.Numbers, c.Norms, c.Words) }

// MaxCategories is how many categories are kept: the most frequent ones.
const MaxCategories = 100

// Categories count the rows of each category.
type Categories struct {
	Distinct int      `json:"distinct"`
	Values   []string `json:"values"` // the most frequent first, in a tie in byte order
	Counts   []int    `json:"counts"` // of Values
	Other    int      `json:"other"`  // rows of all other categories
}

// OfCategories is a column of texts by the number of rows of each, which may be
// zero, and the number of rows without one.
func OfCategories(values []string, counts []int, missing int) Column {
	type category struct {
		value string
		rows  int
	}
	var all []category
	out := Column{Rows: missing, Missing: missing}
	for i, n := range counts {
		if n > 0 {
			all = append(all, category{values[i], n})
			out.Rows += n
		}
	}
	if len(all) == 0 {
		return out
	}
	slices.SortFunc(all, func(a, b category) int { return cmp.Or(b.rows-a.rows, strings.Compare(a.value, b.value)) })
	c := &Categories{Distinct: len(all)}
	for i, a := range all {
		if i >= MaxCategories {
			c.Other += a.rows
			continue
		}
		c.Values, c.Counts = append(c.Values, a.value), append(c.Counts, a.rows)
	}
	out.Categories = c
	return out
}
