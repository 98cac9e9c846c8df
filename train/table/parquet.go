package table

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/parquet-go/parquet-go"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/parallel"
)

// readParquet reads the columns of a Parquet file that are wanted, several at a
// time, each from its first page to its last.
func readParquet(ctx context.Context, src source, o Options) (*Table, error) {
	t := &Table{Name: src.name, Size: src.size}
	sum := sha256.New()
	if _, err := io.Copy(sum, src.in); err != nil {
		return nil, fmt.Errorf("read dataset %s: %w", src.name, err)
	}
	t.SHA256 = hex.EncodeToString(sum.Sum(nil))
	raw := &rawReaderAt{in: src.in}
	var columns []*parquetColumn
	var rows int64
	var groups []parquet.RowGroup
	err := undamaged(src.name, raw, func() error {
		f, err := parquet.OpenFile(raw, src.size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
		if err != nil {
			return err
		}
		rows, groups = f.NumRows(), f.RowGroups()
		columns, err = parquetColumns(src.name, f.Root().Columns(), o)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := sized(src, rows, len(columns)); err != nil {
		return nil, err
	}
	t.rows = int(rows)
	failures := make([]error, len(columns))
	err = parallel.Do(ctx, len(columns), func(i int) {
		failures[i] = undamaged(src.name, raw, func() error { return columns[i].read(ctx, groups, t.rows) })
	})
	if err := errors.Join(append(failures, err)...); err != nil {
		return nil, firstProblems(failures, err)
	}
	var ps job.Problems
	for _, c := range columns {
		ps = append(ps, c.problems(t)...)
		t.Columns = append(t.Columns, c.column())
	}
	return t, ps.Err()
}

// firstProblems is the first column's mistake, so that the answer does not
// depend on which column was read first.
func firstProblems(failures []error, other error) error {
	for _, err := range failures {
		var ps job.Problems
		if errors.As(err, &ps) {
			return ps
		}
	}
	return other
}

// sized refuses files that say they have no rows, or more than their bytes can
// stand for.
func sized(src source, rows int64, columns int) error {
	if rows == 0 {
		return job.Problems{problem(src.name, job.CodeNoRows, "there are columns but no rows", "it needs at least one row")}
	}
	if rows < 0 || rows > 1<<31-1 || 4*rows*int64(columns) > freeSize && 4*rows*int64(columns)/maxRatio > src.size {
		return job.Problems{problem(src.name, job.CodeTooLarge, fmt.Sprintf("%d bytes of Parquet stand for %d rows", src.size, rows),
			"write the file with less compression")}
	}
	return nil
}

// rawReaderAt keeps the error of a file apart from those of what is in it.
type rawReaderAt struct {
	in     io.ReaderAt
	failed atomic.Pointer[error]
}

// ReadAt reads.
func (r *rawReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, io.ErrUnexpectedEOF // the file is shorter than it says
	}
	n, err := r.in.ReadAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) {
		r.failed.Store(&err)
	}
	return n, err
}

// undamaged turns what the library says of bytes that it cannot read, by an
// error or a panic, into a problem.
func undamaged(dataset string, raw *rawReaderAt, f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = damaged(dataset, fmt.Sprint(r))
		}
	}()
	err = f()
	var ps job.Problems
	switch {
	case err == nil, errors.As(err, &ps), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case raw.failed.Load() != nil:
		return fmt.Errorf("read dataset %s: %w", dataset, *raw.failed.Load())
	}
	return damaged(dataset, err.Error())
}

func damaged(dataset, why string) error {
	return job.Problems{problem(dataset, job.CodeContent, "not a Parquet file, or a damaged one: "+Excerpt(why), "copy or write it again")}
}

// parquetColumns finds the columns that can be read, and refuses those that are
// wanted and cannot.
func parquetColumns(dataset string, nodes []*parquet.Column, o Options) ([]*parquetColumn, error) {
	var columns []*parquetColumn
	var ps job.Problems
	seen := map[string]bool{}
	for i, node := range nodes {
		name := node.Name()
		if p := columnName(dataset, i, name, seen[name]); p.Code != "" {
			ps = append(ps, p)
		}
		seen[name] = true
		c := &parquetColumn{builder: newBuilder(name, Skip, chunk{})}
		if want := o.want(name); want != Skip {
			var ok bool
			if c, ok = newParquetColumn(node, want); !ok {
				p := problem(dataset, job.CodeNested, fmt.Sprintf("column %q has a type that cannot be read: %s", name, kindOf(node)), "exclude it, or write it as another type")
				p.Name = name
				ps = append(ps, p)
			}
		}
		columns = append(columns, c)
	}
	return columns, ps.Err()
}

func kindOf(node *parquet.Column) string {
	switch {
	case !node.Leaf():
		return "columns within a column"
	case node.Type().LogicalType() != nil:
		return node.Type().LogicalType().String()
	}
	return node.Type().String()
}
