package mixture

import (
	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/tile"
)

// halfLog2Pi is ½ log 2π.
const halfLog2Pi = 0.91893853320467274178

// density is the density of a mixture.
type density struct {
	covariance string
	weights    []float64      // π
	means      matrix.Dense   // a row for each component
	roots      []matrix.Dense // P of each component, or the one of all; none where they are diagonal
	diagonal   matrix.Dense   // the diagonal of P of each component, where it is all there is
	constant   []float64      // log π + log det P − ½ d log 2π
	panels     []tile.Panels  // of roots
	centres    matrix.Dense   // μP, where P is one
}

func newDensity(covariance string, k, width int) density {
	d := density{covariance: covariance, weights: make([]float64, k), means: matrix.NewDense(k, width), constant: make([]float64, k)}
	switch covariance {
	case Diagonal, Spherical:
		d.diagonal = matrix.NewDense(k, width)
	case Tied:
		d.roots = make([]matrix.Dense, 1)
	default:
		d.roots = make([]matrix.Dense, k)
	}
	return d
}

// prepare sets what follows from the roots, the means and the weights.
func (d *density) prepare() {
	d.panels = make([]tile.Panels, len(d.roots))
	for i, r := range d.roots {
		d.panels[i].Pack(r)
	}
	for k := range d.constant {
		d.constant[k] = fpmath.Log(d.weights[k]) + d.logDet(k) - float64(halfLog2Pi*float64(d.means.Width))
	}
	if d.covariance == Tied {
		d.centres = matrix.NewDense(d.means.Rows, d.means.Width)
		d.panels[0].Add(d.centres, d.means)
	}
}

// logDet is log det P of component k.
func (d *density) logDet(k int) float64 {
	sum := 0.0
	for c := range d.means.Width {
		switch d.covariance {
		case Diagonal, Spherical:
			sum += fpmath.Log(d.diagonal.Row(k)[c])
		case Tied:
			sum += fpmath.Log(d.roots[0].Row(c)[c])
		default:
			sum += fpmath.Log(d.roots[k].Row(c)[c])
		}
	}
	return sum
}

// work is the memory of a block of rows.
type work struct {
	rows  int
	apart matrix.Dense // x − μ, a block for each component
	image matrix.Dense // (x − μ) P
	log   matrix.Dense // log (π N(x; μ, Σ)), then the responsibilities
}

func newWork(k, width int) work {
	return work{apart: matrix.NewDense(k*blockRows, width), image: matrix.NewDense(blockRows, width), log: matrix.NewDense(blockRows, k)}
}

// difference is the block of component k.
func (w *work) difference(k int) matrix.Dense { return w.apart.Slice(k*blockRows, k*blockRows+w.rows) }

// differences takes the means off each row.
func (d *density) differences(x matrix.Dense, w *work) {
	w.rows = x.Rows
	for k := range d.means.Rows {
		block, mean := w.difference(k), d.means.Row(k)
		for r := range x.Rows {
			out := block.Row(r)[:len(mean)]
			for c, v := range x.Row(r) {
				out[c] = v - mean[c]
			}
		}
	}
}

// logs computes the logarithm of each component's part of the density from the
// differences.
func (d *density) logs(x matrix.Dense, w *work) {
	image := w.image.Slice(0, x.Rows)
	if d.covariance == Tied {
		clear(image.Data)
		d.panels[0].Add(image, x)
	}
	for k := range d.means.Rows {
		difference := w.difference(k)
		if d.covariance == Full {
			clear(image.Data)
			d.panels[k].Add(image, difference)
		}
		for r := range x.Rows {
			square := 0.0
			switch d.covariance {
			case Diagonal, Spherical:
				square = scaledSquare(difference.Row(r), d.diagonal.Row(k))
			case Tied:
				square = distance(image.Row(r), d.centres.Row(k))
			default:
				square = linalg.Dot(image.Row(r), image.Row(r))
			}
			w.log.Row(r)[k] = d.constant[k] - square/2
		}
	}
}

// scaledSquare is Σ (d s)².
func scaledSquare(d, s []float64) float64 {
	sum := 0.0
	s = s[:len(d)]
	for c, v := range d {
		y := float64(v * s[c])
		sum += float64(y * y)
	}
	return sum
}

func distance(a, b []float64) float64 {
	sum := 0.0
	b = b[:len(a)]
	for c, v := range a {
		y := v - b[c]
		sum += float64(y * y)
	}
	return sum
}

// root is P = U⁻¹ for a covariance UᵀU, of which the lower triangle is read. A
// matrix that is singular in float64 has its diagonal raised until it is not;
// one that is not finite is returned as it is.
func root(covariance matrix.Dense, floor float64) matrix.Dense {
	n := covariance.Rows
	for i := range n {
		for j := range i {
			covariance.Row(j)[i] = covariance.Row(i)[j]
		}
	}
	for matrix.Finite(covariance.Data) {
		if c, ok := linalg.Factor(covariance); ok && c.SmallestPivot() > 0 {
			return invert(c.Upper())
		}
		for i := range n {
			covariance.Row(i)[i] += floor
		}
		floor = float64(floor * 10)
	}
	return covariance
}

// invert is the inverse of an upper triangular matrix, column by column from
// the diagonal up.
func invert(u matrix.Dense) matrix.Dense {
	out := matrix.NewDense(u.Rows, u.Rows)
	for j := range u.Rows {
		for i := j; i >= 0; i-- {
			sum := 0.0
			if i == j {
				sum = 1
			}
			for c := i + 1; c <= j; c++ {
				sum -= float64(u.Row(i)[c] * out.Row(c)[j])
			}
			out.Row(i)[j] = sum / u.Row(i)[i]
		}
	}
	return out
}
