package table

import (
	"context"
	"math/bits"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/parallel"
)

// parser is a format of records.
type parser interface {
	// cut is the length of the whole records that text begins with.
	cut(text []byte) int
	// begin looks at the first block, and takes what is no record off it.
	begin(s *scanner, b *block) error
	// parse parses a block. Several are parsed at the same time.
	parse(b *block)
	// columns is the column of each of the block's chunks. Blocks come in the order
	// of the file.
	columns(s *scanner, b *block) ([]*builder, error)
	// finish is what is wrong with a table without rows.
	empty(s *scanner) job.Problem
}

// scanner reads a source once.
type scanner struct {
	parser
	table    *Table
	want     func(name string) Kind
	size     int64 // bytes there are; 0 where it is not known
	builders []*builder
	lines    int // in the blocks that were merged
	bytes    int64

	ragged, utf8, nested tally
	excerpt, name        string // the first ragged row, the column of the first nested value
}

// run parses a batch of blocks while the next is read. The first batch is one
// block, which says what the columns are.
func (s *scanner) run(ctx context.Context, f *feeder) error {
	now, ahead := newBatch(), newBatch()
	n, err := f.fill(now[:1])
	if err != nil {
		return err
	}
	if err := s.begin(s, now[0]); err != nil {
		return err
	}
	for first := true; n > 0; first = false {
		next := make(chan func() (int, error), 1)
		go func() {
			n, err := f.fill(ahead)
			next <- func() (int, error) { return n, err }
		}()
		err := parallel.Do(ctx, n, func(i int) { s.parse(now[i]) })
		for i := 0; i < n && err == nil; i++ {
			err = s.merge(now[i])
		}
		if first && err == nil {
			s.reserve()
		}
		m, failure := (<-next)()
		if err != nil {
			return err
		}
		if failure != nil {
			return failure
		}
		n, now, ahead = m, ahead, now
	}
	return nil
}

func newBatch() []*block {
	batch := make([]*block, batchSize)
	for i := range batch {
		batch[i] = &block{}
	}
	return batch
}

// reserve makes room for the rows that there should be by the size of the file.
func (s *scanner) reserve() {
	if s.bytes == 0 {
		return
	}
	hi, lo := bits.Mul64(uint64(s.table.rows), uint64(max(0, s.size-s.bytes)))
	if hi > 0 {
		return
	}
	rows := int(lo / uint64(s.bytes))
	rows += rows/64 + 1024
	for _, b := range s.builders {
		b.reserve(rows)
	}
}

// merge appends a block to the table.
func (s *scanner) merge(b *block) error {
	if b.syntax != nil {
		return b.syntax.problem(s.table.Name, s.lines)
	}
	base := s.table.rows
	builders, err := s.columns(s, b)
	if err != nil {
		return err
	}
	for i, builder := range builders {
		builder.add(base, &b.chunks[i])
	}
	for i, row := range b.starts.rows {
		s.table.lines.add(base+row, s.lines+row+b.starts.offsets[i]+1)
	}
	if s.ragged.n == 0 {
		s.excerpt = b.excerpt
	}
	if s.nested.n == 0 {
		s.name = b.name
	}
	s.ragged.join(s.lines, b.ragged)
	s.utf8.join(s.lines, b.utf8)
	s.nested.join(s.lines, b.nested)
	s.table.rows += b.rows
	for _, builder := range s.builders {
		builder.pad(s.table.rows)
	}
	s.lines += b.lines
	s.bytes += int64(len(b.text))
	return nil
}

// finish reports what is wrong with the rows.
func (s *scanner) finish() error {
	var ps job.Problems
	add := func(code string, t tally, hint string) *job.Problem {
		p := problem(s.table.Name, code, t.message(), hint)
		p.Line = t.line + 1
		ps = append(ps, p)
		return &ps[len(ps)-1]
	}
	if s.ragged.n > 0 {
		add(job.CodeRagged, s.ragged, "quote a field that holds a comma").Excerpt = s.excerpt
	}
	if s.utf8.n > 0 {
		add(job.CodeNotUTF8, s.utf8, hintUTF8)
	}
	if s.nested.n > 0 {
		add(job.CodeNested, s.nested, "give each value a key of its own; lists of numbers need type: vector").Name = s.name
	}
	if len(ps) == 0 && s.table.rows == 0 {
		ps = append(ps, s.empty(s))
	}
	return ps.Err()
}
