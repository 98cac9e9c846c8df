package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// sameWork builds every project into a folder and fails unless the files of the model are the same, byte for byte: the
// model itself, its metrics, its provenance and its SBOMs.
func (b *bench) sameWork(ctx context.Context, v variant) error {
	var first map[string][]byte
	for i, p := range b.projects {
		if err := b.env.prepare(p, "Species of a penguin from its body", v.mode); err != nil {
			return err
		}
		out := filepath.Join(b.env.root, "out", v.name, fmt.Sprint(i))
		cmd := b.env.build(ctx, p, append([]string{"--output", "type=local,dest=" + out}, v.flags...))
		if text, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", p.name, err, text)
		}
		files, err := readFiles(out)
		if err != nil {
			return err
		}
		if first == nil {
			first = files
		}
		if err := sameFiles(first, files); err != nil {
			return fmt.Errorf("%s and %s do different work: %w", b.projects[0].name, p.name, err)
		}
	}
	return nil
}

// readFiles reads a folder's /model, by slash-separated path.
func readFiles(dir string) (map[string][]byte, error) {
	out := map[string][]byte{}
	model := os.DirFS(filepath.Join(dir, "model"))
	err := fs.WalkDir(model, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		out[path], err = fs.ReadFile(model, path)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	return out, nil
}

func sameFiles(a, b map[string][]byte) error {
	if len(a["model.onnx"]) == 0 {
		return errors.New("there is no model.onnx")
	}
	var differ []string
	for name := range a {
		if other, ok := b[name]; !ok || !bytes.Equal(a[name], other) {
			differ = append(differ, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			differ = append(differ, name)
		}
	}
	if len(differ) > 0 {
		return fmt.Errorf("they differ in %s", strings.Join(differ, ", "))
	}
	return nil
}
