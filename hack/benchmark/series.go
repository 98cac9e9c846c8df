package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

const warmups = 2

// bench runs all cases on one environment.
type bench struct {
	options
	env         *environment
	quiet       *quiet
	daemon      int
	projects    []*project
	description int // how many descriptions were written; each is new
	figures     []*figure
}

// variant is what is asked for beside the image.
type variant struct {
	name  string
	mode  packagejob.Mode
	flags []string
}

var variants = []variant{
	{"attested", packagejob.ModeMax, []string{"--attest", "type=provenance,mode=max,version=v0.2"}},
	{"plain", packagejob.ModeMin, nil},
}

// change is what differs from the build before.
type change struct {
	name  string
	flags []string
	edit  bool     // a new description before every build
	ran   []string // the steps that must run, all others being cached
	runs  func(options) int
}

var changes = []change{
	{"no-change", nil, false, nil, func(o options) int { return o.runs }},
	{"description", nil, true, []string{"package"}, func(o options) int { return o.runs }},
	{"cold", []string{"--no-cache"}, false, stepNames, func(o options) int { return o.cold }},
}

func (b *bench) series(ctx context.Context) (err error) {
	if b.daemon, err = daemonPID(); err != nil {
		return err
	}
	if b.projects, err = b.env.projects(); err != nil {
		return err
	}
	for _, v := range variants {
		if err := b.sameWork(ctx, v); err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		for _, c := range changes {
			name := c.name + "/" + v.name
			if !b.only.MatchString(name) {
				continue
			}
			f := &figure{name: name, samples: make([][]sample, len(b.projects)), memory: make([][]sample, len(b.projects))}
			for _, p := range b.projects {
				f.projects = append(f.projects, p.name)
			}
			if err := b.rounds(ctx, f, v, c); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			b.figures = append(b.figures, f)
		}
	}
	return nil
}

// rounds builds every project in turn, in the opposite order every other time: first to warm up, then against the
// clock, then to sample memory.
func (b *bench) rounds(ctx context.Context, f *figure, v variant, c change) error {
	timed := c.runs(b.options)
	fmt.Fprintf(os.Stderr, "bench: %s, %d rounds\n", f.name, timed)
	for round := range warmups + timed + b.memory {
		order := []int{0, 1, 2}
		if round%2 == 1 {
			slices.Reverse(order)
		}
		for _, i := range order {
			watch := measure
			if round >= warmups+timed {
				watch = measureMemory
			}
			s, err := b.build(ctx, b.projects[i], v, c, watch)
			if err != nil {
				return err
			}
			if err := b.keepLog(f.name, i, round, s.log); err != nil {
				return err
			}
			switch {
			case round < warmups:
			case round < warmups+timed:
				f.samples[i] = append(f.samples[i], s)
			default:
				f.memory[i] = append(f.memory[i], s)
			}
		}
	}
	return nil
}

type measurement func(context.Context, *exec.Cmd, int) (sample, error)

// build measures one build and checks that it did the work of the case.
func (b *bench) build(ctx context.Context, p *project, v variant, c change, watch measurement) (sample, error) {
	if c.edit {
		if err := b.edit(p, v.mode); err != nil {
			return sample{}, err
		}
	}
	if err := b.quiet.wait(ctx); err != nil {
		return sample{}, err
	}
	args := slices.Concat(v.flags, c.flags, []string{"--output", "type=image,push=false,name=bench/result:latest"})
	s, err := watch(ctx, b.env.build(ctx, p, args), b.daemon)
	if err == nil {
		err = expectSteps(s.log, c.ran)
	}
	if err != nil {
		return s, fmt.Errorf("%s: %w", p.name, err)
	}
	return s, nil
}

// edit gives the project a description that no build has had before.
func (b *bench) edit(p *project, mode packagejob.Mode) error {
	b.description++
	return b.env.prepare(p, fmt.Sprintf("Species of a penguin, in words used for the %d. time", b.description), mode)
}

// build is the client that all projects are built with.
func (e *environment) build(ctx context.Context, p *project, flags []string) *exec.Cmd {
	args := append([]string{"build", "--progress", "rawjson", "-f", filepath.Join(p.dir, p.file)}, flags...)
	return e.command(ctx, append(args, p.dir)...)
}

func (b *bench) keepLog(name string, project, round int, log []byte) error {
	if b.logs == "" {
		return nil
	}
	if err := os.MkdirAll(b.logs, 0o755); err != nil {
		return fmt.Errorf("keep log: %w", err)
	}
	file := fmt.Sprintf("%s-%d-%02d.json", strings.ReplaceAll(name, "/", "-"), project, round)
	return os.WriteFile(filepath.Join(b.logs, file), log, 0o644)
}
