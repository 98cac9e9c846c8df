package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/modelbuild/modelbuild/internal/gobuild"
	"github.com/opencontainers/go-digest"
)

// programs compares builds of an example that a program trains.
type programs struct {
	bench
	mirror   *mirror
	packages string // folder that keeps Debian's packages
	quick    bool
	edits    int                   // how often something was changed; each change is new
	models   map[int]digest.Digest // that cold builds trained, by the way to build
	results  []programResult
}

// programCase is what changes before each build, and which projects are built.
type programCase struct {
	name   string
	sides  []int
	edit   func(*programs, int) error
	trains bool // the program has to run, else it must not
	cold   bool // from a builder that has nothing
}

var programCases = []programCase{
	{name: "cold", sides: []int{oursBuild, inStages}, trains: true, cold: true},
	{name: "no-change", sides: []int{oursBuild, inStages}},
	{name: "description", sides: []int{oursBuild, inStages}, edit: (*programs).editDescription},
	{name: "code", sides: []int{oursBuild, inStages, sourcesFirst}, edit: (*programs).editCode, trains: true},
}

// Parts of the benchmark that build examples with programs.
const (
	partExec   = "exec"
	partAttest = "attest"
)

func programFlags(part string, args []string) (*programs, error) {
	p := &programs{models: map[int]digest.Digest{}}
	var only string
	set := flag.NewFlagSet("hack/bench "+part, flag.ContinueOnError)
	set.IntVar(&p.runs, "runs", 5, "timed rounds of a case that is served from the cache")
	set.IntVar(&p.cold, "cold", 3, "timed rounds of a case that installs packages")
	set.BoolVar(&p.quick, "quick", false, "one round, in which memory is sampled too, without a Dockerfile whose image has the environment")
	set.StringVar(&only, "only", "", "run only the cases whose name matches this `pattern`")
	set.DurationVar(&p.patience, "patience", 5*time.Minute, "time spent in all on waiting for other programs to be quiet")
	set.StringVar(&p.out, "out", "build/bench/"+part+".json", "`file` for the figures")
	set.StringVar(&p.packages, "packages", "build/bench/packages", "`folder` that keeps Debian's packages")
	set.StringVar(&p.logs, "logs", "", "`folder` to keep every build's log in")
	set.StringVar(&p.frontend, "frontend", "", "`folder` with the frontend image's binaries, in place of compiling them")
	if err := set.Parse(args); err != nil {
		return nil, err
	}
	if set.NArg() > 0 || p.runs < 1 || p.cold < 1 {
		return nil, errors.New("no arguments beside flags are taken, and counts start at 1")
	}
	var err error
	if p.only, err = regexp.Compile(only); err != nil {
		return nil, fmt.Errorf("read -only: %w", err)
	}
	return p, nil
}

func runPrograms(ctx context.Context, part string, args []string, table io.Writer) (err error) {
	p, err := programFlags(part, args)
	if err != nil {
		return err
	}
	source, err := gobuild.ModuleRoot(".")
	if err != nil {
		return err
	}
	archives, err := aptHost(ctx)
	if err != nil {
		return err
	}
	if p.mirror, err = startMirror(ctx, p.packages, archives); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.mirror.close()) }()
	if p.env, err = startEnvironment(ctx, source, p.frontend); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.env.close()) }()
	p.quiet = &quiet{left: p.patience}
	prepare, measured := p.prepare, p.measure
	if part == partAttest {
		prepare, measured = p.prepareAttested, p.attested
	}
	if err := prepare(ctx); err != nil {
		return err
	}
	// What was measured is kept where a later case fails.
	err = measured(ctx)
	return errors.Join(err, printTable(table, p.figures), p.write())
}

func (p *programs) prepare(ctx context.Context) (err error) {
	if p.daemon, err = daemonPID(); err != nil {
		return err
	}
	if err := p.env.pushBase(ctx, p.mirror); err != nil {
		return err
	}
	p.projects, err = p.env.programProjects()
	return err
}

