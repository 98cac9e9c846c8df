package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"
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

// result is one entry of the file of figures; see DESIGN.md. Ratios are ours over the peer's.
type result struct {
	Name        string            `json:"name"`
	Peer        string            `json:"peer"`
	CPURatio    float64           `json:"cpu_ratio"`
	WallRatio   float64           `json:"wall_ratio"`
	MemoryRatio float64           `json:"memory_ratio"`
	Runs        int               `json:"runs"`
	Spread      spread            `json:"spread"`
	Versions    map[string]string `json:"versions"`
}

// spread holds the smallest and the largest ratio of a round.
type spread struct {
	CPURatio    [2]float64 `json:"cpu_ratio"`
	WallRatio   [2]float64 `json:"wall_ratio"`
	MemoryRatio [2]float64 `json:"memory_ratio"`
}

func wall(s sample) float64   { return s.wall.Seconds() }
func cpu(s sample) float64    { return s.cpu.Seconds() }
func memory(s sample) float64 { return float64(s.memory) }

// results compares ours with each peer, round by round.
func (f *figure) results(versions map[string]string) []result {
	var out []result
	for i := 1; i < len(f.projects); i++ {
		c := ratios(f.samples[0], f.samples[i], cpu)
		w := ratios(f.samples[0], f.samples[i], wall)
		m := ratios(f.memory[0], f.memory[i], memory)
		out = append(out, result{
			Name: "frontend/" + f.name, Peer: f.projects[i], Runs: len(f.samples[0]),
			CPURatio: round(median(c)), WallRatio: round(median(w)), MemoryRatio: round(median(m)),
			Spread:   spread{CPURatio: extent(c), WallRatio: extent(w), MemoryRatio: extent(m)},
			Versions: versions,
		})
	}
	return out
}

func writeResults(path string, figures []*figure, versions map[string]string) error {
	all := []result{}
	for _, f := range figures {
		all = append(all, f.results(versions)...)
	}
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("encode figures: %w", err)
	}
	if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("write figures: %w", err)
	}
	return nil
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
				fmt.Sprintf("%.0f", median(values(mem, memory))/1e6), f.ratio(i, f.memory, memory),
				median(values(timed, func(s sample) float64 { return s.other })))
		}
	}
	return t.Flush()
}

func milliseconds(samples []sample, of func(sample) float64) string {
	v := values(samples, of)
	e := extent(v)
	ms := float64(time.Second / time.Millisecond)
	return fmt.Sprintf("%.0f (%.0f-%.0f)", median(v)*ms, e[0]*ms, e[1]*ms)
}

// ratio is empty for our own line.
func (f *figure) ratio(i int, samples [][]sample, of func(sample) float64) string {
	if i == 0 {
		return ""
	}
	r := ratios(samples[0], samples[i], of)
	e := extent(r)
	return fmt.Sprintf("%.2f (%.2f-%.2f)", round(median(r)), e[0], e[1])
}
