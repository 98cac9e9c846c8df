package table

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
)

// Kind is how the cells of a column are kept.
type Kind uint8

// Kinds of column. Infer is a wish only: a column that was read has another.
const (
	Infer   Kind = iota // Float32 where every value is a number, else Text
	Skip                // not kept
	Float32             // numbers
	Float64             // numbers that float32 would round too far
	Text                // codes of distinct texts
	Date                // seconds since 1970-01-01T00:00:00Z
	Time                // either of Float64 and Date, whatever puts rows in order
	Vector              // lists of numbers, as many in each row
)

// Kinds for the reader itself.
const (
	probe       Kind = 255 - iota // of a chunk that is read only to see what it holds
	inferText                     // an inferred column that is known to hold texts
	inferVector                   // or lists
)

// Options say what a reader wants of each column.
type Options struct {
	Columns map[string]Kind // by name
	Others  Kind            // of the columns that are not in Columns

	block, record, free int // blockSize, maxRecord and freeSize, where tests set them
}

func (o Options) want(name string) Kind {
	if k, ok := o.Columns[name]; ok {
		return k
	}
	return o.Others
}

// Table is one dataset, column by column.
type Table struct {
	Name    string // dataset name
	SHA256  string // hex digest of the bytes read
	Size    int64  // bytes read
	Columns []Column
	rows    int
	lines   lineMap
}

// Column is one named column. Which of the fields are set is decided by Kind.
type Column struct {
	Name    string
	Kind    Kind
	Numbers []float32 // Float32, Vector: NaN where a value is missing
	Width   int       // Vector: numbers in a row
	Exact   []float64 // Float64, Date, Time: NaN where a value is missing
	Dates   int       // Time: how many of the values are dates
	Codes   []int32   // Text: the number of the value, -1 where it is missing
	Values  []string  // Text: the distinct values, in the order in which they first appear

	Missing  Cells // cells without a value
	Bad      Cells // values that are not of the kind that was wanted; they are kept as missing
	Infinite Cells // numbers that are too large for the kind; they are kept as infinities
	Guess    Guess // what decided an inferred kind
}

// Cells counts cells of a column and keeps the first.
type Cells struct {
	N    int
	Row  int // of the first, from 0
	Text string
}

func (c *Cells) add(row int, text string) {
	if c.N == 0 {
		c.Row, c.Text = row, text
	}
	c.N++
}

// addBytes is add for a text that is copied only where it is kept.
func (c *Cells) addBytes(row int, text []byte) {
	if c.N == 0 {
		c.Row, c.Text = row, string(text)
	}
	c.N++
}

// join adds the cells of another part of the column, whose rows begin at base.
func (c *Cells) join(base int, o Cells) {
	if o.N > 0 && (c.N == 0 || base+o.Row < c.Row) {
		c.Row, c.Text = base+o.Row, o.Text
	}
	c.N += o.N
}

// MaxInferred is the most distinct texts that an inferred column is read to;
// more are not kept.
const MaxInferred = 256

// Guess is what was seen of a column whose kind was inferred.
type Guess struct {
	Inferred bool
	Present  int   // values that are there
	Numbers  int   // of those, the ones that are numbers
	Texts    Cells // and those that are not
	Boolean  bool  // the file says that the values are true or false
	Many     bool  // more than [MaxInferred] distinct texts: the column has no values
}

// Mixed says that the column holds numbers but for at most a tenth of its
// values, which is too doubtful to guess from. It is a Float32 then.
func (g Guess) Mixed() bool { return g.Texts.N > 0 && g.Numbers >= g.Present-g.Present/10 }

// Rows is the number of rows below the header.
func (t *Table) Rows() int { return t.rows }

// Line is the physical line, from 1, on which a row begins; 0 where the file has
// no lines.
func (t *Table) Line(row int) int { return t.lines.line(row) }

// Column finds a column by name.
func (t *Table) Column(name string) (*Column, bool) {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return nil, false
	}
	return &t.Columns[i], true
}

// Names lists the columns in file order.
func (t *Table) Names() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// NoColumn is the problem of a name that is not a column, with the nearest
// names as the hint.
func (t *Table) NoColumn(code, field, name string) job.Problem {
	return job.Problem{
		Code: code, Field: field, Dataset: t.Name, Name: name, Excerpt: name,
		Message: fmt.Sprintf("no column %q", name),
		Hint:    hint(name, t.Names()),
	}
}

// Problem is one about a column, pointing at the first of some cells.
func (t *Table) Problem(code, field string, c *Column, at Cells) job.Problem {
	p := job.Problem{Code: code, Field: field, Dataset: t.Name, Line: t.Line(at.Row), Name: c.Name, Excerpt: Excerpt(at.Text)}
	if p.Line == 0 {
		p.Row = at.Row + 1
	}
	return p
}

// TooLarge counts the numbers that float32 cannot hold.
func (c *Column) TooLarge() Cells {
	out := c.Infinite
	if c.Kind != Float64 {
		return out
	}
	for row, v := range c.Exact {
		if math.Abs(v) > math.MaxFloat32 && !math.IsInf(v, 0) {
			out.join(row, Cells{N: 1, Text: c.Text(row)})
		}
	}
	return out
}

// Text is a cell as a text, empty where it has no value. A number is written
// as short as reads back to it, which need not be how the file has it.
func (c *Column) Text(row int) string {
	switch c.Kind {
	case Float32:
		return formatNumber(float64(c.Numbers[row]), 32)
	case Float64, Time:
		return formatNumber(c.Exact[row], 64)
	case Date:
		return formatDate(c.Exact[row])
	case Vector:
		return c.vectorText(c.Numbers[row*c.Width : (row+1)*c.Width])
	case Text:
		if k := c.Codes[row]; k >= 0 {
			return c.Values[k]
		}
	}
	return ""
}

func (c *Column) vectorText(row []float32) string {
	if len(row) == 0 || math.IsNaN(float64(row[0])) {
		return ""
	}
	items := make([]string, len(row))
	for i, v := range row {
		items[i] = formatNumber(float64(v), 32)
	}
	return "[" + strings.Join(items, ", ") + "]"
}

func formatNumber(v float64, bits int) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, bits)
}

// lineMap knows the lines on which rows begin by the rows before which lines
// were skipped: from rows[i] on, row r begins on line r+offsets[i].
type lineMap struct {
	rows, offsets []int
}

func (m *lineMap) add(row, line int) {
	if n := len(m.rows); n == 0 || m.offsets[n-1] != line-row {
		m.rows, m.offsets = append(m.rows, row), append(m.offsets, line-row)
	}
}

func (m *lineMap) line(row int) int {
	i := sort.SearchInts(m.rows, row+1) - 1
	if i < 0 {
		return 0
	}
	return row + m.offsets[i]
}
