package mixture

import (
	"math"

	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// least is the least share of the rows that a component keeps: the weight of
// one without any is not zero, as scikit-learn has it.
const least = 10.0 / (1 << 52)

// update is the M-step: weights, means and covariances from the sums of the
// last pass.
func (e *em) update() {
	sum := &e.shards[0]
	for n := 1; n < len(e.shards); n++ {
		linalg.Add(sum.mass, e.shards[n].mass)
		linalg.Add(sum.first.Data, e.shards[n].first.Data)
		linalg.Add(sum.second.Data, e.shards[n].second.Data)
	}
	next := newDensity(e.o.Covariance, e.k, e.x.Width)
	total := 0.0
	for k := range e.k {
		next.weights[k] = sum.mass[k] + least
		total += next.weights[k]
		shift := sum.first.Row(k)
		for c := range shift {
			shift[c] /= next.weights[k]
			next.means.Row(k)[c] = e.density.means.Row(k)[c] + shift[c]
		}
	}
	switch e.o.Covariance {
	case Tied:
		next.roots[0] = e.tied(next)
	default:
		for k := range e.k {
			e.shape(&next, k, sum.second.Row(k), sum.first.Row(k))
		}
	}
	for k := range next.weights {
		next.weights[k] /= total
	}
	next.prepare()
	e.density = next
}

// floor is the variance that one of zero is raised to where nothing is added
// to variances.
func (e *em) floor() float64 {
	trace := 0.0
	for c := range e.x.Width {
		trace += e.scatter.Row(c)[c]
	}
	if trace <= 0 {
		return 1e-12
	}
	return float64(1e-12*trace) / float64(e.total*float64(e.x.Width))
}

// shape sets the root of component k from its sums of the second degree about
// the old mean, from which the new one is shift away. A component without rows
// keeps the root that it had.
func (e *em) shape(next *density, k int, second, shift []float64) {
	mass, width := next.weights[k], e.x.Width
	empty := mass < 2*least && e.density.constant[k] != 0
	switch e.o.Covariance {
	case Full:
		if empty {
			next.roots[k] = e.density.roots[k]
			return
		}
		covariance := matrix.NewDense(width, width)
		for i := range width {
			for j := range i + 1 {
				covariance.Row(i)[j] = second[i*width+j]/mass - float64(shift[i]*shift[j])
			}
			covariance.Row(i)[i] += e.o.Regularisation
		}
		next.roots[k] = root(covariance, e.floor())
	case Diagonal, Spherical:
		out := next.diagonal.Row(k)
		if empty {
			copy(out, e.density.diagonal.Row(k))
			return
		}
		for c := range out {
			variance := 0.0
			if e.o.Covariance == Diagonal {
				variance = second[c]/mass - float64(shift[c]*shift[c])
			} else {
				variance = (second[0]/mass - linalg.Dot(shift, shift)) / float64(width)
			}
			out[c] = 1 / math.Sqrt(math.Max(variance+e.o.Regularisation, e.floor()))
		}
	}
}

// tied is the root of the covariance within components: that of all rows less
// that of the means.
func (e *em) tied(next density) matrix.Dense {
	width := e.x.Width
	covariance := matrix.NewDense(width, width)
	for i := range width {
		for j := range i + 1 {
			sum := e.scatter.Row(i)[j]
			for k := range e.k {
				mean := next.means.Row(k)
				sum -= float64(next.weights[k] * float64(mean[i]*mean[j]))
			}
			covariance.Row(i)[j] = sum / e.total
		}
		covariance.Row(i)[i] += e.o.Regularisation
	}
	return root(covariance, e.floor())
}
