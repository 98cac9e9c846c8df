package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// attestCase is an example that is built with attestations and without, each time by a builder that has nothing.
type attestCase struct {
	name  string
	from  string // the example's folder
	sides []attestSide
	runs  func(*programs) int
}

// attestSide is what a build is asked for beside the image.
type attestSide struct {
	name  string
	flags []string
}

var (
	attestProvenance = []string{"--attest", "type=provenance,mode=max"}
	attestSBOM       = []string{"--attest", "type=sbom"}
	attestAll        = attestSide{"provenance and SBOM", slices.Concat(attestProvenance, attestSBOM)}
	attestNone       = attestSide{"without attestations", nil}
)

var attestCases = []attestCase{
	{"penguins", example, []attestSide{attestAll, attestNone, {"provenance alone", attestProvenance}, {"SBOM alone", attestSBOM}},
		func(p *programs) int { return p.runs }},
	{"java", "examples/java", []attestSide{attestAll, attestNone}, func(p *programs) int { return p.cold }},
}

// prepareAttested makes the projects, by the names of their cases.
func (p *programs) prepareAttested(_ context.Context) (err error) {
	if p.daemon, err = daemonPID(); err != nil {
		return err
	}
	for _, c := range attestCases {
		q := &project{name: c.name, dir: p.env.scratch(c.name), file: "model.yaml"}
		if err := os.MkdirAll(q.dir, 0o755); err != nil {
			return fmt.Errorf("create project: %w", err)
		}
		if err := os.CopyFS(q.dir, os.DirFS(filepath.Join(p.env.source, c.from))); err != nil {
			return fmt.Errorf("copy example: %w", err)
		}
		p.projects = append(p.projects, q)
	}
	return nil
}

// attested measures all cases. The image is pushed, with what it was asked for.
func (p *programs) attested(ctx context.Context) error {
	for i, c := range attestCases {
		if !p.only.MatchString(c.name) {
			continue
		}
		if err := p.attestRounds(ctx, c, p.projects[i]); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

// attestRounds builds with each of the requests in turn, in the opposite order every other time.
func (p *programs) attestRounds(ctx context.Context, c attestCase, q *project) error {
	var names []*project
	order := make([]int, len(c.sides))
	for i, s := range c.sides {
		names, order[i] = append(names, &project{name: s.name}), i
	}
	f := newFigure("attest/"+c.name, names)
	timed := c.runs(p)
	if p.quick {
		timed = 1
	}
	for round := range timed + 1 { // the first one puts the layers into the registry
		fmt.Fprintf(os.Stderr, "bench: %s, round %d of %d\n", f.name, round, timed)
		for _, i := range order {
			if err := p.env.run(ctx, "prune", "--all", "--force"); err != nil {
				return err
			}
			if err := p.quiet.wait(ctx); err != nil {
				return err
			}
			flags := append(slices.Clone(c.sides[i].flags), "--build-arg", p.mirror.buildArg(),
				"--output", "type=image,push=true,registry.insecure=true,name="+p.env.registry.Host()+"/bench/"+c.name)
			got, err := measure(ctx, p.env.build(ctx, q, flags), p.daemon)
			if err != nil {
				return fmt.Errorf("%s: %w", c.sides[i].name, err)
			}
			if err := p.keepLog(fmt.Sprintf("%s-%d-%02d", f.name, i, round), got.log); err != nil {
				return err
			}
			if round > 0 {
				f.samples[i] = append(f.samples[i], got)
			}
		}
		slices.Reverse(order)
	}
	p.add(f)
	return nil
}
