package table

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/modelbuild/modelbuild/train/job"
)

// What a packed file may unpack to: a few bytes can stand for any number of
// them.
const (
	freeSize = 1 << 28 // bytes that are allowed of any file
	maxRatio = 250     // and beyond them as many times its own size
	window   = 1 << 27 // of Zstandard, as its own program allows
)

// rawReader hashes the bytes of a file, and keeps its error apart from those of
// what is in them.
type rawReader struct {
	in     io.Reader
	sum    hash.Hash
	size   int64
	failed error
}

// Read reads and hashes.
func (r *rawReader) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	r.sum.Write(p[:n])
	r.size += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		r.failed = err
	}
	return n, err
}

// finish reads what is left and returns the digest and the number of bytes.
func (r *rawReader) finish() (digest string, size int64, err error) {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(r.sum.Sum(nil)), r.size, nil
}

// unpack recognises gzip and Zstandard by their first bytes. What comes out may
// have the free size, and past it maxRatio times the size of what went in.
func unpack(dataset string, raw *rawReader, free int) (in io.Reader, packed bool, err error) {
	buffered := bufio.NewReaderSize(raw, 1<<16)
	magic, err := buffered.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	u := &unpacker{dataset: dataset, raw: raw, free: int64(free)}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		u.kind = "gzip"
		u.in, err = gzip.NewReader(buffered)
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		u.kind = "Zstandard"
		var z *zstd.Decoder
		z, err = zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window))
		u.in = z
	default:
		return buffered, false, nil
	}
	if err != nil {
		return nil, true, u.problem(err)
	}
	return u, true, nil
}

// unpacker stops where too much comes out, and turns what is wrong with packed
// bytes into problems.
type unpacker struct {
	dataset, kind string
	raw           *rawReader
	in            io.Reader
	size, free    int64
}

// Read reads unpacked bytes.
func (u *unpacker) Read(p []byte) (int, error) {
	n, err := u.in.Read(p)
	u.size += int64(n)
	switch {
	case errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return n, io.EOF
	case err != nil:
		return n, u.problem(err)
	case u.size > u.free && u.size/maxRatio > u.raw.size:
		return n, job.Problems{problem(u.dataset, job.CodeTooLarge,
			fmt.Sprintf("the %s file unpacks to more than %d MiB and %d times its size", u.kind, u.free>>20, maxRatio), "unpack the file before")}
	}
	return n, nil
}

func (u *unpacker) problem(err error) error {
	if u.raw.failed != nil {
		return u.raw.failed
	}
	message := fmt.Sprintf("the %s file is damaged: %s", u.kind, err)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		message = fmt.Sprintf("the %s file ends early", u.kind)
	}
	return job.Problems{problem(u.dataset, job.CodeContent, message, "copy or pack it again")}
}