func (p *programs) measure(ctx context.Context) error {
	for _, c := range programCases {
		if !p.only.MatchString(c.name) {
			continue
		}
		if err := p.rounds(ctx, c); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	for _, extra := range []struct {
		name string
		run  func(context.Context) error
	}{{"same-model", p.sameModel}, {"size", p.sizes}, {"unpack", p.unpack}} {
		if !p.only.MatchString(extra.name) {
			continue
		}
		if err := extra.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", extra.name, err)
		}
	}
	return nil
}

// rounds builds the projects of a case in turn, in the opposite order every other time. What is served from the cache
// is built once before, against no clock.
func (p *programs) rounds(ctx context.Context, c programCase) error {
	var projects []*project
	for _, side := range c.sides {
		projects = append(projects, p.projects[side])
	}
	f := newFigure("exec/"+c.name, projects)
	warmup, timed := 1, p.runs
	if c.cold {
		warmup, timed = 0, p.cold
	}
	if p.quick {
		timed = 0
	}
	order := make([]int, len(c.sides))
	for i := range order {
		order[i] = i
	}
	for round := range warmup + timed + 1 {
		fmt.Fprintf(os.Stderr, "bench: %s, round %d of %d\n", c.name, round+1, warmup+timed+1)
		watch := measure
		if round == warmup+timed {
			watch = measureMemory
		}
		for _, i := range order {
			got, err := p.build(ctx, c, c.sides[i], watch)
			if err == nil && round >= warmup {
				err = c.expect(got.log)
			}
			if err == nil && c.cold {
				err = p.sameAgain(ctx, c.sides[i])
			}
			if err != nil {
				return fmt.Errorf("%s: %w", projects[i].name, err)
			}
			if err := p.keepLog(fmt.Sprintf("%s-%d-%02d", f.name, i, round), got.log); err != nil {
				return err
			}
			if round >= warmup && (round < warmup+timed || p.quick) {
				f.samples[i] = append(f.samples[i], got)
			}
			if round == warmup+timed {
				f.memory[i] = append(f.memory[i], got)
			}
		}
		slices.Reverse(order)
	}
	p.add(f)
	return nil
}

func (p *programs) build(ctx context.Context, c programCase, side int, watch measurement) (sample, error) {
	if c.edit != nil {
		if err := c.edit(p, side); err != nil {
			return sample{}, err
		}
	}
	if c.cold {
		if err := p.env.run(ctx, "prune", "--all", "--force"); err != nil {
			return sample{}, err
		}
	}
	if err := p.quiet.wait(ctx); err != nil {
		return sample{}, err
	}
	return watch(ctx, p.command(ctx, side, "type=image,push=false,name=bench/result:latest"), p.daemon)
}

// expect fails unless the program ran as the case says.
func (c programCase) expect(log []byte) error {
	trained, err := programRan(log)
	if err == nil && trained != c.trains {
		err = fmt.Errorf("it trained: %t, not %t", trained, c.trains)
	}
	return err
}

func (p *programs) command(ctx context.Context, side int, output string, flags ...string) *exec.Cmd {
	flags = append(flags, "--attest", "type=provenance,mode=max,version=v0.2", "--output", output)
	if side == oursBuild {
		flags = append(flags, "--build-arg", p.mirror.buildArg())
	}
	return p.env.build(ctx, p.projects[side], flags)
}

func (p *programs) editCode(side int) error {
	p.edits++
	return changeCode(p.projects[side], p.edits)
}

func (p *programs) editDescription(side int) error {
	p.edits++
	return p.env.describe(p.projects[side], side, fmt.Sprintf("Body mass of a penguin, in words used for the %d. time", p.edits))
}

// scratch is a new folder below the environment's.
func (e *environment) scratch(name string) string { return filepath.Join(e.root, "out", name) }
