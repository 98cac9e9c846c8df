package main

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	beginFigures = "<!-- figures: hack/bench train -table -->\n"
	endFigures   = "<!-- end of figures -->\n"
)

var titles = map[string]string{
	"boosting": "Gradient boosting", "flights": "Gradient boosting, flights", "forest": "Random forest",
	"logistic": "Logistic regression", "ridge": "Ridge", "kmeans": "k-means", "pca": "PCA", "knn": "Nearest neighbours", "sweep": "Sweep, 5 x 5 logistic regressions",
	"csv": "Read CSV", "parquet": "Read Parquet",
	"exp": "exponentials", "dot": "dot product", "product": "product of square matrices", "cholesky": "Cholesky factorisation",
	"histogram": "histogram of 8 features",
}

// section is a part of the figures: the results whose kinds it has.
type section struct {
	title string
	has   func(kind string) bool
	write func(*strings.Builder, results)
}

var sections = []section{
	{"Fits", func(kind string) bool { _, ok := fitters[kind]; return ok || kind == "sweep" }, writeComparisons},
	{"Whole processes", func(kind string) bool { return strings.HasPrefix(kind, wholePrefix) }, writeComparisons},
	{"Files", func(kind string) bool { return kind == "csv" || kind == "parquet" }, writeComparisons},
	{"What determinism costs", func(kind string) bool { return strings.HasPrefix(kind, microPrefix) }, writeLoops},
}

// document puts the figures of a file into the documentation, between the two marks, and draws the growth beside it.
func document(o options) error {
	all, err := readResults(o.out)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fmt.Errorf("no figures in %s: hack/bench train measures them", o.out)
	}
	text, err := os.ReadFile(o.docs)
	if err != nil {
		return fmt.Errorf("read documentation: %w", err)
	}
	before, rest, begun := strings.Cut(string(text), beginFigures)
	_, after, ended := strings.Cut(rest, endFigures)
	if !begun || !ended {
		return fmt.Errorf("%s has no place for the figures: %s…%s", o.docs, strings.TrimSpace(beginFigures), strings.TrimSpace(endFigures))
	}
	folder := strings.TrimSuffix(o.docs, filepath.Ext(o.docs))
	drawn, err := drawGrowth(folder, all)
	if err != nil {
		return err
	}
	for i, name := range drawn {
		drawn[i] = filepath.ToSlash(filepath.Join(filepath.Base(folder), name))
	}
	text = []byte(before + beginFigures + "\n" + figuresText(all, drawn) + "\n" + endFigures + after)
	if err := os.WriteFile(o.docs, text, 0o644); err != nil {
		return fmt.Errorf("write documentation: %w", err)
	}
	return nil
}

func figuresText(all results, pictures []string) string {
	var b strings.Builder
	b.WriteString(environment(all))
	for _, s := range sections {
		var part results
		for _, r := range all {
			if s.has(r.Kind) {
				part = append(part, r)
			}
		}
		if len(part) > 0 {
			fmt.Fprintf(&b, "\n**%s**\n\n", s.title)
			s.write(&b, part)
		}
	}
	if len(pictures) > 0 {
		b.WriteString("\n**Growth**\n\n")
		for _, path := range pictures {
			fmt.Fprintf(&b, "![%s](%s)\n", strings.ReplaceAll(strings.TrimSuffix(filepath.Base(path), ".svg"), "-", " "), path)
		}
	}
	return b.String()
}

// environment is a sentence of what was measured with, and how busy the machine was.
func environment(all results) string {
	versions, load := map[string]bool{}, 0.0
	for _, r := range all {
		load = max(load, r.Load)
		for _, name := range slices.Sorted(maps.Keys(r.Versions)) {
			versions[name+" "+r.Versions[name]] = true
		}
	}
	return fmt.Sprintf("Measured with %s. The load average before a case was %.1f at most.\n",
		strings.Join(slices.Sorted(maps.Keys(versions)), "; "), load)
}

func writeComparisons(b *strings.Builder, part results) {
	b.WriteString("| Case | Rows | Columns | Threads | Peer | Rounds | CPU s | peer's | ratio | wall ratio | memory ratio | metric | ours | peer's | goal |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range part {
		fmt.Fprintf(b, "| %s | %s | %d | %d | %s | %d | %s | %s | %s | %.2f | %.2f | %s | %s | %s | %s |\n", r.title(), grouped(r.Rows), r.Columns,
			r.Threads, r.Peer, r.Runs, figure(r.Ours.CPU), figure(r.Theirs.CPU), r.cpuRatio(), r.WallRatio, r.MemoryRatio,
			r.MetricName, metric(r.Ours.Metric), metric(r.Theirs.Metric), r.verdict())
	}
}

func writeLoops(b *strings.Builder, part results) {
	b.WriteString("| Loop | Size | Instead of | Time | otherwise | ratio |\n|---|---|---|---|---|---|\n")
	for _, r := range part {
		fmt.Fprintf(b, "| %s | %s | %s | %s µs | %s µs | %s |\n", r.title(), grouped(r.Rows), r.Peer, figure(1e6*r.Ours.CPU),
			figure(1e6*r.Theirs.CPU), r.cpuRatio())
	}
}

func (r result) title() string {
	kind := strings.TrimPrefix(strings.TrimPrefix(r.Kind, wholePrefix), microPrefix)
	return cmp.Or(titles[kind], kind)
}

// cpuRatio has the spread, where there was more than one round.
func (r result) cpuRatio() string {
	if r.Runs == 1 {
		return fmt.Sprintf("%.2f", r.CPURatio)
	}
	return fmt.Sprintf("%.2f (%.2f–%.2f)", r.CPURatio, r.Spread.CPURatio[0], r.Spread.CPURatio[1])
}

// verdict says which goals there are, and which were missed. Wall counts where there is more than one thread, since the
// peers' threads spin.
func (r result) verdict() string {
	g, ok := goals[strings.TrimPrefix(r.Kind, wholePrefix)]
	if !ok {
		return "–"
	}
	var out []string
	say := func(met bool, format string, args ...any) {
		text := fmt.Sprintf(format, args...) + " met"
		if !met {
			text = "**" + strings.TrimSuffix(text, " met") + " missed**"
		}
		out = append(out, text)
	}
	if r.Threads == 1 {
		say(r.CPURatio <= g.cpu, "CPU %g", g.cpu)
	} else {
		say(r.WallRatio <= g.cpu, "wall %g", g.cpu)
	}
	if g.memory > 0 {
		say(r.MemoryRatio <= g.memory, "memory %g", g.memory)
	}
	if g.metric > 0 && strings.HasSuffix(r.MetricName, "AUC") {
		say(r.Ours.Metric >= r.Theirs.Metric-g.metric, "AUC %g", g.metric)
	}
	return strings.Join(out, ", ")
}

// figure has three significant digits, and no exponent.
func figure(v float64) string {
	if v == 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return "0"
	}
	digits := max(0, 2-int(math.Floor(math.Log10(math.Abs(v)))))
	return strconv.FormatFloat(v, 'f', digits, 64)
}

func metric(v float64) string { return strconv.FormatFloat(v, 'g', 5, 64) }

// grouped separates thousands.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
