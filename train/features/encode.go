package features

import (
	"context"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/table"
)

// blockRows is how many rows are encoded at a time, so that they stay in the
// cache from column to column.
const blockRows = 1024

// views places the encoder's columns on a table.
func (e *Encoder) views(t *table.Table) ([]view, error) {
	columns, err := e.find(t)
	if err != nil {
		return nil, err
	}
	views := make([]view, len(columns))
	at := 0
	place := func(numeric bool) {
		for i := range views {
			if f := &e.Columns[i]; f.numeric() == numeric {
				views[i] = view{f: f, c: columns[i], at: at, indicator: -1}
				at += f.Width()
			}
		}
	}
	place(true)
	for i := range views {
		if e.Columns[i].Indicator {
			views[i].indicator = at
			at++
		}
	}
	place(false)
	return views, parallel.Do(context.Background(), len(views), func(i int) { views[i].prepare() })
}

// Encode turns rows of a table into a matrix. The table must hold every column
// of the encoder; others are ignored. The plan must have been one for [Dense].
func (e *Encoder) Encode(t *table.Table, rows []int) (Matrix, error) {
	views, err := e.views(t)
	if err != nil {
		return Matrix{}, err
	}
	m := matrix.NewDense(len(rows), e.Width())
	blocks := parallel.Blocks(len(rows), blockRows)
	return m, parallel.Do(context.Background(), len(blocks), func(b int) {
		part := m.Slice(blocks[b].From, blocks[b].To)
		scratch := make([]float32, part.Rows)
		for i := range views {
			views[i].dense(part, rows[blocks[b].From:blocks[b].To], scratch)
		}
	})
}

// dense writes the column's features of some rows.
func (v *view) dense(m Matrix, rows []int, scratch []float32) {
	for k := range v.f.Numbers {
		v.raw(k, rows, scratch)
		v.f.Numbers[k].apply(scratch)
		for i, x := range scratch {
			m.Data[i*m.Width+v.at+k] = float64(x)
		}
	}
	if v.indicator >= 0 {
		for i, r := range rows {
			if v.missing(r) {
				m.Data[i*m.Width+v.indicator] = 1
			}
		}
	}
	switch {
	case v.f.Type == job.TypeText:
		for i, r := range rows {
			for _, e := range v.words(r) {
				m.Data[i*m.Width+v.at+e.at] = float64(e.value)
			}
		}
	case v.f.Type != job.TypeCategory || v.f.Width() == 0:
	case v.f.Encode == job.EncodeOneHot:
		for i, r := range rows {
			if k := v.code(r); k >= 0 {
				m.Data[i*m.Width+v.at+int(k)] = 1
			}
		}
	default:
		for i, r := range rows {
			m.Data[i*m.Width+v.at] = float64(v.ordinal(r))
		}
	}
}

func (v *view) words(row int) []entry {
	code := v.c.Codes[row]
	if code < 0 {
		return nil
	}
	return v.f.Words.encode(v.f.Column, v.c.Values[code])
}

// ordinal is the number that a row's category is encoded as.
func (v *view) ordinal(row int) float32 {
	code := v.c.Codes[row]
	if code < 0 {
		return v.number[len(v.number)-1]
	}
	return v.number[code]
}

// EncodeColumns turns rows of a table into columns, as [Encoder.Encode] does
// into a matrix. The plan must have been one for [Columns].
func (e *Encoder) EncodeColumns(t *table.Table, rows []int) (matrix.Columns, error) {
	views, err := e.views(t)
	if err != nil {
		return matrix.Columns{}, err
	}
	out := matrix.Columns{Rows: len(rows)}
	for _, name := range e.Names() {
		out.Features = append(out.Features, matrix.Feature{Name: name})
	}
	return out, parallel.Do(context.Background(), len(views), func(i int) { views[i].columns(out, rows) })
}

// columns writes the column's features.
func (v *view) columns(out matrix.Columns, rows []int) {
	own := out.Features[v.at : v.at+v.f.Width()]
	for k := range own {
		if v.f.Encode == job.EncodeCodes {
			own[k].Codes, own[k].Categories = make([]int32, len(rows)), v.f.Categories.count()
		} else {
			own[k].Values = make([]float32, len(rows))
		}
	}
	for k := range v.f.Numbers {
		v.raw(k, rows, own[k].Values)
		v.f.Numbers[k].apply(own[k].Values)
	}
	if v.indicator >= 0 {
		values := make([]float32, len(rows))
		for i, r := range rows {
			if v.missing(r) {
				values[i] = 1
			}
		}
		out.Features[v.indicator].Values = values
	}
	switch {
	case v.f.Type == job.TypeText:
		for i, r := range rows {
			for _, e := range v.words(r) {
				own[e.at].Values[i] = e.value
			}
		}
	case v.f.Type != job.TypeCategory || len(own) == 0:
	case v.f.Encode == job.EncodeCodes:
		for i, r := range rows {
			own[0].Codes[i] = v.code(r)
		}
	case v.f.Encode == job.EncodeOneHot:
		for i, r := range rows {
			if k := v.code(r); k >= 0 {
				own[k].Values[i] = 1
			}
		}
	default:
		for i, r := range rows {
			own[0].Values[i] = v.ordinal(r)
		}
	}
}
