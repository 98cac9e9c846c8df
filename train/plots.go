package train

import (
	"fmt"
	"path"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/metrics"
	"github.com/modelbuild/modelbuild/train/plot"
)

// PlotsDir is the folder of the pictures of an evaluation.
const PlotsDir = "plots"

// Plots draws the held-out rows of a training run: for classes the ROC and
// precision-recall curves and, where there are probabilities, their calibration;
// for values the predicted over the true ones. Then what else the metrics have:
// the learning curve, importance and partial dependence. They must be those of
// [Evaluate].
func Plots(m *Metrics, t Trained) ([]OutputFile, error) {
	p := t.Predictions
	d := &drawing{}
	switch p.Task {
	case job.TaskClassification:
		d.classes(m.scorer)
	case job.TaskRegression:
		points := make([]metrics.Point, len(p.Value))
		for i, y := range p.Value {
			points[i] = metrics.Point{X: y, Y: p.Scores.Data[i]}
		}
		d.add("predicted")(plot.Cloud(plot.Labels{Title: "Held-out rows", X: "true " + t.Record.Job.Features.Target, Y: "predicted"}, points))
	}
	d.learningCurve(m)
	d.importance(m.Importance)
	d.partialDependence(m.PartialDependence, p.Columns)
	return d.files, d.err
}

// drawing collects pictures, and the first error.
type drawing struct {
	files []OutputFile
	err   error
}

// add takes what a function of package plot returns.
func (d *drawing) add(name string) func([]byte, error) {
	return func(svg []byte, err error) {
		if err != nil && d.err == nil {
			d.err = fmt.Errorf("draw %s: %w", name, err)
		}
		d.files = append(d.files, OutputFile{path.Join(PlotsDir, name+".svg"), svg})
	}
}

func (d *drawing) classes(s *metrics.Scorer) {
	var roc, precision, calibration []plot.Series
	ranked := s.Ranked()
	for i, class := range ranked {
		roc = append(roc, plot.Series{Name: class, Points: s.ROC(i)})
		precision = append(precision, plot.Series{Name: class, Points: s.PrecisionRecall(i)})
		if !s.Probabilities {
			continue
		}
		bins, _ := s.Calibration(len(s.Columns) - len(ranked) + i)
		var points []metrics.Point
		for _, b := range bins {
			points = append(points, metrics.Point{X: b.Predicted, Y: b.Observed})
		}
		calibration = append(calibration, plot.Series{Name: class, Points: points})
	}
	d.add("roc")(plot.Curves(plot.Labels{Title: "ROC", X: "false positive rate", Y: "true positive rate"}, roc, true))
	d.add("precision_recall")(plot.Curves(plot.Labels{Title: "Precision and recall", X: "recall", Y: "precision"}, precision, false))
	if s.Probabilities {
		d.add("calibration")(plot.Curves(plot.Labels{Title: "Calibration", X: "predicted probability", Y: "observed share"}, calibration, true))
	}
}
