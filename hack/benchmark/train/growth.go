package main

import (
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// growth is one picture: CPU seconds of fits on one thread against a size, of the results that agree in the other one.
type growth struct {
	kind string
	axis string // rows or columns
	size func(result) int
	has  func(result) bool
}

const columnsRows = 100_000 // rows of the cases that differ in columns

func growths() []growth {
	var out []growth
	for _, kind := range []string{"boosting", "logistic", "kmeans"} {
		out = append(out, growth{kind, "rows", func(r result) int { return r.Rows }, func(r result) bool { return r.Columns == width }})
	}
	for _, kind := range []string{"boosting", "logistic"} {
		out = append(out, growth{kind, "columns", func(r result) int { return r.Columns }, func(r result) bool { return r.Rows == columnsRows }})
	}
	return out
}

func (g growth) file() string { return fmt.Sprintf("%s-%s.svg", g.kind, g.axis) }

// lines are the points of each side, by size: ours first, under the empty name.
func (g growth) lines(all results) (names []string, points []plotter.XYs) {
	add := func(name string, x int, y float64) {
		i := slices.Index(names, name)
		if i < 0 {
			i = len(names)
			names, points = append(names, name), append(points, nil)
		}
		if !slices.ContainsFunc(points[i], func(p plotter.XY) bool { return p.X == float64(x) }) && y > 0 {
			points[i] = append(points[i], plotter.XY{X: float64(x), Y: y})
		}
	}
	for _, r := range all {
		if r.Kind == g.kind && r.Threads == 1 && g.has(r) {
			add("modelbuild", g.size(r), r.Ours.CPU)
			add(r.Peer, g.size(r), r.Theirs.CPU)
		}
	}
	for _, p := range points {
		slices.SortFunc(p, func(a, b plotter.XY) int { return int(a.X - b.X) })
	}
	return names, points
}

// colours are told apart by people with any colour vision (Okabe and Ito 2008).
var colours = []color.RGBA{{0x00, 0x72, 0xb2, 0xff}, {0xd5, 0x5e, 0x00, 0xff}, {0x00, 0x9e, 0x73, 0xff}, {0xcc, 0x79, 0xa7, 0xff}}

// picture is empty where there are fewer than two sizes.
func (g growth) picture(all results) (*plot.Plot, error) {
	names, points := g.lines(all)
	if len(points) == 0 || len(points[0]) < 2 {
		return nil, nil
	}
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = titles[g.kind], g.axis, "CPU seconds of a fit, one thread"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.LogTicks{Prec: -1}, plot.LogTicks{Prec: -1}
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = color.Gray{0xe0}, color.Gray{0xe0}
	p.Add(grid)
	for i, name := range names[:min(len(names), len(colours))] {
		line, marks, err := plotter.NewLinePoints(points[i])
		if err != nil {
			return nil, fmt.Errorf("draw %s: %w", g.file(), err)
		}
		line.Color, line.Width = colours[i], vg.Points(1.2)
		marks.GlyphStyle = draw.GlyphStyle{Color: colours[i], Radius: vg.Points(2.5), Shape: draw.CircleGlyph{}}
		p.Add(line, marks)
		p.Legend.Add(name, line, marks)
	}
	p.Legend.Top, p.Legend.Left = true, true
	wholeDecades(&p.X)
	wholeDecades(&p.Y)
	return p, nil
}

// wholeDecades widens an axis to powers of ten, which have the labels.
func wholeDecades(a *plot.Axis) {
	a.Min, a.Max = math.Pow(10, math.Floor(math.Log10(a.Min))), math.Pow(10, math.Ceil(math.Log10(a.Max)))
}

// drawGrowth writes pictures into a folder, and returns their names.
func drawGrowth(folder string, all results) ([]string, error) {
	var out []string
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("create folder for pictures: %w", err)
	}
	for _, g := range growths() {
		p, err := g.picture(all)
		if err != nil {
			return nil, err
		}
		if p == nil {
			continue
		}
		if err := p.Save(14*vg.Centimeter, 10*vg.Centimeter, filepath.Join(folder, g.file())); err != nil {
			return nil, fmt.Errorf("draw growth: %w", err)
		}
		out = append(out, g.file())
	}
	return out, nil
}
