package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/internal/engine/frontendimage"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

const example = "examples/penguins"

//go:embed project.Dockerfile
var dockerfileText string

var dockerfile = template.Must(template.New("Dockerfile").Parse(dockerfileText))

// project is one way to build the example: a folder that is the build context, and the file that the build starts from.
type project struct {
	name, dir, file string
	write           func(dir string, m *spec.Model, p *llb.Plan) error
}

// projects makes a folder for each way: ours first, then those it is compared with.
func (e *environment) projects() ([]*project, error) {
	all := []*project{
		{name: "modelbuild", file: "model.yaml", write: writeSpec},
		{name: "Dockerfile # syntax= image", file: "Dockerfile", write: e.dockerfileWriter("# syntax=" + peerImage + "\n")},
		{name: "Dockerfile built into buildkitd", file: "Dockerfile", write: e.dockerfileWriter("")},
	}
	for i, p := range all {
		p.dir = filepath.Join(e.root, "project", strconv.Itoa(i))
		if err := os.MkdirAll(p.dir, 0o755); err != nil {
			return nil, fmt.Errorf("create project: %w", err)
		}
		data := os.DirFS(filepath.Join(e.source, example, "data"))
		if err := os.CopyFS(filepath.Join(p.dir, "data"), data); err != nil {
			return nil, fmt.Errorf("copy data: %w", err)
		}
	}
	return all, nil
}

// prepare writes the project's files for the example with another description.
func (e *environment) prepare(p *project, description string, mode packagejob.Mode) error {
	text, err := os.ReadFile(filepath.Join(e.source, example, "model.yaml"))
	if err != nil {
		return fmt.Errorf("read example: %w", err)
	}
	m, diags := spec.Parse("model.yaml", text)
	if err := diags.Err(); err != nil {
		return fmt.Errorf("parse example: %w", err)
	}
	changed := bytes.Replace(text, []byte(m.Description.V), []byte(description), 1)
	if m, diags = spec.Parse("model.yaml", changed); diags.Err() != nil || m.Description.V != description {
		return fmt.Errorf("change the description of %s: %q is not it", example, m.Description.V)
	}
	plan, err := llb.NewPlan(m, llb.Env{
		Mode:     mode,
		Frontend: packagejob.Image{Ref: frontendimage.Name, Digest: e.frontend},
		Epoch:    time.Unix(0, 0).UTC(),
	})
	if err != nil {
		return err
	}
	if err := p.write(p.dir, m, plan); err != nil {
		return fmt.Errorf("write project %s: %w", p.name, err)
	}
	return nil
}

func writeSpec(dir string, m *spec.Model, _ *llb.Plan) error {
	return os.WriteFile(filepath.Join(dir, "model.yaml"), m.Raw, 0o644)
}

// dockerfileWriter gives the Dockerfile that a careful author writes for the plan: the frontend image is the base of
// the steps, so that no step binary is copied; the jobs are mounted one by one, so that a change reruns what reads it;
// the image has the same two layers.
func (e *environment) dockerfileWriter(head string) func(string, *spec.Model, *llb.Plan) error {
	return func(dir string, _ *spec.Model, p *llb.Plan) error {
		jobs := filepath.Join(dir, "jobs")
		if err := os.MkdirAll(jobs, 0o755); err != nil {
			return err
		}
		for name, job := range map[string]any{"train": p.Train, "evaluate": p.Evaluate, "package": p.Package} {
			data, err := json.Marshal(job)
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(jobs, name+".json"), append(data, '\n'), 0o644); err != nil {
				return err
			}
		}
		text := bytes.NewBufferString(head)
		err := dockerfile.Execute(text, map[string]any{
			"Step": frontendimage.Name + "@" + e.frontend, "Labels": labels(p.Image.Labels), "User": p.Image.User,
		})
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, "Dockerfile"), text.Bytes(), 0o644)
	}
}

// labels writes key="value" in the order of the keys. A $ would be a variable in a Dockerfile.
func labels(m map[string]string) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out = append(out, key+"="+strings.ReplaceAll(strconv.Quote(m[key]), "$", `\$`))
	}
	return out
}
