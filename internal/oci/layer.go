package oci

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/opencontainers/go-digest"
	"oras.land/oras-go/v2/content"
)

// maxUnpacked bounds what one layer may unpack to, in bytes, so that a small blob cannot keep a reader busy for ever.
const maxUnpacked = 64 << 30

// whiteoutPrefix marks a file that hides one of a lower layer; opaque hides a whole folder's.
const (
	whiteoutPrefix = ".wh."
	whiteoutOpaque = ".wh..wh..opq"
)

// File is a regular file in an image.
type File struct {
	Path  string // absolute, slash-separated, clean
	Size  int64
	Mode  int64
	Layer int // position among the manifest's layers
}

// Walk calls visit for each regular file of the image's root filesystem as its layers leave it, in no useful order.
// The content that visit reads is only to be trusted once Walk has returned nil: a layer's digest is known at its end.
func (m *Manifest) Walk(ctx context.Context, visit func(File, io.Reader) error) error {
	return m.WalkEntries(ctx, func(e Entry, r io.Reader) error {
		if e.Header.Typeflag != tar.TypeReg {
			return nil
		}
		return visit(File{Path: e.Path, Size: e.Header.Size, Mode: e.Header.Mode, Layer: e.Layer}, r)
	})
}

// Entry is anything in an image's root filesystem: a file, a folder, a link.
type Entry struct {
	Path   string // absolute, slash-separated, clean
	Header *tar.Header
	Layer  int   // index of the layer in the manifest
	Offset int64 // of the content in the layer's archive, in bytes
}

// WalkEntries is [Manifest.Walk] for entries of every kind. A folder that several layers have is visited once, as the
// uppermost has it.
func (m *Manifest) WalkEntries(ctx context.Context, visit func(Entry, io.Reader) error) error {
	v := &visitor{hidden: shadow{}, visit: visit}
	for i := len(m.Manifest.Layers) - 1; i >= 0; i-- {
		layer := m.Manifest.Layers[i]
		v.below, v.layer = shadow{}, i
		if err := m.walkLayer(ctx, i, v); err != nil {
			return fmt.Errorf("read layer %s: %w", layer.Digest, err)
		}
		v.hidden.merge(v.below)
	}
	return nil
}

// walkLayer reads one layer, and checks both its digest and that of its archive, where the config has that. Where the
// blob is not what its digest says, that is the error, and not what its bytes look like to who unpacks them.
func (m *Manifest) walkLayer(ctx context.Context, i int, v *visitor) error {
	desc := m.Manifest.Layers[i]
	if err := desc.Digest.Validate(); err != nil {
		return fmt.Errorf("read digest %q: %w", desc.Digest, err)
	}
	rc, err := m.source.Fetch(ctx, desc)
	if err != nil {
		return err
	}
	defer rc.Close()
	verify := content.NewVerifyReader(rc, desc)
	diffID, err := walkArchive(verify, v)
	if err != nil && v.failed {
		return err // the blob may be well, and large
	}
	if _, copyErr := io.Copy(io.Discard, verify); copyErr != nil && err == nil {
		err = copyErr
	}
	if corrupt := verify.Verify(); corrupt != nil {
		return &CorruptError{What: desc.Digest.String(), Why: corrupt}
	}
	if err != nil {
		return err
	}
	return m.checkDiffID(i, diffID)
}

// walkArchive goes through a packed archive to its end, and returns the digest of what it unpacks to.
func walkArchive(packed io.Reader, v *visitor) (digest.Digest, error) {
	unpacked, err := decompress(packed)
	if err != nil {
		return "", err
	}
	defer unpacked.Close()
	sum := sha256.New()
	limited := &limitedReader{r: unpacked, left: maxUnpacked}
	plain := io.TeeReader(limited, sum)
	archive := tar.NewReader(plain)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
		v.offset = maxUnpacked - limited.left // the archive is read by blocks, and no further than the header
		if err := v.entry(h, archive); err != nil {
			v.failed = v.failed && limited.err == nil
			return "", err
		}
	}
	if _, err := io.Copy(io.Discard, plain); err != nil {
		return "", err
	}
	return digest.NewDigest(digest.SHA256, sum), nil
}

