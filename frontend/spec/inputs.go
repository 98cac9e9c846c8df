package spec

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/internal/pattern"
)

// Input is something remote that a spec names: what `modelbuild lock` resolves
// where the spec itself does not pin it.
type Input struct {
	Kind lock.Kind
	Name string    // as the lock has it; a Debian suite; the name of a requirements file
	Path string    // the place in the spec, such as data.train.source; syntax for the first line
	At   diag.Span // of the value
	Pin  string    // the digest or commit that the spec gives

	Secret string // the id of the build secret that a server wants; empty where it wants none

	Install       []string // Debian: the packages asked for
	Architectures []string // Debian: as the spec's platforms say; empty where it has none
}

// Key tells inputs apart: two with one key have one entry in the lock.
func (in Input) Key() string {
	if in.Kind == lock.KindDebian {
		return string(in.Kind) + " " + in.Name + " " + strings.Join(lock.Names(in.Install), " ")
	}
	return string(in.Kind) + " " + in.Name
}

// Inputs lists what the model takes from elsewhere, in the order of the language.
// The model must have no errors but those of inputs that are not pinned.
func (m *Model) Inputs() []Input {
	c := &inputs{m: m}
	c.syntax()
	for _, e := range m.Data.Entries {
		n := len(c.out)
		c.source(e.Value.Source, e.Value.Digest, "data."+e.Key+".source")
		for i := range c.out[n:] {
			c.out[n+i].Secret = e.Value.Secret.V
		}
	}
	c.image(m.Train.Base, "train.base")
	for _, p := range m.Programs() {
		for _, e := range p.Sources.Entries {
			c.source(e.Value, Value[string]{}, p.Stanza+".sources."+e.Key)
		}
	}
	c.packages(m.Train.Packages)
	c.image(m.From, "from")
	c.image(m.Image.Base, "image.base")
	for _, e := range m.Image.Files.Entries {
		c.source(e.Value, Value[string]{}, "image.files."+e.Key)
	}
	for i, v := range m.VEX.Items {
		c.source(v, Value[string]{}, fmt.Sprintf("vex[%d]", i))
	}
	return c.out
}

// needsLock reports whether something that a build fetches is not pinned.
func (m *Model) needsLock() bool {
	return slices.ContainsFunc(m.Inputs(), func(in Input) bool { return in.Pin == "" && in.Kind != lock.KindFrontend })
}

type inputs struct {
	m   *Model
	out []Input
}

var syntaxLine = pattern.New(`^(#\s*syntax\s*=\s*)(\S+)\s*$`)

// syntax finds the frontend's reference among the comments that the file starts
// with.
func (c *inputs) syntax() {
	i := -1
	for text := range bytes.SplitSeq(c.m.Raw, []byte("\n")) {
		i++
		line := strings.TrimRight(string(text), "\r")
		if !strings.HasPrefix(line, "#") {
			return
		}
		f := syntaxLine.FindStringSubmatch(line)
		if f == nil {
			continue
		}
		at := diag.Position{Line: i + 1, Column: len([]rune(f[1])) + 1}
		end := diag.Position{Line: at.Line, Column: at.Column + len([]rune(f[2]))}
		c.out = append(c.out, Input{Kind: lock.KindFrontend, Name: f[2], Path: "syntax", Pin: imagePin(f[2]),
			At: diag.Span{File: c.m.File, Start: at, End: end}})
		return
	}
}

func (c *inputs) source(v, dgst Value[string], at string) {
	if !v.Set {
		return
	}
	s, err := parseSource(v.V, dgst.V, nil)
	var se *sourceError
	if err != nil && (!errors.As(err, &se) || !se.unpinned) {
		return
	}
	in := Input{Kind: lock.KindGit, Name: v.V, Path: at, At: v.At, Pin: cmp.Or(s.Image.String(), s.Commit, s.Digest.String())}
	switch {
	case s.Kind == SourceContext, s.Kind == SourceTarget, s.Kind == SourceLayout, s.Kind == SourceLayoutBlob:
		return
	case strings.HasPrefix(v.V, imageScheme):
		in.Kind = lock.KindImage
	case strings.HasPrefix(v.V, blobScheme):
		in.Kind = lock.KindBlob
	case strings.HasPrefix(v.V, "http://"), strings.HasPrefix(v.V, "https://"):
		in.Kind = lock.KindHTTP
	}
	if dgst.Set && in.Pin != "" && in.Kind != lock.KindImage {
		in.At = dgst.At
	}
	c.out = append(c.out, in)
	if s.Host != "" {
		c.out = append(c.out, Input{Kind: lock.KindHost, Name: hostName(s.Host), Path: at, At: v.At})
	}
}

func (c *inputs) image(v Value[string], at string) {
	if ref, ok := strings.CutPrefix(v.V, "image://"); ok {
		c.out = append(c.out, Input{Kind: lock.KindImage, Name: v.V, Path: at, At: v.At, Pin: imagePin(ref)})
	}
}

func (c *inputs) packages(p Packages) {
	if d := p.Debian; d.Suite.Set && len(d.Install.Items) > 0 {
		in := Input{Kind: lock.KindDebian, Name: d.Suite.V, Path: "train.packages.debian", At: d.Suite.At, Architectures: c.architectures()}
		for _, v := range d.Install.Items {
			in.Install = append(in.Install, v.V)
		}
		if p.Python.Set { // it is the environment's own pip that installs them
			in.Install = append(in.Install, "python3-pip")
		}
		c.out = append(c.out, in)
	}
	if f := p.Python; f.Set {
		c.out = append(c.out, Input{Kind: lock.KindPython, Name: path.Clean(f.V), Path: "train.packages.python", At: f.At})
	}
}

// architectures are the platforms of the spec as Debian calls them.
func (c *inputs) architectures() []string {
	var out []string
	for _, p := range c.m.Platforms.Items {
		_, arch, _ := strings.Cut(p.V, "/")
		out = append(out, DebianArchitecture(arch))
	}
	return lock.Names(out)
}

// DebianArchitecture is Debian's name of an architecture that Go and OCI call
// arch, with or without a variant.
func DebianArchitecture(arch string) string {
	switch arch {
	case "arm/v5", "arm/v6":
		return "armel"
	case "arm", "arm/v7":
		return "armhf"
	case "386":
		return "i386"
	case "ppc64le":
		return "ppc64el"
	case "mips64le":
		return "mips64el"
	}
	name, _, _ := strings.Cut(arch, "/")
	return name
}
