package compare

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/provenance"
)

const (
	maxFirst   = 5   // places that are told of one file
	maxExplain = 50  // files that are looked into
	maxValue   = 120 // bytes of a value that are shown
)

// explain finds where the differing files differ. Files too large to be read at once are told by their digests alone.
func (p *Platform) explain(ctx context.Context) error {
	var paths []string
	for _, f := range p.Files {
		if f.both() && len(paths) < maxExplain && max(f.Original.Size, f.Rebuilt.Size) <= oci.MaxFile/4 {
			paths = append(paths, f.Path)
		}
	}
	if len(paths) == 0 {
		return nil
	}
	left, err := p.original.ReadFiles(ctx, paths...)
	if err != nil {
		return fmt.Errorf("read the original: %w", err)
	}
	right, err := p.rebuilt.ReadFiles(ctx, paths...)
	if err != nil {
		return fmt.Errorf("read the rebuilt image: %w", err)
	}
	for i, f := range p.Files {
		a, ok := left[f.Path]
		if b, too := right[f.Path]; ok && too {
			p.Files[i].First = first(f.Path, a, b)
		}
	}
	return nil
}

// both reports whether both images have a file here, with different bytes.
func (f *File) both() bool {
	return f.Original != nil && f.Rebuilt != nil && f.Original.SHA256 != "" && f.Rebuilt.SHA256 != "" && f.Original.SHA256 != f.Rebuilt.SHA256
}

// first are the first places where two files differ: of JSON the values, of ONNX the parts of the model, of others the
// first byte.
func first(name string, a, b []byte) []string {
	var found []string
	switch path.Ext(name) {
	case ".json":
		if diffs, err := provenance.CompareJSON(a, b); err == nil {
			for _, d := range diffs {
				found = append(found, fmt.Sprintf("%s: %s, now %s", d.Path, short(d.A), short(d.B)))
			}
		}
	case ".onnx":
		found, _ = models(a, b, 0) // what cannot be read is told by its bytes
	}
	if len(found) == 0 {
		return []string{firstByte(a, b)}
	}
	if more := len(found) - maxFirst; more > 0 {
		found = append(found[:maxFirst:maxFirst], fmt.Sprintf("and %d more", more))
	}
	return found
}

// firstByte is where two texts first differ, counted from 0; with the line for what is text.
func firstByte(a, b []byte) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	if bytes.IndexByte(a, 0) >= 0 || !utf8.Valid(a) {
		return fmt.Sprintf("byte %d", n)
	}
	return fmt.Sprintf("byte %d, line %d", n, 1+bytes.Count(a[:n], []byte("\n")))
}

func short(text string) string {
	if len(text) > maxValue {
		return strings.ToValidUTF8(text[:maxValue], "") + "…"
	}
	return text
}
