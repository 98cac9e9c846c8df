package train

import (
	"path"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/metrics"
	"github.com/modelbuild/modelbuild/train/plot"
)

// mostBars is how many columns the plot of importance shows.
const mostBars = 20

// learningCurve draws the headline metric over the number of rows.
func (d *drawing) learningCurve(m *Metrics) {
	if len(m.LearningCurve) == 0 {
		return
	}
	metric := job.HeadlineMetric(m.Task)
	own, heldOut := plot.Series{Name: "training rows"}, plot.Series{Name: "held-out rows"}
	for _, p := range m.LearningCurve {
		own.Points = append(own.Points, metrics.Point{X: float64(p.Rows), Y: p.Train[metric]})
		heldOut.Points = append(heldOut.Points, metrics.Point{X: float64(p.Rows), Y: p.Test[metric]})
	}
	d.add("learning_curve")(plot.Lines(plot.Labels{Title: "Learning curve", X: "rows trained on", Y: metric},
		[]plot.Series{own, heldOut}, plot.Axis{}))
}

// importance draws a bar for each of the most important columns.
func (d *drawing) importance(m *Importance) {
	if m == nil {
		return
	}
	var names []string
	var means []float64
	for _, c := range m.Columns[:min(mostBars, len(m.Columns))] {
		names, means = append(names, c.Column), append(means, c.Mean)
	}
	d.add("importance")(plot.Bars(plot.Labels{Title: "Importance", X: "worsening of " + m.Metric}, names, means))
}

// partialDependence draws the means of the outputs; of two classes that of the
// second alone.
func (d *drawing) partialDependence(m *PartialDependence, outputs []string) {
	if m == nil {
		return
	}
	if len(outputs) == 2 {
		outputs = outputs[1:]
	}
	for _, c := range m.Columns {
		var series []plot.Series
		for _, name := range outputs {
			s := plot.Series{Name: name}
			for k, mean := range c.Outputs[name] {
				x := float64(k)
				if c.Numbers != nil {
					x = c.Numbers[k]
				}
				s.Points = append(s.Points, metrics.Point{X: x, Y: mean})
			}
			series = append(series, s)
		}
		labels := plot.Labels{Title: "Partial dependence", X: c.Column, Y: "mean output"}
		if len(outputs) == 1 {
			labels.Y = "mean " + outputs[0]
		}
		name := strings.TrimSuffix(path.Base(c.Plot), ".svg")
		d.add(name)(plot.Lines(labels, series, plot.Axis{Names: c.Categories, Dates: c.Type == job.TypeDate}))
	}
}
