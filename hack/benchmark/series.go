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
	{name: "no-change", runs: cached},
	{name: "description", edit: true, ran: []string{"package"}, runs: cached},
	{name: "cold", flags: []string{"--no-cache"}, ran: stepNames, runs: func(o options) int { return o.cold }},
}

func cached(o options) int { return o.runs }

// scenario is a case: what changed, and what was asked for.
type scenario struct {
	variant
	change
}

func (s scenario) name() string { return s.change.name + "/" + s.variant.name }

func (s scenario) flags() []string { return slices.Concat(s.variant.flags, s.change.flags) }

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
			s := scenario{v, c}
			if !b.only.MatchString(s.name()) {
				continue
			}
			f, err := b.rounds(ctx, s)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name(), err)
			}
			b.figures = append(b.figures, f)
		}
	}
	return nil
}

// rounds builds every project in turn, in the opposite order every other time: first to warm up, then against the
// clock, then to sample memory.
func (b *bench) rounds(ctx context.Context, s scenario) (*figure, error) {
	f := newFigure("frontend/"+s.name(), b.projects)
	timed := s.runs(b.options)
	fmt.Fprintf(os.Stderr, "bench: %s, %d rounds\n", f.name, timed)
	order := []int{0, 1, 2}
	for round := range warmups + timed + b.memory {
		slices.Reverse(order)
		watch := measure
		if round >= warmups+timed {
			watch = measureMemory
		}
		for _, i := range order {
			got, err := b.build(ctx, b.projects[i], s, watch)
			if err != nil {
				return nil, err
			}
			if err := b.keepLog(fmt.Sprintf("%s-%d-%02d", f.name, i, round), got.log); err != nil {
				return nil, err
			}
			switch {
			case round >= warmups+timed:
				f.memory[i] = append(f.memory[i], got)
			case round >= warmups:
				f.samples[i] = append(f.samples[i], got)
			}
		}
	}
	return f, nil
}

type measurement func(context.Context, *exec.Cmd, int) (sample, error)

// build measures one build and checks that it did the work of the case.
func (b *bench) build(ctx context.Context, p *project, s scenario, watch measurement) (sample, error) {
	if s.edit {
		if err := b.edit(p, s.mode); err != nil {
			return sample{}, err
		}
	}
	if err := b.quiet.wait(ctx); err != nil {
		return sample{}, err
	}
	args := append(s.flags(), "--output", "type=image,push=false,name=bench/result:latest")
	got, err := watch(ctx, b.env.build(ctx, p, args), b.daemon)
	if err == nil {
		err = expectSteps(got.log, s.ran)
	}
	if err != nil {
		return got, fmt.Errorf("%s: %w", p.name, err)
	}
	return got, nil
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

// keepLog writes a build's log where logs are wanted.
func (b *bench) keepLog(name string, log []byte) error {
	if b.logs == "" {
		return nil
	}
	if err := os.MkdirAll(b.logs, 0o755); err != nil {
		return fmt.Errorf("keep log: %w", err)
	}
	return os.WriteFile(filepath.Join(b.logs, strings.ReplaceAll(name, "/", "-")+".json"), log, 0o644)
}
