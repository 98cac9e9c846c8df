package glm

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/modelbuild/modelbuild/train/erm"
	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/optimize"
)

// Options are the parameters.
type Options struct {
	Power          float64 // p, from 1 to 3
	Alpha, L1Ratio float64 // α and ρ
	MaxIterations  int
	Tolerance      float64 // on the gradient, for values divided by their mean
}

// Fit fits a model to the values of dense rows. It returns an error where the
// context ends, and [job.Problems] where the power does not allow the values.
func Fit(ctx context.Context, s learn.Sample, o Options, p learn.Progress) (*Model, learn.Info, error) {
	if err := check(s.Value, o.Power); err != nil {
		return nil, learn.Info{}, err
	}
	params, info, err := solve(ctx, s, o, p)
	if err != nil {
		return nil, learn.Info{}, fmt.Errorf("fit generalised linear model: %w", err)
	}
	return modelOf(params), info, nil
}

// solve divides the values by their mean, which the intercept takes up and which
// multiplies the deviance by a power of itself, and starts from a model without
// features.
func solve(ctx context.Context, s learn.Sample, o Options, p learn.Progress) ([]float64, learn.Info, error) {
	scale := mean(s)
	unit := make([]float64, len(s.Value))
	for i, y := range s.Value {
		unit[i] = y / scale
	}
	factor := fpmath.Pow(scale, 2-o.Power)
	problem := erm.Problem{
		X: s.Dense, Weight: s.Weight, Loss: newTweedie(unit, o.Power),
		L1: float64(o.Alpha*o.L1Ratio) / factor, L2: float64(o.Alpha*(1-o.L1Ratio)) / factor,
	}
	opt := optimize.Options{MaxIterations: o.MaxIterations, Tolerance: o.Tolerance}
	if p != nil {
		opt.Progress = func(i int, loss, _ float64) { p(i, o.MaxIterations, float64(loss*factor)) }
	}
	res, err := problem.Minimise(ctx, make([]float64, problem.Size()), opt)
	if err != nil {
		return nil, learn.Info{}, err
	}
	res.X[s.Dense.Width] += fpmath.Log(scale)
	info := erm.Info(res)
	info.Loss = float64(info.Loss * factor)
	return res.X, info, nil
}

// mean is the weighted mean of the values, or 1 where all are zero.
func mean(s learn.Sample) float64 {
	sum := 0.0
	for i, y := range s.Value {
		w := 1.0
		if s.Weight != nil {
			w = s.Weight[i]
		}
		sum += float64(w * y)
	}
	if sum > 0 {
		return sum / erm.Total(len(s.Value), s.Weight)
	}
	return 1
}

// check finds the values that have no probability: negative ones, and from p = 2
// on zero too.
func check(values []float64, power float64) error {
	least, count := math.Inf(1), 0
	for _, v := range values {
		if v < 0 || v == 0 && power >= 2 {
			least = math.Min(least, v)
			count++
		}
	}
	if count == 0 {
		return nil
	}
	want, hint := "zero or more", "poisson and tweedie are for counts and amounts; choose linear or ridge for values of either sign"
	if power >= 2 {
		want, hint = "more than zero", "leave out the rows without an amount, or choose tweedie with a power below 2, which allows zeros"
	}
	rows := "rows have"
	if count == 1 {
		rows = "row has"
	}
	return job.Problems{{
		Code: job.CodeTargetRange, Field: "features.target", Dataset: job.DatasetTrain,
		Excerpt: strconv.FormatFloat(least, 'g', -1, 64),
		Message: fmt.Sprintf("the target has to be %s, but %d %s a value that is not; the least is %s", want, count, rows,
			strconv.FormatFloat(least, 'g', -1, 64)),
		Hint: hint,
	}}
}
