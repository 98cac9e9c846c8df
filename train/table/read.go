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
	"os"

	"github.com/modelbuild/modelbuild/train/job"
)

// Formats of a dataset. Those of text may be packed with gzip or Zstandard.
const (
	formatCSV     = "csv"
	formatJSONL   = "jsonl"
	formatParquet = "parquet"
)

// Read parses a CSV dataset with a header line. Mistakes in it are returned as
// [job.Problems], one for each kind, with the first line and how many more
// there are.
func Read(name string, r io.Reader, o Options) (*Table, error) {
	return readAll(job.Dataset{Name: name, Format: formatCSV}, r, o)
}

// readAll reads a dataset that is not a file.
func readAll(d job.Dataset, r io.Reader, o Options) (*Table, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read dataset %s: %w", d.Name, err)
	}
	return read(context.Background(), source{name: d.Name, format: d.Format, in: bytes.NewReader(data), size: int64(len(data))}, o)
}

// Open reads the file of a dataset.
func Open(ctx context.Context, d job.Dataset, o Options) (*Table, error) {
	switch d.Format {
	case formatCSV, formatJSONL, formatParquet:
	default:
		return nil, job.Problems{{Code: job.CodeNoDataset, Field: "data." + d.Name + ".format", Dataset: d.Name,
			Excerpt: d.Format, Message: fmt.Sprintf("format %q cannot be read", d.Format), Hint: "csv, jsonl and parquet can"}}
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
	return read(ctx, source{name: d.Name, format: d.Format, in: f, size: info.Size()}, o)
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
	name, format string
	in           file
	size         int64
}

type file interface {
	io.ReadSeeker
	io.ReaderAt
}

// read parses a source, twice where a column that began with numbers goes on
// with texts.
func read(ctx context.Context, src source, o Options) (*Table, error) {
	if src.format == formatParquet {
		return readParquet(ctx, src, o)
	}
	t, again, err := scan(ctx, src, o)
	if err != nil || len(again) == 0 {
		return t, err
	}
	if _, err := src.in.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read dataset %s: %w", src.name, err)
	}
	o.Columns, o.Others = again, Skip
	second, _, err := scan(ctx, src, o)
	if err != nil {
		return nil, err
	}
	if second.SHA256 != t.SHA256 {
		return nil, fmt.Errorf("read dataset %s: the file changed while it was read", src.name)
	}
	for i, c := range second.Columns {
		if _, ok := again[c.Name]; ok {
			t.Columns[i] = c
		}
	}
	return t, nil
}

// scan reads a source once. The columns named in again are to be read as what
// it says in place of what they were read as.
func scan(ctx context.Context, src source, o Options) (t *Table, again map[string]Kind, err error) {
	raw := &rawReader{in: src.in, sum: sha256.New()}
	s := &scanner{table: &Table{Name: src.name}, want: o.want, parser: &csvParser{}}
	if src.format == formatJSONL {
		s.parser = &jsonParser{}
	}
	in, packed, err := unpack(src.name, raw, cmp.Or(o.free, freeSize))
	if err == nil {
		if !packed {
			s.size = src.size
		}
		f := &feeder{in: in, cut: s.cut, size: cmp.Or(o.block, blockSize), limit: cmp.Or(o.record, maxRecord)}
		err = s.run(ctx, f)
	}
	if err != nil {
		return nil, nil, raw.explain(ctx, src.name, err)
	}
	again = map[string]Kind{}
	for _, b := range s.builders {
		if kind, wrong := b.again(); wrong {
			again[b.Name] = kind
		}
		s.table.Columns = append(s.table.Columns, b.column())
	}
	if s.table.SHA256, s.table.Size, err = raw.finish(); err != nil {
		return nil, nil, raw.explain(ctx, src.name, err)
	}
	return s.table, again, s.finish()
}

// explain says which dataset an error of the machine is about; mistakes say it
// themselves.
func (r *rawReader) explain(ctx context.Context, name string, err error) error {
	var ps job.Problems
	if ctx.Err() != nil || errors.As(err, &ps) && r.failed == nil {
		return err
	}
	return fmt.Errorf("read dataset %s: %w", name, cmp.Or(r.failed, err))
}
