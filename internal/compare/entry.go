package compare

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/modelbuild/modelbuild/internal/oci"
)

// File is a file, folder or link in which two images differ.
type File struct {
	Path     string `json:"path"`
	Original *Entry `json:"original,omitempty"` // nil where only the rebuilt image has it
	Rebuilt  *Entry `json:"rebuilt,omitempty"`  // nil where only the original has it
	// Differs are the fields that differ: type, content, mode, owner, modified, link.
	Differs []string `json:"differs,omitempty"`
	// First are the first places where the contents differ.
	First []string `json:"first,omitempty"`
}

// Entry is what an image has at a path.
type Entry struct {
	Type     string `json:"type"` // file, folder, link or other
	Size     int64  `json:"size,omitempty"`
	SHA256   string `json:"sha256,omitempty"` // of a file
	Mode     string `json:"mode"`             // octal
	Owner    string `json:"owner"`            // UID:GID
	Modified string `json:"modified"`
	Link     string `json:"link,omitempty"`
}

// Digests are those of the contents.
func (f *File) Digests() Pair { return Pair{f.Original.digest(), f.Rebuilt.digest()} }

// digest is that of a file; empty where there is none.
func (e *Entry) digest() string {
	if e == nil || e.SHA256 == "" {
		return ""
	}
	return "sha256:" + e.SHA256
}

// list is everything in an image by path.
func list(ctx context.Context, m *oci.Manifest) (map[string]*Entry, error) {
	out := map[string]*Entry{}
	err := m.WalkEntries(ctx, func(e oci.Entry, r io.Reader) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		h := e.Header
		entry := &Entry{
			Type: typeOf(h.Typeflag), Mode: fmt.Sprintf("%04o", h.Mode&0o7777), Owner: fmt.Sprintf("%d:%d", h.Uid, h.Gid),
			Modified: h.ModTime.UTC().Format(time.RFC3339Nano), Link: h.Linkname,
		}
		if h.Typeflag == tar.TypeReg {
			sum, err := digest.FromReader(r)
			if err != nil {
				return err
			}
			entry.Size, entry.SHA256 = h.Size, sum.Encoded()
		}
		out[e.Path] = entry
		return nil
	})
	return out, err
}

func typeOf(flag byte) string {
	switch flag {
	case tar.TypeReg:
		return "file"
	case tar.TypeDir:
		return "folder"
	case tar.TypeSymlink, tar.TypeLink:
		return "link"
	}
	return "other"
}

// difference compares two entries, of which one may be nil.
func difference(name string, a, b *Entry) (f File, differs bool) {
	f = File{Path: name, Original: a, Rebuilt: b}
	if a == nil || b == nil {
		return f, true
	}
	for _, field := range []struct {
		name string
		same bool
	}{
		{"type", a.Type == b.Type},
		{"content", a.SHA256 == b.SHA256},
		{"mode", a.Mode == b.Mode},
		{"owner", a.Owner == b.Owner},
		{"modified", a.Modified == b.Modified},
		{"link", a.Link == b.Link},
	} {
		if !field.same {
			f.Differs = append(f.Differs, field.name)
		}
	}
	return f, len(f.Differs) > 0
}
