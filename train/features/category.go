package features

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/table"
)

// Categories are the categories of a column in the training rows.
type Categories struct {
	Values []string // in byte order
	Other  bool     // whether all others are one more, after Values
	Fill   int      // the one that a missing value counts as; -1 for none
	Shares []float32
}

// count is how many categories there are.
func (c Categories) count() int {
	if c.Other {
		return len(c.Values) + 1
	}
	return len(c.Values)
}

// fitCategories collects the categories. The most frequent ones are kept, and
// the most frequent of all fills what is missing; in a tie the first.
func fitCategories(p Column, c *table.Column, rows []int) Categories {
	counts := make([]int, len(c.Values))
	missing := 0
	for _, r := range rows {
		if code := c.Codes[r]; code >= 0 {
			counts[code]++
		} else {
			missing++
		}
	}
	type category struct {
		text string
		rows int
	}
	var all []category
	for code, n := range counts {
		if n > 0 {
			all = append(all, category{c.Values[code], n})
		}
	}
	if p.Missing == job.MissingOwnCategory {
		all = append(all, category{"", missing})
		missing = 0
	}
	slices.SortFunc(all, func(a, b category) int {
		return cmp.Or(cmp.Compare(b.rows, a.rows), strings.Compare(a.text, b.text))
	})
	out := Categories{Fill: -1}
	top := ""
	if len(all) > 0 {
		top = all[0].text
	}
	if len(all) > p.MaxCategories {
		out.Other = true
		own := slices.IndexFunc(all, func(a category) bool { return a.text == "" })
		if own >= p.MaxCategories { // a missing value is no rare category
			all[p.MaxCategories-1] = all[own]
		}
		all = all[:p.MaxCategories]
	}
	slices.SortFunc(all, func(a, b category) int { return strings.Compare(a.text, b.text) })
	kept := 0
	for _, a := range all {
		out.Values = append(out.Values, a.text)
		out.Shares = append(out.Shares, share(a.rows, len(rows)))
		kept += a.rows
	}
	if out.Other {
		out.Shares = append(out.Shares, share(len(rows)-kept-missing, len(rows)))
	}
	switch p.Missing {
	case job.MissingOwnCategory:
		out.Fill = 0 // "" sorts first
	case job.MissingMostFrequent:
		out.Fill, _ = slices.BinarySearch(out.Values, top)
	}
	return out
}

func share(rows, of int) float32 { return float32(float64(max(0, rows)) / float64(of)) }

// find is the category of a text: -1 where it is not among them.
func (c Categories) find(text string) int {
	if k, ok := slices.BinarySearch(c.Values, text); ok {
		return k
	}
	if c.Other {
		return len(c.Values)
	}
	return -1
}

// lookup is the category of each code of a column, then of a missing value.
func (c Categories) lookup(values []string) []int32 {
	out := make([]int32, len(values)+1)
	for code, text := range values {
		out[code] = int32(c.find(text))
	}
	out[len(values)] = int32(c.Fill)
	if c.count() == 0 {
		out[len(values)] = -1
	}
	return out
}

// value is the number that a category counts as where it is encoded as one.
// There is none, NaN, for a missing value that is kept.
func (c Categories) value(encode string, k int, missing bool) float32 {
	switch {
	case k < 0 && missing:
		return float32(math.NaN())
	case encode == job.EncodeOrdinal:
		return float32(k)
	case k < 0:
		return 0
	}
	return c.Shares[k]
}
