package plot

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Axis says what the X of points is.
type Axis struct {
	Names []string // of the points with X = 0, 1, …; nil where X is a number
	Dates bool     // X is in seconds since 1970
}

// longestName is how much of a name is shown below an axis.
const longestName = 12

// Lines draws the points of series, joined where X is a number. At most as many
// are drawn as there are colours.
func Lines(l Labels, series []Series, x Axis) ([]byte, error) {
	p := newPlot(l)
	for i, s := range series[:min(len(series), len(colours))] {
		line, err := newLine(s.Points, colours[i], false)
		if err != nil {
			return nil, err
		}
		marks, err := plotter.NewScatter(xys(thin(s.Points)))
		if err != nil {
			return nil, fmt.Errorf("draw %s: %w", l.Title, err)
		}
		marks.GlyphStyle = draw.GlyphStyle{Color: colours[i], Radius: vg.Points(2), Shape: draw.CircleGlyph{}}
		shown := []plot.Thumbnailer{marks}
		p.Add(marks)
		if x.Names == nil {
			p.Add(line)
			shown = append(shown, line)
		}
		if len(series) > 1 {
			p.Legend.Add(s.Name, shown...)
		}
	}
	p.Legend.Top = true
	headroom(p, len(series))
	x.apply(p)
	return svg(p)
}

// headroom keeps points off the edges, and away from the legend.
func headroom(p *plot.Plot, series int) {
	high, wide := p.Y.Max-p.Y.Min, p.X.Max-p.X.Min
	p.X.Min, p.X.Max = p.X.Min-wide/40, p.X.Max+wide/40
	p.Y.Min, p.Y.Max = p.Y.Min-high/20, p.Y.Max+high/20
	if series > 1 {
		p.Y.Max += float64(high * float64(series) / 12)
	}
}

// apply writes names or dates below the axis.
func (x Axis) apply(p *plot.Plot) {
	if x.Dates {
		p.X.Tick.Marker = plot.TimeTicks{Format: "2006-01-02"}
	}
	if x.Names == nil {
		return
	}
	names := make([]string, len(x.Names))
	for i, name := range x.Names {
		names[i] = shorten(name)
	}
	p.NominalX(names...)
	p.X.Min, p.X.Max = -0.5, float64(len(names))-0.5
	if len(names) > 5 {
		p.X.Tick.Label.Rotation = 0.6
		p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = draw.XRight, draw.YCenter
	}
}

func shorten(name string) string {
	runes := []rune(name)
	if len(runes) <= longestName {
		return name
	}
	return string(runes[:longestName-1]) + "…"
}
