package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/modelbuild/modelbuild/hack/benchmark/paired"
)

// figure is what one case gave: per project, the builds in the order of the rounds. Ours is the first project.
type figure struct {
	name            string
	projects        []string
	samples, memory [][]sample
}

func newFigure(name string, projects []*project) *figure {
	f := &figure{name: name, samples: make([][]sample, len(projects)), memory: make([][]sample, len(projects))}
	for _, p := range projects {
		f.projects = append(f.projects, p.name)
	}
	return f
}

func wall(s sample) float64   { return s.wall.Seconds() }
func cpu(s sample) float64    { return s.cpu.Seconds() }
func memory(s sample) float64 { return float64(s.memory) }

// results compares ours with each peer, round by round.
func (f *figure) results(versions map[string]string) []paired.Result {
	var out []paired.Result
	for i := 1; i < len(f.projects); i++ {
		c := ratios(f.samples[0], f.samples[i], cpu)
		w := ratios(f.samples[0], f.samples[i], wall)
		m := ratios(f.memory[0], f.memory[i], memory)
		out = append(out, paired.Result{
			Name: f.name, Peer: f.projects[i], Runs: len(f.samples[0]),
			CPURatio: paired.Round(paired.Median(c)), WallRatio: paired.Round(paired.Median(w)), MemoryRatio: paired.Round(paired.Median(m)),
			Spread:   paired.Spread{CPURatio: paired.Extent(c), WallRatio: paired.Extent(w), MemoryRatio: paired.Extent(m)},
			Versions: versions,
		})
	}
	return out
}

func writeResults(path string, figures []*figure, versions map[string]string) error {
	all := []paired.Result{}
	for _, f := range figures {
		all = append(all, f.results(versions)...)
	}
	return paired.Write(path, all)
}

// printTable shows medians with the smallest and largest value in parentheses.
func printTable(w io.Writer, figures []*figure) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range figures {
		fmt.Fprintf(t, "%s, %d rounds\twall ms\tours/this\tcpu ms\tours/this\tMB\tours/this\tother load\n", f.name, len(f.samples[0]))
		for i, name := range f.projects {
			timed, mem := f.samples[i], f.memory[i]
			fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\t%s\t%s\t%.2f\n", name,
				milliseconds(timed, wall), f.ratio(i, f.samples, wall),
				milliseconds(timed, cpu), f.ratio(i, f.samples, cpu),
				fmt.Sprintf("%.0f", paired.Median(values(mem, memory))/1e6), f.ratio(i, f.memory, memory),
				paired.Median(values(timed, func(s sample) float64 { return s.other })))
		}
	}
	return t.Flush()
}

func milliseconds(samples []sample, of func(sample) float64) string {
	v := values(samples, of)
	e := paired.Extent(v)
	ms := float64(time.Second / time.Millisecond)
	return fmt.Sprintf("%.0f (%.0f-%.0f)", paired.Median(v)*ms, e[0]*ms, e[1]*ms)
}

// ratio is empty for our own line.
func (f *figure) ratio(i int, samples [][]sample, of func(sample) float64) string {
	if i == 0 {
		return ""
	}
	r := ratios(samples[0], samples[i], of)
	e := paired.Extent(r)
	return fmt.Sprintf("%.2f (%.2f-%.2f)", paired.Round(paired.Median(r)), e[0], e[1])
}
