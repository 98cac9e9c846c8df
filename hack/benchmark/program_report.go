package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/modelbuild/modelbuild/hack/benchmark/paired"
	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/opencontainers/go-digest"
)

// programResult is one entry of the file of figures. Sizes are those of the layers as a registry has them.
type programResult struct {
	paired.Result
	Ours      side    `json:"ours"`
	Theirs    side    `json:"theirs"`
	SizeRatio float64 `json:"size_ratio,omitempty"`
	Load      float64 `json:"load"` // cores that other programs used meanwhile
}

// side has the medians of one side.
type side struct {
	CPU    float64 `json:"cpu_seconds,omitempty"`
	Wall   float64 `json:"wall_seconds,omitempty"`
	Memory float64 `json:"memory_bytes,omitempty"`
	Size   int64   `json:"size_bytes,omitempty"`
}

// add puts a figure among the results.
func (p *programs) add(f *figure) {
	p.figures = append(p.figures, f)
	for i, r := range f.results(p.env.versions) {
		load := paired.Median(append(values(f.samples[0], other), values(f.samples[i+1], other)...))
		p.results = append(p.results, programResult{
			Result: r, Ours: f.side(0), Theirs: f.side(i + 1), Load: paired.Round(load),
		})
	}
}

func other(s sample) float64 { return s.other }

func (f *figure) side(i int) side {
	return side{
		CPU: paired.Round(paired.Median(values(f.samples[i], cpu))), Wall: paired.Round(paired.Median(values(f.samples[i], wall))),
		Memory: paired.Median(values(f.memory[i], memory)),
	}
}

// write keeps what the file has of cases that were not measured.
func (p *programs) write() error {
	data, err := os.ReadFile(p.out)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read figures: %w", err)
	}
	var all []programResult
	if err == nil {
		if err := json.Unmarshal(data, &all); err != nil {
			return fmt.Errorf("read figures: %w", err)
		}
	}
	return paired.Write(p.out, merge(all, p.results))
}

// merge puts new results in the place of those of the same cases.
func merge(all, measured []programResult) []programResult {
	again := map[string]bool{}
	for _, r := range measured {
		again[r.Name] = true
	}
	all = slices.DeleteFunc(all, func(r programResult) bool { return again[r.Name] })
	return append(all, measured...)
}

// sizes compares what the images weigh in a registry.
func (p *programs) sizes(ctx context.Context) error {
	sides := []int{oursBuild, inStages, oneStage, fromScratch}
	if p.quick {
		sides = []int{oursBuild, inStages, fromScratch}
	}
	var ours int64
	for _, way := range sides {
		dir := p.env.scratch(fmt.Sprint("size-", way))
		out := "type=oci,tar=false,dest=" + dir
		if text, err := p.command(ctx, way, out).CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", p.projects[way].name, err, text)
		}
		image, err := oci.Open(ctx, oci.LayoutScheme+dir)
		if err != nil {
			return err
		}
		if len(image.Manifests) != 1 {
			return fmt.Errorf("%s: an image for %d platforms", p.projects[way].name, len(image.Manifests))
		}
		var size int64
		for _, l := range image.Manifests[0].Manifest.Layers {
			size += l.Size
		}
		fmt.Fprintf(os.Stderr, "bench: size of %s: %d bytes\n", p.projects[way].name, size)
		if way == oursBuild {
			ours = size
			continue
		}
		p.results = append(p.results, programResult{
			Result: paired.Result{Name: "exec/size", Peer: p.projects[way].name, Runs: 1, Versions: p.env.versions},
			Ours:   side{Size: ours}, Theirs: side{Size: size}, SizeRatio: float64(ours) / float64(size),
		})
	}
	return nil
}

// sameModel fails unless a Dockerfile trains the same model, byte for byte.
func (p *programs) sameModel(ctx context.Context) error {
	ours, err := p.model(ctx, oursBuild)
	if err != nil {
		return err
	}
	theirs, err := p.model(ctx, inStages)
	if err == nil && ours != theirs {
		err = errors.New("modelbuild and the Dockerfile train different models")
	}
	return err
}

// model is the digest of the model that a project builds, which must be in the cache for the build to be quick.
func (p *programs) model(ctx context.Context, way int) (digest.Digest, error) {
	dir := p.env.scratch(fmt.Sprint("model-", way))
	if text, err := p.command(ctx, way, "type=local,dest="+dir).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", p.projects[way].name, err, text)
	}
	path, err := find(dir, "model.pth")
	if err != nil {
		return "", err
	}
	data, err := os.ReadFile(path)
	if err != nil || len(data) == 0 {
		return "", fmt.Errorf("read the model of %s: %w", p.projects[way].name, cmp.Or(err, errors.New("it is empty")))
	}
	return digest.FromBytes(data), nil
}

// sameAgain fails unless two cold builds of one project made the same model.
func (p *programs) sameAgain(ctx context.Context, way int) error {
	got, err := p.model(ctx, way)
	if err != nil {
		return err
	}
	if before, ok := p.models[way]; ok && before != got {
		return fmt.Errorf("%s: a cold build trained %s, the one before it %s", p.projects[way].name, got, before)
	}
	fmt.Fprintf(os.Stderr, "bench: %s trained %s from nothing\n", p.projects[way].name, got)
	p.models[way] = got
	return nil
}

// find looks for a file of an image in its folder, or in that of its only platform.
func find(dir, name string) (string, error) {
	for _, pattern := range []string{"model", filepath.Join("*", "model")} {
		if found, _ := filepath.Glob(filepath.Join(dir, pattern, name)); len(found) == 1 {
			return found[0], nil
		}
	}
	return "", fmt.Errorf("%s has no %s", dir, name)
}
