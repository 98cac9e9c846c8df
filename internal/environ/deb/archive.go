package deb

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/modelbuild/modelbuild/internal/environ/refusal"
	"github.com/therootcompany/xz"
)

// Limits on what is read. No package of Debian comes near them.
const (
	maxControl = 32 << 20  // bytes that the control part unpacks to
	maxWindow  = 128 << 20 // bytes of memory that a decompressor may take
	headerSize = 60        // bytes of the header of a member of an ar archive
)

// archive is an ar archive, read from its beginning to its end.
type archive struct {
	r    io.Reader
	left io.Reader // what is left of the member before
	pad  bool
}

// newArchive reads the head of a package: that it is an ar archive of format 2.
func newArchive(r io.Reader) (*archive, error) {
	magic := make([]byte, 8)
	if _, err := io.ReadFull(r, magic); err != nil || string(magic) != "!<arch>\n" {
		return nil, refusal.New("", "this is no Debian package")
	}
	a := &archive{r: r}
	name, member, err := a.next()
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(member, 64))
	if err != nil {
		return nil, err
	}
	if name != "debian-binary" || !bytes.HasPrefix(text, []byte("2.")) {
		return nil, refusal.New("", "this is no Debian package of format 2")
	}
	return a, nil
}

// next is the name and content of the next member.
func (a *archive) next() (string, io.Reader, error) {
	if a.left != nil {
		if _, err := io.Copy(io.Discard, a.left); err != nil {
			return "", nil, err
		}
		if a.pad {
			if _, err := io.CopyN(io.Discard, a.r, 1); err != nil && !errors.Is(err, io.EOF) {
				return "", nil, err
			}
		}
	}
	h := make([]byte, headerSize)
	if _, err := io.ReadFull(a.r, h); err != nil {
		if errors.Is(err, io.EOF) {
			return "", nil, io.EOF
		}
		return "", nil, refusal.New("", "the package ends in the middle of a header")
	}
	size, err := strconv.ParseInt(strings.TrimSpace(string(h[48:58])), 10, 64)
	if err != nil || size < 0 || string(h[58:]) != "`\n" {
		return "", nil, refusal.New("", "the package has a header that cannot be read")
	}
	a.left, a.pad = &exactly{r: a.r, left: size}, size%2 == 1
	return strings.TrimSuffix(strings.TrimRight(string(h[:16]), " "), "/"), a.left, nil
}

// part opens the next member that has a name of the form PART.tar.COMPRESSION.
// At most limit bytes may come of it.
func (a *archive) part(name string, limit int64) (*tar.Reader, func(), error) {
	for {
		member, content, err := a.next()
		if errors.Is(err, io.EOF) {
			return nil, nil, refusal.New("", "the package has no %s", name)
		}
		if err != nil {
			return nil, nil, err
		}
		compression, ok := strings.CutPrefix(member, name+".tar")
		if !ok {
			if strings.HasPrefix(member, "_") { // deb(5): may be ignored
				continue
			}
			return nil, nil, refusal.New(member, "stands where %s was expected", name)
		}
		r, done, err := decompress(content, compression)
		if err != nil {
			return nil, nil, err
		}
		return tar.NewReader(&bounded{r: r, left: limit, limit: limit, name: name}), done, nil
	}
}

func decompress(r io.Reader, compression string) (io.Reader, func(), error) {
	none := func() {}
	switch compression {
	case "":
		return r, none, nil
	case ".gz":
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, nil, refusal.New("", "the package is damaged: %s", err)
		}
		return z, none, nil
	case ".xz":
		z, err := xz.NewReader(r, maxWindow)
		if err != nil {
			return nil, nil, refusal.New("", "the package is damaged: %s", err)
		}
		return z, none, nil
	case ".zst":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, nil, refusal.New("", "the package is damaged: %s", err)
		}
		return z, z.Close, nil
	}
	return nil, nil, refusal.New("", "packages compressed as %q are not read", strings.TrimPrefix(compression, "."))
}

// exactly reads a number of bytes, and fails where there are fewer.
type exactly struct {
	r    io.Reader
	left int64
}

// Read reads what is left.
func (e *exactly) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.r.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	if errors.Is(err, io.EOF) {
		err = nil
		if e.left > 0 {
			err = refusal.New("", "the package ends too early")
		}
	}
	return n, err
}

// bounded fails where more is read than a limit.
type bounded struct {
	r     io.Reader
	left  int64
	limit int64
	name  string
}

// Read reads on, up to the limit.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, refusal.New(b.name, "unpacks to more than %d bytes", b.limit)
	}
	return n, err
}
