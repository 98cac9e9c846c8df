package mixture

import (
	"context"
	"fmt"
	"math"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/kmeans"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/optimize"
)

// Shapes of the covariances.
const (
	Full      = "full"      // each component its own
	Tied      = "tied"      // one for all components
	Diagonal  = "diag"      // each component its own variances, no covariances
	Spherical = "spherical" // each component one variance
)

// Options are the algorithm's parameters.
type Options struct {
	Components     int
	Covariance     string  // Full where empty
	Regularisation float64 // added to the variances
	Restarts       int     // fits from other seeds, of which the likeliest is kept; at least 1
	MaxIterations  int
	Tolerance      float64 // on the change of the mean log-likelihood
	Seed           uint64
}

// Fit finds components. Rows with fewer distinct values than there are to be
// components are a [job.Problem]. Info's loss is the negative mean
// log-likelihood.
func Fit(ctx context.Context, s learn.Sample, o Options, p learn.Progress) (*Model, learn.Info, error) {
	if n := kmeans.Distinct(s.Dense, o.Components); n < o.Components {
		return nil, learn.Info{}, job.Problems{{Code: job.CodeAlgorithm, Field: "train.params.components", Excerpt: fmt.Sprint(o.Components),
			Message: fmt.Sprintf("%d components are asked for, and the training rows have %d distinct values", o.Components, n),
			Hint:    "lower components"}}
	}
	if o.Covariance == "" {
		o.Covariance = Full
	}
	e, err := newEM(ctx, s, o)
	if err != nil {
		return nil, learn.Info{}, fmt.Errorf("fit gaussian mixture: %w", err)
	}
	var best density
	var info learn.Info
	for restart := range max(1, o.Restarts) {
		one, err := e.run(ctx, restart, p)
		if err != nil {
			return nil, learn.Info{}, fmt.Errorf("fit gaussian mixture: %w", err)
		}
		if restart == 0 || one.Loss < info.Loss {
			best, info = e.density, one
		}
	}
	return newModel(best, e.offset), info, nil
}

func newEM(ctx context.Context, s learn.Sample, o Options) (*em, error) {
	e := &em{o: o, weight: s.Weight, input: s, k: o.Components, x: matrix.NewDense(s.Dense.Rows, s.Dense.Width)}
	mean, total, err := linalg.Design{X: s.Dense, Weight: s.Weight}.Means(ctx)
	if err != nil {
		return nil, err
	}
	e.total, e.offset = total, make([]float32, len(mean))
	for c, v := range mean {
		e.offset[c] = float32(v)
	}
	for i := range e.x.Rows {
		row := e.x.Row(i)
		for c, v := range s.Dense.Row(i) {
			row[c] = v - float64(e.offset[c])
		}
	}
	e.scatter, err = linalg.Design{X: e.x, Weight: s.Weight}.Gram(ctx, nil)
	e.allot()
	return e, err
}

// run fits once, from a k-means of its own seed.
func (e *em) run(ctx context.Context, restart int, p learn.Progress) (learn.Info, error) {
	info := learn.Info{Stopped: optimize.ReasonIterations}
	if err := e.begin(ctx, restart); err != nil {
		return info, err
	}
	last := math.Inf(-1)
	for {
		likelihood, err := e.pass(ctx, nil)
		if err != nil {
			return info, err
		}
		info.Loss = -likelihood
		if info.Iterations > 0 && math.Abs(likelihood-last) < e.o.Tolerance {
			info.Converged, info.Stopped = true, optimize.ReasonTolerance
			return info, nil
		}
		if info.Iterations == e.o.MaxIterations {
			return info, nil
		}
		last = likelihood
		e.update()
		info.Iterations++
		if p != nil {
			p(restart*e.o.MaxIterations+info.Iterations, max(1, e.o.Restarts)*e.o.MaxIterations, info.Loss)
		}
	}
}

// begin gives each row to the component of its cluster.
func (e *em) begin(ctx context.Context, restart int) error {
	part, err := kmeans.Cluster(ctx, e.input, kmeans.Options{Clusters: e.k, Restarts: 1, MaxIterations: 300, Tolerance: 1e-4,
		Seed: e.o.Seed + uint64(restart)}, nil)
	if err != nil {
		return err
	}
	e.density = newDensity(e.o.Covariance, e.k, e.x.Width)
	for i := range part.Centres.Rows {
		for c, v := range part.Centres.Row(i) {
			e.density.means.Row(i)[c] = v - float64(e.offset[c])
		}
	}
	if _, err := e.pass(ctx, part.Labels); err != nil {
		return err
	}
	e.update()
	return nil
}
