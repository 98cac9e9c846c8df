package decompose

import (
	"context"
	"fmt"
	"math"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// Options are the algorithms' parameters.
type Options struct {
	Components int     // zero for as many as Variance asks for, or all
	Variance   float64 // the share of the variance that the components explain at least; zero for all components
	Uncentred  bool    // leave the means on: a truncated singular value decomposition
	Whiten     bool    // scale the coordinates to unit variance
}

// Fit finds the components. More of them than there are rows or columns are a
// [job.Problem]. Info's loss is the mean squared distance between the rows and
// their images.
func Fit(ctx context.Context, s learn.Sample, o Options, _ learn.Progress) (*Model, learn.Info, error) {
	if most := min(s.Dense.Rows, s.Dense.Width); o.Components > most {
		return nil, learn.Info{}, job.Problems{{Code: job.CodeAlgorithm, Field: "train.params.components", Excerpt: fmt.Sprint(o.Components),
			Message: fmt.Sprintf("%d components are asked for, and %d training rows of %d features have at most %d",
				o.Components, s.Dense.Rows, s.Dense.Width, most),
			Hint: "lower components"}}
	}
	d := linalg.Design{X: s.Dense, Weight: s.Weight}
	means, total, err := d.Means(ctx)
	if err != nil {
		return nil, learn.Info{}, fmt.Errorf("decompose: %w", err)
	}
	centre := means
	if o.Uncentred {
		centre = make([]float64, len(means))
	}
	spectrum, err := decompose(ctx, d, centre)
	if err != nil {
		return nil, learn.Info{}, fmt.Errorf("decompose: %w", err)
	}
	f := &fitted{o: o, rows: total, means: means, spectrum: spectrum}
	if err := f.spread(ctx, d); err != nil {
		return nil, learn.Info{}, fmt.Errorf("decompose: %w", err)
	}
	m := f.model(centre)
	return m, learn.Info{Loss: f.rest(m.Components), Converged: true, Stopped: learn.StoppedDone}, nil
}

// fitted is what a model is made of.
type fitted struct {
	o        Options
	rows     float64 // Σw
	means    []float64
	spectrum spectrum
	total    float64   // the sum of the columns' variances
	variance []float64 // of each component's coordinates
}

// spread computes variances, with Σw − 1 in the denominator for principal
// components and Σw for a truncated decomposition, as scikit-learn does.
func (f *fitted) spread(ctx context.Context, d linalg.Design) error {
	rows := f.rows
	if !f.o.Uncentred && rows > 1 {
		rows--
	}
	f.variance = make([]float64, len(f.spectrum.squares))
	for k, s := range f.spectrum.squares {
		f.variance[k] = s / rows
		if f.o.Uncentred {
			mean := linalg.Dot(f.means, f.spectrum.loadings.Row(k))
			f.variance[k] = math.Max(0, f.variance[k]-float64(mean*mean))
		} else {
			f.total += f.variance[k]
		}
	}
	if f.o.Uncentred {
		for i := range d.X.Rows {
			w := 1.0
			if d.Weight != nil {
				w = d.Weight[i]
			}
			for c, v := range d.X.Row(i) {
				diff := v - f.means[c]
				f.total += float64(w*float64(diff*diff)) / rows
			}
		}
	}
	return ctx.Err()
}

// count is the number of components to keep.
func (f *fitted) count() int {
	if f.o.Components > 0 {
		return f.o.Components
	}
	if f.o.Variance > 0 {
		sum := 0.0
		for k, v := range f.variance {
			if sum += v; sum >= float64(f.o.Variance*f.total) {
				return k + 1
			}
		}
	}
	return len(f.variance)
}

// rest is the loss with k components.
func (f *fitted) rest(k int) float64 {
	sum := 0.0
	for _, s := range f.spectrum.squares[k:] {
		sum += s
	}
	return sum / f.rows
}

// model rounds the components to float32.
func (f *fitted) model(centre []float64) *Model {
	k, width := f.count(), len(f.means)
	m := &Model{Components: k, Width: width, Loadings: make([]float32, k*width), Variance: f.variance[:k], Ratio: make([]float64, k)}
	if !f.o.Uncentred {
		for _, v := range centre {
			m.Mean = append(m.Mean, float32(v))
		}
	}
	for i := range k {
		scale := 1.0
		if f.o.Whiten {
			scale = f.scale(i)
		}
		for c, v := range f.spectrum.loadings.Row(i) {
			m.Loadings[i*width+c] = float32(float64(scale * v))
		}
		if f.total > 0 {
			m.Ratio[i] = f.variance[i] / f.total
		}
	}
	return m
}

// scale makes a component's variance one. Where it has none but rounding, its
// coordinates are all zero.
func (f *fitted) scale(k int) float64 {
	if f.variance[k] <= float64(1e-14*f.total) {
		return 0
	}
	return 1 / math.Sqrt(f.variance[k])
}

// direct turns each row so that its element of the largest absolute value, the
// first of equals, is positive.
func direct(loadings matrix.Dense) {
	for k := range loadings.Rows {
		row, top := loadings.Row(k), 0
		for c, v := range row {
			if math.Abs(v) > math.Abs(row[top]) {
				top = c
			}
		}
		if row[top] < 0 {
			for c := range row {
				row[c] = 0 - row[c] // no -0
			}
		}
	}
}
