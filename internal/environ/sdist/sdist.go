// Package sdist reads Python's source distributions and refuses those that must not be unpacked.
//
// pip unpacks one into a folder of its own and runs what is in it, as root in the step. So this is not about what it may
// do, but about an archive that is damaged, or fills the disk, or writes before anything of it runs.
package sdist

import (
	"archive/tar"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/modelbuild/modelbuild/internal/environ/refusal"
)

// Limits on an archive.
const (
	maxEntries = 1 << 18
	maxRatio   = 100       // of what it unpacks to and its own size
	room       = 64 << 20  // bytes that any may unpack to
	headers    = 512 << 20 // bytes of names and attributes, besides the content
)

// Check reads a NAME-VERSION.tar.gz of some size, and refuses what would be written outside of its folder, what is no
// file, folder or link, and more than most bytes or far more than its own size. It writes nothing. One that is refused
// is an [*refusal.Error].
func Check(r io.Reader, size, most int64) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return damaged(err)
	}
	c := &checker{allowed: min(most, maxRatio*size+room), links: map[string]bool{}}
	left := &io.LimitedReader{R: z, N: c.allowed + headers}
	t := tar.NewReader(left)
	for {
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return c.rest(left)
		case err != nil && left.N == 0:
			return c.tooMuch()
		case err != nil:
			return damaged(err)
		}
		if err := c.entry(h); err != nil {
			return err
		}
	}
}

// rest reads what follows the last entry, which pip leaves alone: it may be anything, and not without an end.
func (c *checker) rest(left *io.LimitedReader) error {
	if _, err := io.Copy(io.Discard, left); err == nil && left.N == 0 {
		return c.tooMuch()
	}
	return nil
}

func (c *checker) tooMuch() error {
	return refusal.New("", "it unpacks to more than %d bytes", c.allowed)
}

func damaged(err error) error { return refusal.New("", "the archive is damaged: %s", err) }

// checker goes through the entries of an archive.
type checker struct {
	allowed, bytes int64
	count          int
	links          map[string]bool // that the archive has
}

func (c *checker) entry(h *tar.Header) error {
	if h.Typeflag == tar.TypeXGlobalHeader { // git archive has its commit there
		return nil
	}
	name, err := inside(h.Name)
	if err != nil {
		return err
	}
	if c.count++; c.count > maxEntries {
		return refusal.New(h.Name, "is one file too many: at most %d are read", maxEntries)
	}
	if h.Size < 0 || h.Size > c.allowed-c.bytes {
		return refusal.New(h.Name, "is too much: the archive may unpack to %d bytes", c.allowed)
	}
	c.bytes += h.Size
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if c.links[dir] {
			return refusal.New(h.Name, "leads through a link of the archive")
		}
	}
	delete(c.links, name)
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeDir:
		return nil
	case tar.TypeLink:
		_, err := inside(h.Linkname)
		return err
	case tar.TypeSymlink:
		c.links[name] = true
		if h.Linkname == "" || path.IsAbs(h.Linkname) || climbs(name, h.Linkname) {
			return refusal.New(h.Name, "is a link that leads out of the folder that it is unpacked to")
		}
		return nil
	}
	return refusal.New(h.Name, "is neither a file nor a folder nor a link")
}

// inside is the path of an entry, or an error where it leaves the folder.
func inside(name string) (string, error) {
	if path.IsAbs(name) {
		return "", refusal.New(name, "is an absolute name")
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", refusal.New(name, "leads out of the folder that it is unpacked to")
		}
	}
	if name == "" || len(name) > 4096 || strings.ContainsRune(name, 0) {
		return "", refusal.New(name, "is not the name of a file")
	}
	return path.Clean(name), nil
}

// climbs reports whether a relative link leads out. The folder that all entries share does not count: pip leaves it out.
func climbs(name, link string) bool { return refusal.Climbs(strings.Count(name, "/")-1, link) }
