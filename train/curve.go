package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/metrics"
)

// curveStream separates the draws of the learning curve from others with the
// same seed.
const curveStream = 0x6375727665

// CurvePoint is how well the algorithm does when it is fitted on a share of the
// training part.
type CurvePoint struct {
	Share float64            `json:"share"`
	Rows  int                `json:"rows"`
	Train map[string]float64 `json:"train"` // metrics of the rows that it was fitted on
	Test  map[string]float64 `json:"test"`  // and of the held-out rows
}

// learningCurve fits the algorithm on the shares that the job asks for. The
// last point is the model itself, with what it predicts of the held-out rows.
func (in *input) learningCurve(ctx context.Context, f *fitted, heldOut Predictions) ([]CurvePoint, error) {
	if len(in.job.LearningCurve) == 0 {
		return nil, nil
	}
	groups := in.curveGroups()
	var out []CurvePoint
	for i, share := range in.job.LearningCurve {
		part := *in
		part.parts.Train = firstOf(groups, share)
		point, err := part.curvePoint(ctx)
		if err != nil {
			return nil, part.curveProblem(i, err)
		}
		point.Share = share
		out = append(out, point)
	}
	last, err := in.scoreCurve(ctx, f, heldOut)
	last.Share = 1
	return append(out, last), err
}

// curveGroups are the rows of the training part in the random order in which
// the shares take them: of each class by itself, so that none is missing.
func (in *input) curveGroups() [][]int {
	groups := [][]int{slices.Clone(in.parts.Train)}
	if in.classes != nil {
		groups = make([][]int, len(in.classes))
		for _, row := range in.parts.Train {
			k := in.trainTarget.Class[row]
			groups[k] = append(groups[k], row)
		}
	}
	rng := rand.NewPCG(in.job.Seed, curveStream)
	for _, rows := range groups {
		fpmath.Shuffle(rng, rows)
	}
	return groups
}

// firstOf takes a share of each group, at least one row, so that a larger share
// holds all rows of a smaller one.
func firstOf(groups [][]int, share float64) []int {
	var out []int
	for _, rows := range groups {
		n := int(math.Floor(float64(share*float64(len(rows))) + 0.5))
		out = append(out, rows[:max(1, n)]...)
	}
	slices.Sort(out)
	return out
}

// curvePoint fits the algorithm on the training part, which is a share of the
// job's.
func (in *input) curvePoint(ctx context.Context) (CurvePoint, error) {
	f, err := in.fit(ctx, in.parts.Train, Options{})
	if err != nil {
		return CurvePoint{}, err
	}
	if in.job.Calibrate != "" {
		if _, err := in.crossValidate(ctx, f); err != nil {
			return CurvePoint{}, err
		}
	}
	p, _, err := in.predict(ctx, f, in.heldOut())
	if err != nil {
		return CurvePoint{}, err
	}
	return in.scoreCurve(ctx, f, p)
}

func (in *input) scoreCurve(ctx context.Context, f *fitted, heldOut Predictions) (CurvePoint, error) {
	own, _, err := in.predict(ctx, f, rowsOf{in.train, in.parts.Train, in.trainTarget})
	if err != nil {
		return CurvePoint{}, err
	}
	output := outputOf(in.job.Task, f.algorithm.scores)
	return CurvePoint{
		Rows:  len(own.Rows),
		Train: metrics.New(sample(own, output)).Score(nil),
		Test:  metrics.New(sample(heldOut, output)).Score(nil),
	}, nil
}

// curveProblem says of which share a problem is.
func (in *input) curveProblem(i int, err error) error {
	what := fmt.Sprintf("the share %v of the training part, %d rows", in.job.LearningCurve[i], len(in.parts.Train))
	var ps job.Problems
	if !errors.As(err, &ps) {
		return fmt.Errorf("learning curve: %s: %w", what, err)
	}
	out := slices.Clone(ps)
	for k := range out {
		out[k].Field, out[k].Excerpt = fmt.Sprintf("train.learning_curve[%d]", i), fmt.Sprint(in.job.LearningCurve[i])
		out[k].Message, out[k].Hint = what+": "+out[k].Message, "use a larger share"
	}
	return out
}

// checkCurve checks what needs no data.
func checkCurve(j job.Train) error {
	problem := func(i int, message, hint string) error {
		return job.Problems{{Code: job.CodeAlgorithm, Field: fmt.Sprintf("train.learning_curve[%d]", i),
			Excerpt: fmt.Sprint(j.LearningCurve[i]), Message: message, Hint: hint}}
	}
	if len(j.LearningCurve) > 0 && !job.Supervised(j.Task) {
		return problem(0, j.Task+" has no target to draw a learning curve of", "leave the key out")
	}
	if len(j.LearningCurve) > job.MaxCurve {
		return problem(job.MaxCurve, fmt.Sprintf("a learning curve has at most %d shares, not %d", job.MaxCurve, len(j.LearningCurve)), "use fewer")
	}
	for i, share := range j.LearningCurve {
		switch {
		case !(share > 0 && share < 1):
			return problem(i, fmt.Sprintf("the share %v is not between 0 and 1", share), "the whole part is added by itself")
		case i > 0 && share <= j.LearningCurve[i-1]:
			return problem(i, fmt.Sprintf("the share %v does not rise above %v", share, j.LearningCurve[i-1]), "list the shares in rising order")
		}
	}
	return nil
}
