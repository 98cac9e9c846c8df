package spec

import (
	"errors"
	"fmt"
	"strings"

	"github.com/distribution/reference"
	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/opencontainers/go-digest"
)

// BaseName is what the base model is called among the sources of the program that
// trains.
const BaseName = "from"

const fromHint = "as in image://registry.example/team/base:1@sha256:…, oci-layout://NAME or target://NAME"

// from checks the base model: the image of a registry or a layout, or another target of the
// file.
func (c *checker) from(f Value[string]) {
	if !f.Set {
		return
	}
	if !c.m.Exec() {
		c.diags.Add(diag.NotYet, c.m.keyAt("from"), "a program of your own can: engine: exec",
			"from: no algorithm of the built-in engine can start from another model in this version")
	}
	if e, ok := c.m.Train.Sources.Get(BaseName); ok {
		c.diags.Add(diag.Conflict, e.At, "give it another name", "train.sources.%s: the base model has that name", BaseName)
	}
	name, target := strings.CutPrefix(f.V, targetScheme)
	switch {
	case target && strings.Contains(name, "/"):
		first, _, _ := strings.Cut(name, "/")
		c.diags.Add(diag.BadSource, f.At, "as in "+targetScheme+first, "from: the base is a target, not a file of it")
	case target:
		c.knownTarget(name, f.At, "from")
	default:
		c.wholeImage(f, "from", fromHint)
	}
}

// wholeImage checks the image of a registry or a layout that a key names, and says by its hint what it may name. It is
// nil where that is none.
func (c *checker) wholeImage(v Value[string], key, hint string) *Source {
	s, err := fromSource(v.V, c.m.lock)
	if err == nil {
		return &s
	}
	var se *sourceError
	if !errors.As(err, &se) {
		return nil
	}
	code := diag.BadSource
	switch {
	case se.unpinned && c.unpinned:
		return nil
	case se.unpinned:
		code = diag.Unpinned
	}
	if se.hint != fromHint {
		hint = se.hint
	}
	c.diags.Add(code, v.At, hint, "%s: %s", key, se.msg)
	return nil
}

// fromSource is the folder of a model in an image.
func fromSource(text string, l *lock.File) (Source, error) {
	out := Source{Path: strings.TrimPrefix(ModelDir, "/")}
	scheme, rest, _ := strings.Cut(text, "://")
	if strings.Contains(rest, "#") {
		return Source{}, &sourceError{msg: "the base is an image, not a file of it", hint: fromHint}
	}
	switch scheme {
	case "target":
		out.Kind, out.Name, out.Path = SourceTarget, rest, ""
		return out, nil
	case "oci-layout":
		return layoutSource(out, rest+"#"+out.Path)
	case "image":
	default:
		return Source{}, &sourceError{msg: fmt.Sprintf("%q is no image", text), hint: fromHint}
	}
	name, dgst, pinned := strings.Cut(rest, "@")
	ref, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return Source{}, &sourceError{msg: fmt.Sprintf("%q is not the reference of an image", name), hint: fromHint}
	}
	entry, locked := l.Source(lock.KindImage, text)
	switch {
	case pinned:
		if out.Image, err = imageDigest(dgst); err != nil {
			return Source{}, err
		}
	case locked:
		out.Image, out.Locked = digest.Digest(entry.Digest), true
	default:
		return Source{}, &sourceError{unpinned: true, msg: "an image needs a digest", hint: "run `modelbuild lock`, or add @sha256:… after the tag"}
	}
	out.Kind, out.URL = SourceImage, reference.TagNameOnly(ref).String()
	return out, nil
}

// base is the base model as something that the program that trains reads; nil where there
// is none.
func (m *Model) base() (*NamedTree, error) {
	if !m.From.Set || !m.Exec() {
		return nil, nil
	}
	s, err := fromSource(m.From.V, m.lock)
	if err != nil {
		return nil, fmt.Errorf("parse from: %w", err)
	}
	return &NamedTree{Stanza: "train", Name: BaseName, Source: s, Text: m.From.V, Path: "from", Base: true, place: m.From}, nil
}
