package spec

import (
	"fmt"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
)

// scratch is the word of image.base for an image that holds the model and nothing else.
const scratch = "scratch"

const baseHint = "as in image://docker.io/library/debian:12@sha256:…, oci-layout://NAME@sha256:… or target://NAME; scratch is none"

// imageBase checks what the image is built on: the image of a registry or a layout, or of
// another target of the file.
func (c *checker) imageBase(base Value[string]) {
	if !base.Set || base.V == scratch {
		return
	}
	if rest, ok := strings.CutPrefix(base.V, targetScheme); ok {
		if name, file, _ := strings.Cut(rest, "/"); file != "" {
			c.diags.Add(diag.BadSource, base.At, "as in "+targetScheme+name, "image.base: the base is the image of a target, not a file of it")
		} else {
			c.knownTarget(name, base.At, "image.base")
		}
		return
	}
	if s := c.wholeImage(base, "image.base", baseHint); s != nil && s.Kind == SourceLayout && s.Image == "" {
		c.diags.Add(diag.Unpinned, base.At, "as in "+base.V+"@sha256:…; `modelbuild inspect oci-layout://DIR` prints it", "image.base: an image needs a digest")
	}
}

// BaseTarget is the target that the image is built on, or "".
func (m *Model) BaseTarget() string {
	name, ok := strings.CutPrefix(m.Image.Base.V, targetScheme)
	if !ok {
		return ""
	}
	return name
}

// BaseImage is the image of a registry or a layout that the image is built on; nil where it
// is built on nothing or on another target. The model must have passed Check.
func (m *Model) BaseImage() (*Placed, error) {
	base := m.Image.Base
	if !base.Set || base.V == scratch || m.BaseTarget() != "" {
		return nil, nil
	}
	s, err := fromSource(base.V, m.lock)
	if err != nil {
		return nil, fmt.Errorf("parse image.base: %w", err)
	}
	s.Path = ""
	return &Placed{Path: "image.base", At: base.At, Text: base.V, Source: s, Folder: true}, nil
}
