package features

import (
	"context"
	"math"

	"github.com/modelbuild/modelbuild/train/drift"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/table"
)

// Statistics describe the columns in some rows, by name, as they are before
// their treatment.
func (e *Encoder) Statistics(ctx context.Context, t *table.Table, rows []int) (map[string]drift.Column, error) {
	columns, err := e.find(t)
	if err != nil {
		return nil, err
	}
	described := make([]drift.Column, len(columns))
	err = parallel.Do(ctx, len(columns), func(i int) {
		described[i] = e.Columns[i].describe(columns[i], rows)
	})
	out := make(map[string]drift.Column, len(columns))
	for i, c := range described {
		out[e.Columns[i].Name] = c
	}
	return out, err
}

func (f *Fitted) describe(c *table.Column, rows []int) drift.Column {
	out := drift.Column{Rows: len(rows)}
	switch f.Type {
	case job.TypeCategory:
		counts, missing := codeCounts(c, rows)
		return drift.OfCategories(c.Values, counts, missing)
	case job.TypeBinary:
		counts, missing := codeCounts(c, rows)
		values, of := Binary(c.Values)
		both := make([]int, len(values))
		for code, n := range counts {
			if of[code] >= 0 {
				both[of[code]] += n
			}
		}
		return drift.OfCategories(values, both, missing)
	case job.TypeText:
		words := WordCounts(c.Values)
		out.Words, out.Missing = drift.OfNumbers(gather(rows, func(r int) float32 {
			if c.Codes[r] < 0 {
				return float32(math.NaN())
			}
			return words[c.Codes[r]]
		}))
	case job.TypeVector:
		out.Norms, out.Missing = drift.OfNumbers(gather(rows, func(r int) float64 { return Norm(c, r) }))
	case job.TypeDate:
		out.Numbers, out.Missing = drift.OfNumbers(gather(rows, func(r int) float64 { return c.Exact[r] }))
	default:
		raw := make([]float32, len(rows))
		(&view{f: f, c: c}).raw(0, rows, raw)
		out.Numbers, out.Missing = drift.OfNumbers(raw)
	}
	return out
}

func gather[T any](rows []int, value func(row int) T) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = value(r)
	}
	return out
}

// codeCounts counts the rows of each text, and those without one.
func codeCounts(c *table.Column, rows []int) (counts []int, missing int) {
	counts = make([]int, len(c.Values))
	for _, r := range rows {
		if code := c.Codes[r]; code >= 0 {
			counts[code]++
		} else {
			missing++
		}
	}
	return counts, missing
}

// Binary are the two values of a binary column, and which of them each text is:
// -1 for neither.
func Binary(texts []string) (values []string, of []int) {
	of = make([]int, len(texts))
	for i, text := range texts {
		of[i] = -1
		if v := binary(text); v == v {
			of[i] = int(v)
		}
	}
	return []string{"0", "1"}, of
}

// WordCounts is the number of words of each text.
func WordCounts(texts []string) []float32 {
	out := make([]float32, len(texts))
	for i, text := range texts {
		out[i] = float32(len(grams(text, 1)))
	}
	return out
}

// Norm is the Euclidean norm of a row of a vector column, NaN where it has none.
func Norm(c *table.Column, row int) float64 {
	if c.Width == 0 {
		return math.NaN()
	}
	sum := 0.0
	for _, v := range c.Numbers[row*c.Width : (row+1)*c.Width] {
		sum += float64(float64(v) * float64(v))
	}
	return math.Sqrt(sum)
}
