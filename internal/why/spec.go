package why

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

// FromSpec is the build that a checked spec asks for. Files of the build context
// are hashed where the context is a local folder.
func FromSpec(m *spec.Model, context string) (Side, error) {
	p, err := llb.NewPlan(m, llb.Env{Mode: packagejob.ModeMax, Epoch: time.Unix(0, 0)})
	if err != nil {
		return Side{}, err
	}
	s := Side{Name: m.File, Inputs: map[string]map[string]string{}, Place: func(key string) string { return place(m, key) }}
	if err := s.parameters(p.Package.Parameters); err != nil {
		return Side{}, err
	}
	if err := s.sweep(p.Package.Parameters, false); err != nil {
		return Side{}, err
	}
	for _, q := range p.All() {
		if err := s.data(q, context); err != nil {
			return Side{}, err
		}
	}
	s.trialInputs()
	for _, f := range p.Files {
		value, err := content(f.Placed(), context)
		if err != nil {
			return Side{}, err
		}
		s.set("package", "image.files."+f.Path, value)
	}
	if b := p.ImageBase; b != nil {
		value, err := content(b.Placed, context)
		if err != nil {
			return Side{}, err
		}
		s.set("package", b.Path, value)
	}
	return s, s.described(m, p)
}

// place is where the spec has an input, of the model itself or of a target that it
// needs.
func place(m *spec.Model, key string) string {
	if rest, ok := strings.CutPrefix(key, "targets."); ok {
		for _, stage := range m.Stages() {
			if own, ok := strings.CutPrefix(rest, stage.Target+"."); ok {
				m, key = stage, own
				break
			}
		}
	}
	at := m.At(key)
	return fmt.Sprintf("%s:%d", at.File, at.Start.Line)
}

// data are the datasets of a plan. Those of a target that another needs are inputs of
// that one's training.
func (s Side) data(p *llb.Plan, context string) error {
	prefix := ""
	if p.Stage != "" {
		prefix = "targets." + p.Stage + "."
	}
	for _, src := range p.Sources {
		value, err := content(src.Placed(), context)
		if err != nil {
			return err
		}
		at := prefix + "data." + src.Name
		s.set("train", at+".content", value)
		if err := flatten(s.step("train"), at+".format", src.Dataset.Format.Or("csv")); err != nil {
			return err
		}
	}
	return nil
}

// described are the inputs of the last steps: what is said about the model.
func (s Side) described(m *spec.Model, p *llb.Plan) error {
	for key, v := range map[string]spec.Value[string]{
		"name": m.Name, "version": m.Version, "description": m.Description, "license": m.License,
	} {
		if v.Set {
			if err := flatten(s.step("package"), key, v.V); err != nil {
				return err
			}
		}
	}
	s.set("package", "the spec's text", hash(m.Raw))
	for _, part := range []struct {
		key   string
		value any
	}{{"card", p.Package.Model.Considerations}, {"image.labels", p.Package.Model.Labels}} {
		tree, err := plain(part.value)
		if err != nil {
			return err
		}
		if tree == nil {
			continue
		}
		if err := flatten(s.step("package"), part.key, tree); err != nil {
			return err
		}
	}
	s.list("image.entrypoint", p.Image.Entrypoint)
	s.list("image.cmd", p.Image.Cmd)
	return flatten(s.step("image"), "image.user", p.Image.User)
}

func (s Side) step(name string) map[string]string {
	if s.Inputs[name] == nil {
		s.Inputs[name] = map[string]string{}
	}
	return s.Inputs[name]
}

func (s Side) set(step, key, value string) { s.step(step)[key] = value }

// list notes the items of a list, each by its number.
func (s Side) list(key string, items []string) {
	for i, v := range items {
		s.set("image", fmt.Sprintf("%s[%d]", key, i), fmt.Sprintf("%q", v))
	}
}

// parameters sorts the resolved parameters of a build by the step that reads them.
func (s Side) parameters(params map[string]any) error {
	for key, v := range params {
		if key == "sweep" {
			continue
		}
		step := "train"
		if key == "evaluate" {
			step = "evaluate"
		}
		tree, err := plain(v)
		if err != nil {
			return err
		}
		if err := flatten(s.step(step), key, tree); err != nil {
			return err
		}
	}
	return nil
}

// content identifies the bytes of a source: by what pins it, by the target that makes
// it, or by hashing the local file or folder.
func content(src spec.Placed, context string) (string, error) {
	switch {
	case src.Source.Commit != "":
		return "git:" + src.Source.Commit + ":" + src.Source.Path, nil
	case src.Source.Image != "":
		return "image:" + src.Source.Image.String() + ":" + src.Source.Path, nil
	case src.Source.Digest != "":
		return src.Source.Digest.String(), nil
	case src.Source.Kind == spec.SourceTarget:
		return src.Text, nil
	case src.Source.Name != "":
		return "context " + src.Source.Name + ":" + src.Source.Path, nil
	}
	root := filepath.Join(context, filepath.FromSlash(src.Source.Path))
	sum := sha256.New()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if rel, err := filepath.Rel(root, name); err == nil && rel != "." {
			fmt.Fprintf(sum, "%s\n", filepath.ToSlash(rel))
		}
		return copyTo(sum, name)
	})
	if err != nil {
		return "", fmt.Errorf("read %s: %w", src.Path, err)
	}
	return "sha256:" + hex.EncodeToString(sum.Sum(nil)), nil
}

func copyTo(w io.Writer, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}
