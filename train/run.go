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
)

// Options are what a run needs that does not decide its result.
type Options struct {
	Progress learn.Progress // may be nil
}

// Result is a trained model with everything that is said about it.
type Result struct {
	Model       []byte // ONNX
	Schema      Schema
	Predictions Predictions // of the held-out rows
	Record      Record
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
	enc, err := features.Fit(in.train, in.plan, in.parts.Train)
	if err != nil {
		return nil, err
	}
	f, err := in.fit(ctx, enc, o)
	if err != nil {
		return nil, err
	}
	predictions, err := in.predict(ctx, f)
	if err != nil {
		return nil, err
	}
	width := predictions.Scores.Width
	r := &Result{Model: in.export(f, width), Schema: in.schema(f, width), Predictions: predictions}
	r.Record = in.record(f, answer)
	r.Record.Model = describe(ModelFile, r.Model)
	return r, nil
}

// fitted is a model with the encoder that it was fitted behind.
type fitted struct {
	algorithm algorithm
	enc       *features.Encoder
	model     learn.Model
	info      learn.Info
}

// fit encodes the training rows and runs the algorithm on them.
func (in *input) fit(ctx context.Context, enc *features.Encoder, o Options) (*fitted, error) {
	if enc.Width() == 0 {
		return nil, job.Problems{{Code: job.CodeNoFeatures, Field: "features", Dataset: in.train.Name,
			Message: "no column has a value in the training part", Hint: "check the data"}}
	}
	f := &fitted{algorithm: algorithms()[in.job.Algorithm], enc: enc}
	x, err := f.encode(in.train, in.parts.Train)
	if err != nil {
		return nil, err
	}
	s := learn.Sample{Input: x, Target: in.trainTarget.pick(in.parts.Train)}
	s.Weight = balance(s.Target, in.job.Params["class_weight"])
	f.model, f.info, err = f.algorithm.fit(ctx, s, request{
		task: in.job.Task, params: params(in.job.Params), seed: in.job.Seed, features: enc.Names(), progress: o.Progress,
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

// predict applies the model to the held-out rows.
func (in *input) predict(ctx context.Context, f *fitted) (Predictions, error) {
	x, err := f.encode(in.test, in.parts.Test)
	if err != nil {
		return Predictions{}, err
	}
	out, err := f.model.Predict(ctx, x)
	if err != nil {
		return Predictions{}, fmt.Errorf("predict: %w", err)
	}
	p := Predictions{Task: in.job.Task, Rows: in.parts.Test, Columns: in.outputColumns(f, out.Width), Scores: out}
	t := in.testTarget.pick(in.parts.Test)
	p.Class, p.Value = t.Class, t.Value
	p.decide(f)
	return p, nil
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
	if classWeight != "balanced" {
		return t.Weight
	}
	of := make([]float64, t.Classes)
	total := 0.0
	weight := func(i int) float64 {
		if t.Weight == nil {
			return 1
		}
		return t.Weight[i]
	}
	for i, c := range t.Class {
		of[c] += weight(i)
		total += weight(i)
	}
	out := make([]float64, len(t.Class))
	for i, c := range t.Class {
		out[i] = weight(i) * (total / float64(float64(t.Classes)*of[c]))
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