// checkDiffID compares the digest of a layer's archive with the config's.
func (m *Manifest) checkDiffID(i int, got digest.Digest) error {
	ids := m.Config.RootFS.DiffIDs
	if len(ids) != len(m.Manifest.Layers) || ids[i].Algorithm() != digest.SHA256 || ids[i] == got {
		return nil
	}
	return &CorruptError{What: m.Manifest.Layers[i].Digest.String(), Why: fmt.Errorf("its archive is %s, but the config says %s", got, ids[i])}
}

// visitor goes through the layers from the top down.
type visitor struct {
	hidden shadow // what the layers above hide of this one
	below  shadow // what this layer hides of the layers below it
	visit  func(Entry, io.Reader) error
	failed bool  // visit itself failed
	layer  int   // which it is in
	offset int64 // of the content of the entry
}

func (v *visitor) entry(h *tar.Header, r io.Reader) error {
	name := path.Clean("/" + h.Name)
	dir, base := path.Split(name)
	switch {
	case base == whiteoutOpaque:
		v.below[path.Clean(dir)] = hidesAll
		return nil
	case strings.HasPrefix(base, whiteoutPrefix):
		v.below[path.Join(dir, strings.TrimPrefix(base, whiteoutPrefix))] = hidesAll
		return nil
	case v.hidden.covers(name):
		return nil
	case h.Typeflag == tar.TypeDir:
		if _, ok := v.below[name]; !ok {
			v.below[name] = hidesFile
		}
	default:
		v.below[name] = hidesAll
	}
	err := v.visit(Entry{Path: name, Header: h, Layer: v.layer, Offset: v.offset}, r)
	v.failed = err != nil
	return err
}

// hides is how much of the same path in lower layers an entry hides.
type hides int

const (
	hidesFile hides = iota // a folder: what is not a folder
	hidesAll               // a file or a whiteout: everything at and under the path
)

// shadow is what a set of layers hides of the layers below them, by path.
type shadow map[string]hides

func (s shadow) merge(other shadow) {
	for name, h := range other {
		s[name] = max(s[name], h)
	}
}

func (s shadow) covers(name string) bool {
	if _, ok := s[name]; ok {
		return true
	}
	for at := path.Dir(name); ; at = path.Dir(at) {
		if h, ok := s[at]; ok && h == hidesAll {
			return true
		}
		if at == "/" {
			return false
		}
	}
}

// ReadFiles reads files by absolute path. A path that the image does not have is missing from the result.
func (m *Manifest) ReadFiles(ctx context.Context, paths ...string) (map[string][]byte, error) {
	want := map[string]bool{}
	for _, p := range paths {
		want[path.Clean("/"+p)] = true
	}
	out := map[string][]byte{}
	err := m.Walk(ctx, func(f File, r io.Reader) error {
		if !want[f.Path] {
			return nil
		}
		if f.Size > MaxFile {
			return &LimitError{What: f.Path, Size: f.Size, Limit: MaxFile}
		}
		text, err := io.ReadAll(r)
		out[f.Path] = text
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// decompress tells the compression by the content, since media types are not always right.
func decompress(r io.Reader) (io.ReadCloser, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	magic, err := b.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		return gzip.NewReader(b)
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(b, zstd.WithDecoderMaxMemory(256<<20), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}
	return io.NopCloser(b), nil
}

// limitedReader fails, rather than ends, at its limit.
type limitedReader struct {
	r    io.Reader
	left int64
	err  error // of r, but for its end
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, &LimitError{What: "the unpacked layer", Size: -1, Limit: maxUnpacked}
	}
	if int64(len(p)) > l.left {
		p = p[:l.left]
	}
	n, err := l.r.Read(p)
	l.left -= int64(n)
	if !errors.Is(err, io.EOF) {
		l.err = err
	}
	return n, err
}
