package train

import (
	"context"
	"fmt"
	"math"

	"github.com/modelbuild/modelbuild/train/features"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/logistic"
	"github.com/modelbuild/modelbuild/train/optimize"
)

// Progress is the state of the optimisation after an iteration.
type Progress struct {
	Iteration int
	Loss      float64
	Gradient  float64 // largest absolute component
}

// Options are what a run needs that does not decide its result.
type Options struct {
	Progress func(Progress) // called after each iteration; may be nil
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
	in, err := load(ctx, j, features.Dense)
	if err != nil {
		return nil, err
	}
	enc, err := features.Fit(in.train, in.plan, in.parts.Train)
	if err != nil {
		return nil, err
	}
	fit, err := in.fit(ctx, enc, o)
	if err != nil {
		return nil, err
	}
	predictions, err := in.predict(enc, fit.Model)
	if err != nil {
		return nil, err
	}
	r := &Result{
		Model:       export(enc, fit.Model, in.classes),
		Schema:      schemaOf(j, enc, in.classes),
		Predictions: predictions,
	}
	r.Record = in.record(fit, enc, answer)
	r.Record.Model = describe(ModelFile, r.Model)
	return r, nil
}

// fit encodes the training rows and runs the algorithm on them.
func (in *input) fit(ctx context.Context, enc *features.Encoder, o Options) (logistic.Fit, error) {
	if enc.Width() == 0 {
		return logistic.Fit{}, job.Problems{{Code: job.CodeNoFeatures, Field: "features", Dataset: in.train.Name,
			Message: "no column has a value in the training part", Hint: "check the data"}}
	}
	x, err := enc.Encode(in.train, in.parts.Train)
	if err != nil {
		return logistic.Fit{}, err
	}
	opt := logistic.Options{
		L2:       in.job.Params["l2"].(float64),
		Balanced: in.job.Params["class_weight"] == "balanced",
		Options: optimize.Options{
			MaxIterations: in.job.Params["max_iterations"].(int),
			Tolerance:     in.job.Params["tolerance"].(float64),
		},
	}
	if o.Progress != nil {
		opt.Progress = func(i int, loss, gradient float64) { o.Progress(Progress{i, loss, gradient}) }
	}
	fit, err := logistic.Train(ctx, logistic.Data{X: x, Y: pick(in.trainClass, in.parts.Train), Classes: len(in.classes)}, opt)
	if err != nil {
		return logistic.Fit{}, fmt.Errorf("train %s: %w", in.job.Algorithm, err)
	}
	return fit, finite(fit)
}

// finite refuses a model that has overflowed, and a loss that has: nothing can be
// said about how good such a fit is.
func finite(fit logistic.Fit) error {
	sum := fit.Loss + fit.Gradient
	if fit.Model.Finite() && !math.IsNaN(sum) && !math.IsInf(sum, 0) {
		return nil
	}
	return job.Problems{{Code: job.CodeDiverged, Field: "train.params.l2",
		Message: fmt.Sprintf("training ended after %d iterations without a finite model", fit.Iterations),
		Hint:    "raise l2, or scale the columns"}}
}

// predict applies the exported model to the held-out rows.
func (in *input) predict(enc *features.Encoder, m logistic.Model) (Predictions, error) {
	x, err := enc.Encode(in.test, in.parts.Test)
	if err != nil {
		return Predictions{}, err
	}
	p := Predictions{Classes: in.classes, Rows: in.parts.Test, Actual: pick(in.testClass, in.parts.Test)}
	for i := range x.Rows {
		p.add(m.Logits(x.Row(i)))
	}
	return p, nil
}

func pick(values []int, rows []int) []int {
	out := make([]int, len(rows))
	for i, r := range rows {
		out[i] = values[r]
	}
	return out
}
