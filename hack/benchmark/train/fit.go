package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"syscall"
	"time"

	"github.com/modelbuild/modelbuild/train/boost"
	"github.com/modelbuild/modelbuild/train/decompose"
	"github.com/modelbuild/modelbuild/train/forest"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/kmeans"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/linear"
	"github.com/modelbuild/modelbuild/train/logistic"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/neighbors"
	"github.com/modelbuild/modelbuild/train/table"
)

// outcome is what a process prints: seconds of the fit alone, and how good the model is.
type outcome struct {
	CPU    float64 `json:"cpu"`
	Wall   float64 `json:"wall"`
	Metric float64 `json:"metric"`
}

// clock times a fit: CPU of all threads, and wall.
type clock struct {
	cpu, wall time.Duration
	start     time.Time
}

func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func startClock() *clock { return &clock{cpu: ownCPU(), start: time.Now()} }

func (c *clock) stop() outcome {
	c.wall = time.Since(c.start)
	return outcome{CPU: (ownCPU() - c.cpu).Seconds(), Wall: c.wall.Seconds()}
}

// fitter fits one kind of model with the engine's defaults, or with what peer.py gives its own.
type fitter struct {
	columns bool
	values  bool // the target is a number
	queries int  // rows of the part test that are predicted within the time
	fit     func(context.Context, learn.Sample) (learn.Model, learn.Info, error)
	measure func(fitted) float64
}

// fitted is a fit with what measures it.
type fitted struct {
	model  learn.Model
	info   learn.Info
	scores matrix.Dense // of the test rows
	test   learn.Sample
	rows   int // of training
}

func model[M learn.Model](m M, info learn.Info, err error) (learn.Model, learn.Info, error) {
	return m, info, err
}

// knnQueries are so few that a case takes seconds.
const knnQueries = 10_000

func fitBoosting(ctx context.Context, s learn.Sample) (learn.Model, learn.Info, error) {
	return model(boost.Fit(ctx, s, boost.Options{Trees: 100, LearningRate: 0.1, Leaves: 31, MinSamples: 20, MinWeight: 1e-3, L2: 1,
		Subsample: 1, Features: 1, Bins: 255}, nil))
}

var fitters = map[string]fitter{
	"boosting": {columns: true, measure: auc, fit: fitBoosting},
	"flights":  {columns: true, measure: auc, fit: fitBoosting},
	"forest": {columns: true, measure: auc, fit: func(ctx context.Context, s learn.Sample) (learn.Model, learn.Info, error) {
		return model(forest.Fit(ctx, s, forest.Options{Trees: 100, Bootstrap: true, MinSplit: 2, MinLeaf: 1, Bins: 255, Seed: 1}, nil))
	}},
	"knn": {measure: auc, queries: knnQueries, fit: func(ctx context.Context, s learn.Sample) (learn.Model, learn.Info, error) {
		return model(neighbors.Fit(ctx, s, neighbors.Options{Neighbors: 5}, nil))
	}},
	"logistic": {measure: logLoss, fit: func(ctx context.Context, s learn.Sample) (learn.Model, learn.Info, error) {
		return model(logistic.Fit(ctx, s, logistic.Options{L2: 1, MaxIterations: 200, Tolerance: 1e-6}, nil))
	}},
	"ridge": {values: true, measure: rootMeanSquare, fit: func(ctx context.Context, s learn.Sample) (learn.Model, learn.Info, error) {
		return model(linear.Fit(ctx, s, linear.Options{Ridge: 1}, nil))
	}},
	"kmeans": {measure: inertia, fit: func(ctx context.Context, s learn.Sample) (learn.Model, learn.Info, error) {
		return model(kmeans.Fit(ctx, s, kmeans.Options{Clusters: 10, Restarts: 1, MaxIterations: 50, Seed: 1}, nil))
	}},
	"pca": {measure: explained, fit: func(ctx context.Context, s learn.Sample) (learn.Model, learn.Info, error) {
		return model(decompose.Fit(ctx, s, decompose.Options{Components: 10}, nil))
	}},
}

// ours runs one case in this process.
func ours(ctx context.Context, kind string, rows int, from source) (outcome, error) {
	switch kind {
	case "csv":
		return readTable(ctx, job.Dataset{Path: from.csvPath(rows), Format: "csv"}, "f0")
	case "sweep":
		return trySweep(ctx, from, rows)
	case "parquet":
		return readTable(ctx, job.Dataset{Path: from.prefix + "3m.parquet", Format: "parquet"}, "delay")
	}
	f, ok := fitters[kind]
	if !ok {
		return outcome{}, fmt.Errorf("no fit of %q", kind)
	}
	return f.run(ctx, from, rows)
}

