package drift

import (
	"cmp"
	"slices"

	"github.com/modelbuild/modelbuild/train/fpmath"
)

// Version is the layout version of [Report].
const Version = 1

// Major is the index above which a column has drifted, by the usual rule: less
// than 0.1 is no drift, up to 0.25 a moderate one.
const Major = 0.25

// Report compares data with the statistics of the training part.
type Report struct {
	Version      int            `json:"version"`
	Rows         int            `json:"rows"`
	TrainingRows int            `json:"training_rows"`
	Columns      []ColumnReport `json:"columns"`           // the inputs, in their order
	Outputs      []ColumnReport `json:"outputs,omitempty"` // compared with those of the held-out rows
}

// ColumnReport compares a column. Shares are of all rows, but for those out of
// range or unseen, which are of the rows that have a value.
type ColumnReport struct {
	Name string `json:"name"`
	// PSI is the population stability index, Σ (a-e)·ln(a/e) over the bins or
	// categories and the missing values.
	PSI     float64      `json:"psi"`
	Drifted bool         `json:"drifted"` // whether PSI is more than Major
	Missing Change       `json:"missing"` // shares
	Mean    *Change      `json:"mean,omitempty"`
	Range   *Outside     `json:"out_of_range,omitempty"` // numbers below the least or above the largest of the training part
	Unseen  *UnseenTexts `json:"unseen,omitempty"`       // categories that the training part does not have
}

// Change is a figure of the training part and of the data.
type Change struct {
	Training float64 `json:"training"`
	Data     float64 `json:"data"`
}

// Outside counts numbers.
type Outside struct {
	Rows  int     `json:"rows"`
	Share float64 `json:"share"`
}

// UnseenTexts counts rows of unseen categories and names some.
type UnseenTexts struct {
	Outside
	Categories []string `json:"categories"` // the first in byte order, at most MaxUnseen
}

// MaxUnseen is how many unseen categories a report names.
const MaxUnseen = 10

// Counter counts the rows of a column of new data in the bins of the statistics.
// Its size does not depend on the data.
type Counter struct {
	of      *Column
	numbers *Numbers
	rows    int
	missing int
	counts  []int
	sum     float64
	outside int

	byValue map[string]int // the category's bin
	known   func(string) bool
	unseen  []string // sorted, no more than MaxUnseen
	unknown int
}

// NewCounter counts beside a column's statistics. Known says whether the training
// part has a category; it is nil where that is not known.
func NewCounter(c Column, known func(string) bool) *Counter {
	n := &Counter{of: &c, numbers: c.numbers(), known: known, counts: make([]int, 1)}
	switch {
	case n.numbers != nil:
		n.counts = make([]int, len(n.numbers.Counts))
	case c.Categories != nil:
		n.counts = make([]int, len(c.Categories.Values)+1)
		n.byValue = make(map[string]int, len(c.Categories.Values))
		for k, v := range c.Categories.Values {
			n.byValue[v] = k
		}
	}
	return n
}

// Number counts a row with a number, NaN for none.
func (n *Counter) Number(v float64) {
	n.rows++
	switch {
	case v != v:
		n.missing++
	case n.numbers == nil:
		n.counts[0]++
	default:
		n.counts[n.numbers.bin(v)]++
		n.sum += v
		if v < n.numbers.Min || v > n.numbers.Max {
			n.outside++
		}
	}
}

// Missing counts rows without a value.
func (n *Counter) Missing(rows int) { n.rows, n.missing = n.rows+rows, n.missing+rows }

// Text counts rows of a category.
func (n *Counter) Text(value string, rows int) {
	if rows == 0 {
		return
	}
	n.rows += rows
	k, kept := n.byValue[value]
	if !kept {
		k = len(n.counts) - 1
	}
	n.counts[k] += rows
	if kept || n.known == nil || n.known(value) {
		return
	}
	n.unknown += rows
	at, found := slices.BinarySearch(n.unseen, value)
	if !found && at < MaxUnseen {
		n.unseen = slices.Insert(n.unseen, at, value)
		n.unseen = n.unseen[:min(len(n.unseen), MaxUnseen)]
	}
}

// Report compares what was counted.
func (n *Counter) Report(name string) ColumnReport {
	c := n.of
	r := ColumnReport{Name: name, Missing: Change{share(c.Missing, c.Rows), share(n.missing, n.rows)}}
	expected := make([]int, len(n.counts), len(n.counts)+1)
	present := n.rows - n.missing
	switch {
	case n.numbers != nil:
		copy(expected, n.numbers.Counts)
		r.Range = &Outside{n.outside, share(n.outside, present)}
		if present > 0 {
			r.Mean = &Change{n.numbers.Mean, n.sum / float64(present)}
		}
	case c.Categories != nil:
		copy(expected, c.Categories.Counts)
		expected[len(expected)-1] = c.Categories.Other
	}
	if n.known != nil {
		r.Unseen = &UnseenTexts{Outside{n.unknown, share(n.unknown, present)}, append([]string{}, n.unseen...)}
	}
	r.PSI = PSI(append(expected, c.Missing), append(slices.Clone(n.counts), n.missing))
	r.Drifted = r.PSI > Major
	return r
}

func share(rows, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(rows) / float64(of)
}

// least is the smallest share that counts as one, so that an empty bin does not
// make the index infinite.
const least = 1e-4

// PSI is the population stability index of counts, Σ (a-e)·ln(a/e), where e and a
// are the shares of a bin in the expected and in the actual counts, at least 1e-4
// each. It is 0 where either has no rows.
func PSI(expected, actual []int) float64 {
	of := func(counts []int) (sum int) {
		for _, n := range counts {
			sum += n
		}
		return sum
	}
	e, a := of(expected), of(actual)
	if e == 0 || a == 0 {
		return 0
	}
	psi := 0.0
	for i := range expected {
		p, q := max(least, share(expected[i], e)), max(least, share(actual[i], a))
		psi += float64((q - p) * fpmath.Log(q/p))
	}
	return psi
}

// Drifted are the reports of the columns that have drifted, the worst first.
func (r *Report) Drifted() []ColumnReport {
	var out []ColumnReport
	for _, c := range slices.Concat(r.Columns, r.Outputs) {
		if c.Drifted {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b ColumnReport) int { return cmp.Compare(b.PSI, a.PSI) })
	return out
}
