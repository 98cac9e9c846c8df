package wheel

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"hash"
	"io"
	"io/fs"
	"runtime"
	"strings"
	"sync/atomic"

	"github.com/modelbuild/modelbuild/internal/environ/refusal"
	"golang.org/x/sync/errgroup"
)

// contents reads every member and compares it with RECORD, several at a time.
func (f *file) contents(ctx context.Context) error {
	listed, err := f.record()
	if err != nil {
		return err
	}
	found := make([]error, len(f.members))
	var first atomic.Int64 // the place of the first member that is refused: later ones need no look
	first.Store(int64(len(f.members)))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, m := range f.members {
		g.Go(func() error {
			if int64(i) < first.Load() && ctx.Err() == nil {
				found[i] = f.content(m, listed)
			}
			if found[i] != nil {
				lower(&first, int64(i))
			}
			return nil
		})
	}
	_ = g.Wait()
	if i := first.Load(); i < int64(len(found)) {
		return found[i]
	}
	return ctx.Err()
}

// lower sets v to the smaller of it and n.
func lower(v *atomic.Int64, n int64) {
	for old := v.Load(); n < old && !v.CompareAndSwap(old, n); old = v.Load() {
	}
}

// content compares one member with what RECORD has of it.
func (f *file) content(m *zip.File, listed map[string]string) error {
	if isFolder(m) {
		return nil
	}
	want, ok := listed[m.Name]
	if f.unlisted(m.Name) {
		return read(m, io.Discard)
	}
	if !ok {
		return refusal.New(m.Name, "is not in the wheel's RECORD")
	}
	algorithm, sum, _ := strings.Cut(want, "=")
	h := hasher(algorithm)
	if h == nil {
		return refusal.New(m.Name, "has no sha256 in the wheel's RECORD")
	}
	if err := read(m, h); err != nil {
		return err
	}
	if base64.RawURLEncoding.EncodeToString(h.Sum(nil)) != strings.TrimRight(sum, "=") {
		return refusal.New(m.Name, "is not what the wheel's RECORD says: its %s is another", algorithm)
	}
	return nil
}

// unlisted reports whether a member is RECORD or a signature of it, which it cannot list.
func (f *file) unlisted(name string) bool {
	name, ok := strings.CutPrefix(name, f.info)
	return ok && (name == "RECORD" || name == "RECORD.jws" || name == "RECORD.p7s")
}

// hasher is one of the algorithms that the format allows.
func hasher(algorithm string) hash.Hash {
	switch algorithm {
	case "sha256":
		return sha256.New()
	case "sha384":
		return sha512.New384()
	case "sha512":
		return sha512.New()
	}
	return nil
}

// record is the hash of each member, as ALGORITHM=BASE64. What it lists besides is left alone, as long as whoever removes
// the wheel does not reach beyond it.
func (f *file) record() (map[string]string, error) {
	text, err := f.text("RECORD")
	if err != nil {
		return nil, err
	}
	name := f.info + "RECORD"
	out := make(map[string]string, len(f.members))
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil || len(row) < 3 {
			return nil, refusal.New(name, "is no list of files")
		}
		file, sum := row[0], row[1]
		if !fs.ValidPath(file) {
			return nil, refusal.New(name, "lists a file outside of the wheel: %q", refusal.Shortened(file))
		}
		if old, ok := out[file]; ok && old != sum {
			return nil, refusal.New(name, "lists %q twice", refusal.Shortened(file))
		}
		out[strings.Clone(file)] = strings.Clone(sum)
	}
}
