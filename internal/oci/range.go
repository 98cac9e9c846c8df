package oci

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
)

// tarBlock is the size of a block of an archive, and of a header, in bytes.
const tarBlock = 512

// maxOctal is the least size that a header holds in an extension of its own, in bytes.
const maxOctal = 1 << 33

// errNotThere says that a layer has another file at a place than the one that is looked for.
var errNotThere = errors.New("it does not begin there")

// ReadRange reads the content of one file of a layer, whose archive has it at an offset, and nothing of the layers beside it. Of
// a layer that is not packed no more is read than the file and its header; of a packed one, as much as lies before it.
// ranged says which it was. What is read is not checked against the layer's digest: compare it with the file's own.
func (m *Manifest) ReadRange(ctx context.Context, f Entry, read func(io.Reader) error) (ranged bool, err error) {
	desc := m.Manifest.Layers[f.Layer]
	fail := func(err error) (bool, error) {
		return ranged, fmt.Errorf("read %s of layer %s: %w", f.Path, desc.Digest, err)
	}
	if f.Offset < tarBlock {
		return fail(errNotThere)
	}
	rc, err := m.source.Fetch(ctx, desc)
	if err != nil {
		return fail(err)
	}
	defer rc.Close()
	var archive io.Reader
	seeker, seeks := rc.(io.Seeker)
	ids := m.Config.RootFS.DiffIDs
	if seeks && f.Layer < len(ids) && ids[f.Layer] == desc.Digest { // its archive is the blob itself
		ranged = true
		if _, err := seeker.Seek(f.Offset-tarBlock, io.SeekStart); err != nil {
			return fail(err)
		}
		archive = rc
	} else {
		unpacked, err := decompress(rc)
		if err != nil {
			return fail(err)
		}
		defer unpacked.Close()
		archive = &limitedReader{r: unpacked, left: maxUnpacked}
		if _, err := io.CopyN(io.Discard, archive, f.Offset-tarBlock); err != nil {
			return fail(err)
		}
	}
	if f.Header.Size >= maxOctal { // the header alone does not hold its size
		if _, err := io.CopyN(io.Discard, archive, tarBlock); err != nil {
			return fail(err)
		}
		return ranged, read(io.LimitReader(archive, f.Header.Size))
	}
	r := tar.NewReader(archive)
	h, err := r.Next()
	if err != nil {
		return fail(err)
	}
	if h.Typeflag != tar.TypeReg || h.Size != f.Header.Size || path.Base(path.Clean("/"+h.Name)) != path.Base(f.Path) && len(path.Base(f.Path)) < 100 {
		return fail(errNotThere)
	}
	if err := read(r); err != nil {
		return fail(err)
	}
	return ranged, nil
}
