package why

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	s := Side{Name: m.File, Inputs: map[string]map[string]string{}, Place: func(key string) string {
		at := m.At(key)
		return fmt.Sprintf("%s:%d", at.File, at.Start.Line)
	}}
	if err := s.parameters(p.Package.Parameters); err != nil {
		return Side{}, err
	}
	for _, src := range p.Sources {
		value, err := content(src, context)
		if err != nil {
			return Side{}, err
		}
		s.set("train", "data."+src.Name+".content", value)
		if err := flatten(s.step("train"), "data."+src.Name+".format", src.Dataset.Format.Or("csv")); err != nil {
			return Side{}, err
		}
	}
	return s, s.described(m, p)
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
	return flatten(s.step("image"), "image.user", p.Image.User)
}

func (s Side) step(name string) map[string]string {
	if s.Inputs[name] == nil {
		s.Inputs[name] = map[string]string{}
	}
	return s.Inputs[name]
}

func (s Side) set(step, key, value string) { s.step(step)[key] = value }

// parameters sorts the resolved parameters of a build by the step that reads them.
func (s Side) parameters(params map[string]any) error {
	for key, v := range params {
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

// content identifies the bytes of a source: by what pins it, or by hashing the
// local file.
func content(src spec.NamedSource, context string) (string, error) {
	switch {
	case src.Source.Commit != "":
		return "git:" + src.Source.Commit + ":" + src.Source.Path, nil
	case src.Source.Digest != "":
		return src.Source.Digest.String(), nil
	case src.Source.Name != "":
		return "context " + src.Source.Name + ":" + src.Source.Path, nil
	}
	name := filepath.Join(context, filepath.FromSlash(src.Source.Path))
	f, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("read data.%s: %w", src.Name, err)
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("read data.%s: %w", src.Name, err)
	}
	return "sha256:" + hex.EncodeToString(sum.Sum(nil)), nil
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}
