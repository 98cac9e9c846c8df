package train

import (
	"context"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/logistic"
)

func fitLogistic(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
	o := logistic.Options{
		L2:            r.params.float("l2"),
		L1:            r.params.float("l1"),
		MaxIterations: r.params.int("max_iterations"),
		Tolerance:     r.params.float("tolerance"),
	}
	return result(logistic.Fit(ctx, s, o, r.progress))
}

// result makes a model of its own type one of any; a typed nil stays one that
// nobody sees, since there is an error then.
func result[M learn.Model](m M, info learn.Info, err error) (learn.Model, learn.Info, error) {
	return m, info, err
}