// run reads the part test only after the fit, unless predictions are timed too, so that it does not count as memory of
// the fit more than it does for the peers.
func (f fitter) run(ctx context.Context, from source, rows int) (outcome, error) {
	train, err := f.read(from, "train", rows)
	if err != nil {
		return outcome{}, err
	}
	var test learn.Sample
	if f.queries > 0 {
		if test, err = f.read(from, "test", f.queries); err != nil {
			return outcome{}, err
		}
	}
	c := startClock()
	got := fitted{rows: rows}
	if got.model, got.info, err = f.fit(ctx, train); err != nil {
		return outcome{}, fmt.Errorf("fit: %w", err)
	}
	out := c.stop()
	if f.queries == 0 {
		if test, err = f.read(from, "test", 0); err != nil {
			return out, err
		}
	}
	if got.scores, err = got.model.Predict(ctx, test.Input); err != nil {
		return out, fmt.Errorf("predict: %w", err)
	}
	if f.queries > 0 {
		out = c.stop()
	}
	got.test = test
	out.Metric = f.measure(got)
	return out, nil
}

// read reads the first rows of a part, or all where rows is zero, in the layout that the algorithm wants.
func (f fitter) read(from source, part string, rows int) (s learn.Sample, err error) {
	if f.values {
		s.Value, err = from.values(part, rows)
		rows = len(s.Value)
	} else {
		s.Classes = 2
		s.Class, err = from.labels(part, rows)
		rows = len(s.Class)
	}
	if err != nil {
		return s, err
	}
	if !f.columns {
		s.Dense = matrix.NewDense(rows, from.width)
		return s, from.eachRow(part, rows, func(i int, x []float32) {
			row := s.Dense.Row(i)
			for j, v := range x {
				row[j] = float64(v)
			}
		})
	}
	s.Columns = matrix.Columns{Rows: rows, Features: make([]matrix.Feature, from.width)}
	for j := range s.Columns.Features {
		s.Columns.Features[j] = matrix.Feature{Name: fmt.Sprintf("f%d", j), Values: make([]float32, rows)}
	}
	return s, from.eachRow(part, rows, func(i int, x []float32) {
		for j, v := range x {
			s.Columns.Features[j].Values[i] = v
		}
	})
}

// readTable reads a file, and measures the mean of a column as proof.
func readTable(ctx context.Context, d job.Dataset, column string) (outcome, error) {
	d.Name = "train"
	c := startClock()
	t, err := table.Open(ctx, d, table.Options{})
	out := c.stop()
	if err != nil {
		return out, err
	}
	numbers, ok := t.Column(column)
	if !ok {
		return out, fmt.Errorf("no column %q", column)
	}
	var sum float64
	for _, v := range numbers.Numbers {
		sum += float64(v)
	}
	out.Metric = sum / float64(t.Rows())
	return out, nil
}

// auc is the area under the ROC curve; equal scores share their mean rank.
func auc(f fitted) float64 { return area(f.test.Class, f.scores) }

func area(class []int, scores matrix.Dense) float64 {
	order := make([]int, len(class))
	for i := range order {
		order[i] = i
	}
	at := func(i int) float64 { return scores.Row(i)[scores.Width-1] }
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case at(a) < at(b):
			return -1
		case at(a) > at(b):
			return 1
		}
		return 0
	})
	var ranks, ones float64
	for from := 0; from < len(order); {
		to := from
		for to < len(order) && at(order[to]) == at(order[from]) {
			to++
		}
		for _, i := range order[from:to] {
			ranks += float64(class[i]) * float64(from+to+1) / 2
			ones += float64(class[i])
		}
		from = to
	}
	return (ranks - ones*(ones+1)/2) / (ones * (float64(len(class)) - ones))
}

func logLoss(f fitted) float64 {
	var sum float64
	for i, c := range f.test.Class {
		sum -= math.Log(f.scores.Row(i)[c])
	}
	return sum / float64(len(f.test.Class))
}

func rootMeanSquare(f fitted) float64 {
	var sum float64
	for i, v := range f.test.Value {
		d := f.scores.Row(i)[0] - v
		sum += d * d
	}
	return math.Sqrt(sum / float64(len(f.test.Value)))
}

func inertia(f fitted) float64 { return f.info.Loss / float64(f.rows) }

func explained(f fitted) float64 {
	var sum float64
	for _, r := range f.model.(*decompose.Model).Ratio {
		sum += r
	}
	return sum
}
