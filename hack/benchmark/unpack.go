package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// unpackSpec has the environment of the example and does next to nothing in it.
const unpackSpec = `# syntax=org/modelbuild:1
name: unpack
data: {train: {source: context://data/penguins.csv}}
train:
  engine: exec
  packages: {debian: {suite: %s, install: [%s]}}
  run: [cp, /in/data/train.csv, /out/model]
  outputs: {model: /out/model}
`

// unpack compares making a root filesystem of the example's packages with mmdebstrap. Both fetch them from the mirror;
// the builder has ours already, as it keeps files that a digest names.
func (p *programs) unpack(ctx context.Context) error {
	m, packages, err := p.env.locked()
	if err != nil {
		return err
	}
	dir := filepath.Join(p.env.root, "unpack")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(p.env.source, programExample))); err != nil {
		return fmt.Errorf("copy example: %w", err)
	}
	text := fmt.Sprintf(unpackSpec, suite, strings.Join(debianPackages(m), ", "))
	if err := os.WriteFile(filepath.Join(dir, "model.yaml"), []byte(text), 0o644); err != nil {
		return fmt.Errorf("write spec: %w", err)
	}
	ours := &project{name: "modelbuild", dir: dir, file: "model.yaml"}
	build := func() *exec.Cmd {
		return p.env.build(ctx, ours, []string{"--no-cache", "--build-arg", p.mirror.buildArg(), "--output", "type=cacheonly"})
	}
	if out, err := build().CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	f := newFigure("exec/unpack", []*project{ours, {name: "mmdebstrap"}})
	timed := p.cold
	if p.quick {
		timed = 1
	}
	for round := range timed {
		fmt.Fprintf(os.Stderr, "bench: unpack, round %d of %d\n", round+1, timed)
		sides := []func() (sample, error){
			func() (sample, error) { return measureMemory(ctx, build(), p.daemon) },
			func() (sample, error) { return p.mmdebstrap(ctx, debianPackages(m), packages) },
		}
		order := []int{0, 1}
		if round%2 == 1 {
			slices.Reverse(order)
		}
		for _, i := range order {
			if err := p.quiet.wait(ctx); err != nil {
				return err
			}
			got, err := sides[i]()
			if err != nil {
				return err
			}
			f.samples[i], f.memory[i] = append(f.samples[i], got), append(f.memory[i], got)
		}
	}
	p.add(f)
	return nil
}

// mergedUsr makes mmdebstrap take usr-is-merged, as a lock does, and not usrmerge, which comes with the whole of Perl: the
// root has /usr merged from the start, and apt may not choose the other one.
var mergedUsr = []string{
	"--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
	`--setup-hook=mkdir -p "$1/etc/apt/preferences.d" && printf 'Package: usrmerge\nPin: release *\nPin-Priority: -1\n' >"$1/etc/apt/preferences.d/bench"`,
}

// mmdebstrap makes a root filesystem of the same packages in a folder, and removes it.
func (p *programs) mmdebstrap(ctx context.Context, install []string, want int) (sample, error) {
	dir := p.env.scratch("debian")
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return sample{}, fmt.Errorf("create folder: %w", err)
	}
	args := append([]string{"--quiet", "--variant=essential", "--include=" + strings.Join(install, ",")}, mergedUsr...)
	args = append(append(args, suite, dir), p.mirror.sources(suite)...)
	got, err := measureProcess(ctx, exec.CommandContext(ctx, "mmdebstrap", args...), p.daemon)
	if err != nil {
		return got, fmt.Errorf("mmdebstrap: %w", err)
	}
	status, err := os.ReadFile(filepath.Join(dir, "var", "lib", "dpkg", "status"))
	if err != nil {
		return got, fmt.Errorf("read packages: %w", err)
	}
	if n := bytes.Count(status, []byte("\nStatus: install ok installed\n")); n != want {
		return got, fmt.Errorf("mmdebstrap installed %d packages, the lock has %d", n, want)
	}
	return got, os.RemoveAll(dir)
}
