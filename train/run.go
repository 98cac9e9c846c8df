package train

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/modelbuild/modelbuild/train/features"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/metrics"
	"github.com/modelbuild/modelbuild/train/table"
)

// Options are what a run needs that does not decide its result.
type Options struct {
	Progress learn.Progress // may be nil
}

// Result is a trained model with everything that is said about it.
type Result struct {
	Model       []byte // ONNX
	Tensors     []byte // safetensors; nil where they were not asked for
	Schema      Schema
	Predictions Predictions // of the held-out rows
	// OutOfFold predicts each row of the training part by a model that was not
	// trained on it, where there was a cross-validation.
	OutOfFold *Predictions
	Warnings  job.Problems // what makes the metrics look better than they are
	Record    Record
}

// Run trains a model. It refuses to where [SelfCheck] fails.
func Run(ctx context.Context, j job.Train, o Options) (*Result, error) {
	answer, err := SelfCheck()
	if err != nil {
		return nil, err
	}
	j, err = resolve(j)
	if err != nil {
		return nil, err
	}
	in, err := load(ctx, j)
	if err != nil {
		return nil, err
	}
	f, err := in.fit(ctx, in.parts.Train, o)
	if err != nil {
		return nil, err
	}
	r := &Result{Warnings: in.warnings()}
	folds, err := in.crossValidate(ctx, f)
	if err != nil {
		return nil, err
	}
	var x learn.Input
	if r.Predictions, x, err = in.predict(ctx, f, in.heldOut()); err != nil {
		return nil, err
	}
	width := r.Predictions.Scores.Width
	curve, err := in.learningCurve(ctx, f, r.Predictions)
	if err != nil {
		return nil, err
	}
	r.Model, r.Schema = in.export(f, width), in.schema(f, width)
	if r.Schema.Statistics, err = in.statistics(ctx, f, r.Predictions); err != nil {
		return nil, err
	}
	r.Record = in.record(f, answer)
	r.Record.LearningCurve = curve
	if folds.metrics != nil {
		r.OutOfFold, r.Record.CrossValidation = &folds.joined, folds.metrics
	}
	if m, ok := f.model.(measurer); ok {
		r.Record.Measures = m.Measure(x, r.Predictions.Scores)
	}
	r.Record.Model = describe(ModelFile, r.Model)
	return r, in.addTensors(r, f)
}

// fitted is a model with the encoder that it was fitted behind.
type fitted struct {
	algorithm algorithm
	enc       *features.Encoder
	model     learn.Model
	info      learn.Info
	double    bool    // whether its results are float64, where others are rounded to float32
	threshold float64 // probability from which the second of two classes is predicted; zero for the larger one
}

// fit runs the algorithm on some rows of the training data.
func (in *input) fit(ctx context.Context, rows []int, o Options) (*fitted, error) {
	enc, err := features.Fit(in.train, in.plan, rows)
	if err != nil {
		return nil, err
	}
	if enc.Width() == 0 {
		return nil, job.Problems{{Code: job.CodeNoFeatures, Field: "features", Dataset: in.train.Name,
			Message: "no column has a value in the training part", Hint: "check the data"}}
	}
	f := &fitted{algorithm: algorithms()[in.job.Algorithm], enc: enc, double: in.double(), threshold: in.job.Threshold}
	x, err := f.encode(in.train, rows)
	if err != nil {
		return nil, err
	}
	s := learn.Sample{Input: x, Target: in.trainTarget.pick(rows)}
	s.Weight = balance(s.Target, in.job.Params["class_weight"])
	f.model, f.info, err = f.algorithm.fit(ctx, s, request{
		task: in.job.Task, params: params(in.job.Params), seed: in.job.Seed, double: in.double(), features: enc.Names(), progress: o.Progress,
	})
	var problems job.Problems
	switch {
	case errors.As(err, &problems):
		return nil, problems
	case err != nil:
		return nil, fmt.Errorf("train %s: %w", in.job.Algorithm, err)
	}
	return f, f.finite()
}

// finite refuses a model that has overflowed, and a loss that has: nothing can be
// said about how good such a fit is.
func (f *fitted) finite() error {
	sum := f.info.Loss + f.info.Gradient
	if f.model.Finite() && !math.IsNaN(sum) && !math.IsInf(sum, 0) {
		return nil
	}
	return job.Problems{{Code: job.CodeDiverged, Field: "train.params",
		Message: fmt.Sprintf("training ended after %d iterations without a finite model", f.info.Iterations),
		Hint:    "scale the columns, or use a stronger penalty or a smaller learning rate"}}
}

// rowsOf is rows of a table with their targets.
type rowsOf struct {
	table  *table.Table
	rows   []int
	target targets
}

func (in *input) heldOut() rowsOf { return rowsOf{in.test, in.parts.Test, in.testTarget} }

// predict applies the model to rows, and returns them as it saw them too.
func (in *input) predict(ctx context.Context, f *fitted, of rowsOf) (Predictions, learn.Input, error) {
	x, err := f.encode(of.table, of.rows)
	if err != nil {
		return Predictions{}, learn.Input{}, err
	}
	out, err := f.model.Predict(ctx, x)
	if err != nil {
		return Predictions{}, learn.Input{}, fmt.Errorf("predict: %w", err)
	}
	p := Predictions{Task: in.job.Task, Rows: of.rows, Columns: in.outputColumns(f, out.Width), Scores: out}
	t := of.target.pick(of.rows)
	p.Class, p.Value = t.Class, t.Value
	p.decide(f)
	return p, x, nil
}

// outputColumns names what the columns of the predictions are.
func (in *input) outputColumns(f *fitted, width int) []string {
	switch in.job.Task {
	case job.TaskClassification:
		return in.classes
	case job.TaskRegression:
		return []string{OutputPrediction}
	case job.TaskAnomaly:
		return []string{OutputScore}
	}
	names := make([]string, width)
	for k := range names {
		names[k] = fmt.Sprint(k)
	}
	if in.job.Task == job.TaskClustering && f.noise() {
		names[width-1] = metrics.Noise
	}
	return names
}

// balance multiplies the weight of each row by n / (classes · rows of its
// class), all in weights, where that is asked for.
func balance(t learn.Target, classWeight any) []float64 {
	if classWeight != "balanced" || t.Classes == 0 {
		return t.Weight
	}
	of := make([]float64, t.Classes)
	total := 0.0
	for i, c := range t.Class {
		of[c] += t.Weight.Of(i)
		total += t.Weight.Of(i)
	}
	out := make([]float64, len(t.Class))
	for i, c := range t.Class {
		out[i] = float64(t.Weight.Of(i) * (total / float64(float64(t.Classes)*of[c])))
	}
	return out
}

func pick[T any](values []T, rows []int) []T {
	if values == nil {
		return nil
	}
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = values[r]
	}
	return out
}

// thresholder is a model that says above which score a row is an anomaly.
type thresholder interface{ Cutoff() float32 }

// cutoff is the score above which a row is an anomaly.
func (f *fitted) cutoff() float32 {
	if m, ok := f.model.(thresholder); ok {
		return m.Cutoff()
	}
	return 0
}

// noise says whether the last cluster stands for rows that belong to none.
func (f *fitted) noise() bool {
	m, ok := f.model.(interface{ Noise() bool })
	return ok && m.Noise()
}

// measurer is a model without a target that can say how well it describes rows.
type measurer interface {
	Measure(x learn.Input, out matrix.Dense) map[string]float64
}
