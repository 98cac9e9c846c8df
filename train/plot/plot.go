package plot

import (
	"bytes"
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/modelbuild/modelbuild/train/metrics"
)

// Size of a picture, and the most points that are drawn of a curve or a cloud.
const (
	width     = 14 * vg.Centimeter
	height    = 11 * vg.Centimeter
	mostDrawn = 500
)

// colours are told apart by people with any colour vision (Okabe and Ito 2008).
var colours = []color.RGBA{
	{0x00, 0x72, 0xb2, 0xff}, {0xd5, 0x5e, 0x00, 0xff}, {0x00, 0x9e, 0x73, 0xff}, {0xcc, 0x79, 0xa7, 0xff},
	{0xe6, 0x9f, 0x00, 0xff}, {0x56, 0xb4, 0xe9, 0xff}, {0x00, 0x00, 0x00, 0xff},
}

// grey is the colour of what only guides the eye.
var grey = color.RGBA{0x80, 0x80, 0x80, 0xff}

// Series is a named curve.
type Series struct {
	Name   string
	Points []metrics.Point
}

// Labels are the texts of a picture.
type Labels struct{ Title, X, Y string }

// Curves draws series over the unit square, with a diagonal where asked for. At
// most as many are drawn as there are colours.
func Curves(l Labels, series []Series, diagonal bool) ([]byte, error) {
	p := newPlot(l)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
	if diagonal {
		if err := addLine(p, []metrics.Point{{}, {X: 1, Y: 1}}, grey, true); err != nil {
			return nil, err
		}
	}
	for i, s := range series[:min(len(series), len(colours))] {
		line, err := newLine(s.Points, colours[i], false)
		if err != nil {
			return nil, err
		}
		p.Add(line)
		if len(series) > 1 {
			p.Legend.Add(s.Name, line)
		}
	}
	p.Legend.Left = diagonal
	p.Legend.Top = diagonal
	return svg(p)
}

// Cloud draws points with a line through equal coordinates.
func Cloud(l Labels, points []metrics.Point) ([]byte, error) {
	p := newPlot(l)
	cloud, err := plotter.NewScatter(xys(thin(points)))
	if err != nil {
		return nil, fmt.Errorf("draw %s: %w", l.Title, err)
	}
	cloud.GlyphStyle = draw.GlyphStyle{Color: colours[0], Radius: vg.Points(1.5), Shape: draw.CircleGlyph{}}
	low, high := extent(points)
	if err := addLine(p, []metrics.Point{{X: low, Y: low}, {X: high, Y: high}}, grey, true); err != nil {
		return nil, err
	}
	p.Add(cloud)
	return svg(p)
}

// Bars draws a named value each, the first on top.
func Bars(l Labels, names []string, values []float64) ([]byte, error) {
	p := newPlot(l)
	n := len(names)
	reversed, labels := make(plotter.Values, n), make([]string, n)
	for i := range names {
		reversed[n-1-i], labels[n-1-i] = values[i], names[i]
	}
	bars, err := plotter.NewBarChart(reversed, vg.Points(min(14, 220/float64(max(1, n)))))
	if err != nil {
		return nil, fmt.Errorf("draw %s: %w", l.Title, err)
	}
	bars.Horizontal, bars.Color, bars.LineStyle.Width = true, colours[0], 0
	p.Add(bars)
	p.NominalY(labels...)
	p.X.Max += (p.X.Max - p.X.Min) / 40
	p.Y.Min, p.Y.Max = -0.5, float64(n)-0.5
	return svg(p)
}

func newPlot(l Labels) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = l.Title, l.X, l.Y
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = color.Gray{0xe0}, color.Gray{0xe0}
	p.Add(grid)
	return p
}

func newLine(points []metrics.Point, c color.Color, dashed bool) (*plotter.Line, error) {
	line, err := plotter.NewLine(xys(thin(points)))
	if err != nil {
		return nil, fmt.Errorf("draw line: %w", err)
	}
	line.Color, line.Width = c, vg.Points(1.2)
	if dashed {
		line.Dashes = []vg.Length{vg.Points(3), vg.Points(3)}
	}
	return line, nil
}

func addLine(p *plot.Plot, points []metrics.Point, c color.Color, dashed bool) error {
	line, err := newLine(points, c, dashed)
	if err == nil {
		p.Add(line)
	}
	return err
}

// thin keeps evenly spaced points, the first and the last among them.
func thin(points []metrics.Point) []metrics.Point {
	if len(points) <= mostDrawn {
		return points
	}
	out := make([]metrics.Point, mostDrawn)
	for i := range out {
		out[i] = points[i*(len(points)-1)/(mostDrawn-1)]
	}
	return out
}

func xys(points []metrics.Point) plotter.XYs {
	out := make(plotter.XYs, len(points))
	for i, p := range points {
		out[i] = plotter.XY(p)
	}
	return out
}

// extent is the range of all coordinates.
func extent(points []metrics.Point) (low, high float64) {
	low, high = points[0].X, points[0].X
	for _, p := range points {
		low, high = min(low, p.X, p.Y), max(high, p.X, p.Y)
	}
	return low, high
}

func svg(p *plot.Plot) ([]byte, error) {
	c := vgsvg.New(width, height)
	p.Draw(draw.New(c))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("write SVG: %w", err)
	}
	return b.Bytes(), nil
}
