package table

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/parallel"
)

// Read parses a CSV dataset with a header line. Mistakes in it are returned as
// [job.Problems], one for each kind, with the first line and how many more
// there are.
func Read(name string, r io.Reader, o Options) (*Table, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read dataset %s: %w", name, err)
	}
	return read(context.Background(), source{name: name, in: bytes.NewReader(data), size: int64(len(data))}, o)
}

// Open reads the file of a dataset.
func Open(ctx context.Context, d job.Dataset, o Options) (*Table, error) {
	if d.Format != "csv" {
		return nil, job.Problems{{Code: job.CodeNoDataset, Field: "data." + d.Name + ".format", Dataset: d.Name,
			Excerpt: d.Format, Message: fmt.Sprintf("format %q cannot be read", d.Format), Hint: "csv can"}}
	}
	f, err := os.Open(d.Path)
	if err != nil {
		return nil, fmt.Errorf("open dataset %s: %w", d.Name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open dataset %s: %w", d.Name, err)
	}
	if d.Digest != "" {
		if err := verify(d, f); err != nil {
			return nil, err
		}
	}
	return read(ctx, source{name: d.Name, in: f, size: info.Size()}, o)
}

// verify hashes a file whose digest is given before anything of it is parsed,
// and leaves it at its start.
func verify(d job.Dataset, f *os.File) error {
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return fmt.Errorf("hash dataset %s: %w", d.Name, err)
	}
	if got := "sha256:" + hex.EncodeToString(sum.Sum(nil)); got != d.Digest {
		return job.Problems{{Code: job.CodeDigest, Field: "data." + d.Name + ".digest", Excerpt: got,
			Message: fmt.Sprintf("data.%s: the content has digest %s, not %s", d.Name, got, d.Digest),
			Hint:    "if the new content is what you want, write this digest"}}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read dataset %s: %w", d.Name, err)
	}
	return nil
}

// source is the bytes of a dataset.
type source struct {
	name string
	in   io.ReadSeeker
	size int64

	block, record int
}

// read parses a source, twice where a column that began with numbers goes on
// with texts.
func read(ctx context.Context, src source, o Options) (*Table, error) {
	src.block, src.record = cmp.Or(o.block, blockSize), cmp.Or(o.record, maxRecord)
	t, again, err := scan(ctx, src, o.want)
	if err != nil || len(again) == 0 {
		return t, err
	}
	if _, err := src.in.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read dataset %s: %w", src.name, err)
	}
	second, _, err := scan(ctx, src, func(name string) Kind {
		if again[name] {
			return inferText
		}
		return Skip
	})
	if err != nil {
		return nil, err
	}
	if second.SHA256 != t.SHA256 {
		return nil, fmt.Errorf("read dataset %s: the file changed while it was read", src.name)
	}
	for i, c := range second.Columns {
		if again[c.Name] {
			t.Columns[i] = c
		}
	}
	return t, nil
}

// scanner reads a source once.
type scanner struct {
	table    *Table
	names    []string
	kinds    []Kind // that the blocks are parsed to
	builders []*builder
	lines    int // in the blocks that were merged
	bytes    int64

	ragged, utf8 tally
	excerpt      string // the first ragged row
}

// scan reads a source once. The columns named in again are of the wrong kind.
func scan(ctx context.Context, src source, want func(string) Kind) (t *Table, again map[string]bool, err error) {
	sum := sha256.New()
	count := new(counter)
	f := &feeder{in: io.TeeReader(src.in, io.MultiWriter(sum, count)), cut: cutCSV, size: src.block, limit: src.record}
	s := &scanner{table: &Table{Name: src.name}}
	if err := s.run(ctx, f, src, want); err != nil {
		var ps job.Problems
		if !errors.As(err, &ps) && ctx.Err() == nil {
			err = fmt.Errorf("read dataset %s: %w", src.name, err)
		}
		return nil, nil, err
	}
	again = map[string]bool{}
	for _, b := range s.builders {
		if b.again() {
			again[b.Name] = true
		}
		s.table.Columns = append(s.table.Columns, b.column())
	}
	s.table.SHA256, s.table.Size = hex.EncodeToString(sum.Sum(nil)), int64(*count)
	return s.table, again, s.finish()
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// run parses a batch of blocks while the next is read. The first batch is one
// block, which says what the columns are.
func (s *scanner) run(ctx context.Context, f *feeder, src source, want func(string) Kind) error {
	now, ahead := newBatch(), newBatch()
	n, err := f.fill(now[:1])
	if err != nil {
		return err
	}
	if err := s.begin(now[0], want); err != nil {
		return err
	}
	for first := true; n > 0; first = false {
		next := make(chan func() (int, error), 1)
		go func() {
			n, err := f.fill(ahead)
			next <- func() (int, error) { return n, err }
		}()
		err := parallel.Do(ctx, n, func(i int) {
			now[i].reset(s.kinds)
			now[i].parseCSV(s.names)
		})
		for i := 0; i < n && err == nil; i++ {
			err = s.merge(now[i])
		}
		if first && err == nil {
			s.reserve(src.size)
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

// begin reads the header and decides what each column is read to.
func (s *scanner) begin(b *block, want func(string) Kind) error {
	names, err := csvHeader(s.table.Name, b)
	if err != nil {
		return err
	}
	s.names = names
	wanted, probes := make([]Kind, len(names)), make([]Kind, len(names))
	for i, name := range names {
		wanted[i], probes[i] = want(name), Skip
		if wanted[i] == Infer {
			probes[i] = probe
		}
	}
	b.reset(probes)
	b.parseCSV(names)
	for i, name := range names {
		column := newBuilder(name, wanted[i], b.chunks[i])
		s.builders = append(s.builders, column)
		s.kinds = append(s.kinds, column.Kind)
	}
	return nil
}

// reserve makes room for the rows that a file of the given size should have.
func (s *scanner) reserve(size int64) {
	if s.bytes == 0 {
		return
	}
	hi, lo := bits.Mul64(uint64(s.table.rows), uint64(max(0, size-s.bytes)))
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
	for i := range b.chunks {
		s.builders[i].add(base, &b.chunks[i])
	}
	for i, row := range b.starts.rows {
		s.table.lines.add(base+row, s.lines+row+b.starts.offsets[i]+1)
	}
	if s.ragged.n == 0 {
		s.excerpt = b.excerpt
	}
	s.ragged.join(s.lines, b.ragged)
	s.utf8.join(s.lines, b.utf8)
	s.table.rows += b.rows
	s.lines += b.lines
	s.bytes += int64(len(b.text))
	return nil
}

// finish reports what is wrong with the rows.
func (s *scanner) finish() error {
	var ps job.Problems
	if s.ragged.n > 0 {
		p := problem(s.table.Name, job.CodeRagged, s.ragged.message(), "quote a field that holds a comma")
		p.Line, p.Excerpt = s.ragged.line+1, s.excerpt
		ps = append(ps, p)
	}
	if s.utf8.n > 0 {
		p := problem(s.table.Name, job.CodeNotUTF8, s.utf8.message(), hintUTF8)
		p.Line = s.utf8.line + 1
		ps = append(ps, p)
	}
	if len(ps) == 0 && s.table.rows == 0 {
		ps = append(ps, problem(s.table.Name, job.CodeNoRows, "there is a header but no rows", "it needs at least one row"))
	}
	return ps.Err()
}
