package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"text/template"

	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/frontend/spec"
)

const (
	programExample = "examples/pytorch"
	suite          = "bookworm"
	baseImage      = "bench/debian:" + suite
)

//go:embed program.Dockerfile
var programDockerfileText string

var programDockerfile = template.Must(template.New("Dockerfile").Parse(programDockerfileText))

// The ways to build the example, by their place in programs.projects.
const (
	oursBuild = iota
	inStages
	sourcesFirst
	oneStage
	fromScratch
)

// dockerfileForm is how a Dockerfile differs from the others.
type dockerfileForm struct{ Stages, SourcesFirst, Scratch bool }

// forms are those of the peers. The first two are the ones that people write: with packages before the sources, or after
// them, and the result on a base that has a shell. The others are told for what they weigh.
var forms = map[int]dockerfileForm{
	inStages:     {Stages: true},
	sourcesFirst: {Stages: true, SourcesFirst: true},
	oneStage:     {},
	fromScratch:  {Stages: true, Scratch: true},
}

// programProjects copies the example for each way to build it.
func (e *environment) programProjects() ([]*project, error) {
	all := []*project{
		oursBuild:    {name: "modelbuild", file: "model.yaml"},
		inStages:     {name: "Dockerfile, well ordered", file: "Dockerfile"},
		sourcesFirst: {name: "Dockerfile, sources first", file: "Dockerfile"},
		oneStage:     {name: "Dockerfile in one stage", file: "Dockerfile"},
		fromScratch:  {name: "Dockerfile, from scratch", file: "Dockerfile"},
	}
	for i, p := range all {
		p.dir = filepath.Join(e.root, "program", strconv.Itoa(i))
		if err := os.MkdirAll(p.dir, 0o755); err != nil {
			return nil, fmt.Errorf("create project: %w", err)
		}
		if err := os.CopyFS(p.dir, os.DirFS(filepath.Join(e.source, programExample))); err != nil {
			return nil, fmt.Errorf("copy example: %w", err)
		}
		if err := e.describe(p, i, "Body mass of a penguin"); err != nil {
			return nil, err
		}
	}
	return all, nil
}

var descriptionLine = regexp.MustCompile(`(?m)^description: .*$`)

// describe gives the project another description: in the spec of ours, in the Dockerfile of a peer.
func (e *environment) describe(p *project, way int, description string) error {
	text, err := os.ReadFile(filepath.Join(e.source, programExample, "model.yaml"))
	if err != nil {
		return fmt.Errorf("read example: %w", err)
	}
	if way == oursBuild {
		text = descriptionLine.ReplaceAll(text, []byte("description: "+description))
		return os.WriteFile(filepath.Join(p.dir, p.file), text, 0o644)
	}
	m, _, err := e.locked()
	if err != nil {
		return err
	}
	data, err := os.ReadFile(filepath.Join(p.dir, "data", "penguins.csv"))
	if err != nil {
		return fmt.Errorf("read data: %w", err)
	}
	var out bytes.Buffer
	err = programDockerfile.Execute(&out, struct {
		dockerfileForm
		Syntax, Base, Description string
		Packages, Env             []string
	}{
		forms[way], peerImage, baseImage, strconv.Quote(description), debianPackages(m), programEnv(data),
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(p.dir, p.file), out.Bytes(), 0o644)
}

// locked reads the example, and how many packages its lock has for this machine.
func (e *environment) locked() (*spec.Model, int, error) {
	dir := filepath.Join(e.source, programExample)
	text, err := os.ReadFile(filepath.Join(dir, lock.Name))
	if err != nil {
		return nil, 0, fmt.Errorf("read lock: %w", err)
	}
	l, diags := lock.Parse(lock.Name, text)
	if err := diags.Err(); err != nil {
		return nil, 0, fmt.Errorf("parse lock: %w", err)
	}
	if text, err = os.ReadFile(filepath.Join(dir, "model.yaml")); err != nil {
		return nil, 0, fmt.Errorf("read example: %w", err)
	}
	m, diags := spec.ParseWith("model.yaml", text, spec.Options{Load: func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join(dir, name))
	}})
	if err := diags.Err(); err != nil {
		return nil, 0, fmt.Errorf("parse example: %w", err)
	}
	closure, _ := l.Closure(suite, debianPackages(m))
	packages, _ := closure.Architecture(runtime.GOARCH)
	return m, len(packages), nil
}

func debianPackages(m *spec.Model) []string {
	var out []string
	for _, name := range m.Train.Packages.Debian.Install.Items {
		out = append(out, name.V)
	}
	return out
}

// programEnv is what the script reads, and what makes its result the same each time; docs/reference/exec.md has ours.
func programEnv(data []byte) []string {
	return []string{
		"MODELBUILD_SEED=42", "MODELBUILD_THREADS=1", "MODELBUILD_DATA_TRAIN=/in/data/train.csv",
		fmt.Sprintf("MODELBUILD_DATA_TRAIN_SHA256=%x", sha256.Sum256(data)),
		"EPOCHS=200", "GIT_COMMIT=unknown", "PYTHONHASHSEED=42", "PYTHONDONTWRITEBYTECODE=1",
		"OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1",
	}
}

// changeCode adds a line to the program that trains.
func changeCode(p *project, n int) error {
	f, err := os.OpenFile(filepath.Join(p.dir, "src", "train.py"), os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("change the program: %w", err)
	}
	if _, err := fmt.Fprintf(f, "# change %d\n", n); err != nil {
		return fmt.Errorf("change the program: %w", err)
	}
	return f.Close()
}

// pushBase makes the image that the Dockerfiles start from, as debian:bookworm-slim is made: the essential packages and
// apt, which asks the mirror.
func (e *environment) pushBase(ctx context.Context, m *mirror) error {
	dir := filepath.Join(e.root, "base")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("create folder: %w", err)
	}
	args := append([]string{"--quiet", "--variant=apt", suite, filepath.Join(dir, "base.tar")}, m.sources(suite)...)
	if out, err := exec.CommandContext(ctx, "mmdebstrap", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("make a base of Debian: %w\n%s", err, out)
	}
	text := "FROM scratch\nADD base.tar /\nCMD [\"bash\"]\n"
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(text), 0o644); err != nil {
		return fmt.Errorf("write Dockerfile: %w", err)
	}
	return e.run(ctx, "build", "--output",
		"type=image,push=true,registry.insecure=true,name="+e.registry.Host()+"/"+baseImage, dir)
}
