package svm

import "math"

// hinge is max(0, 1 - yη)² for targets of ±1.
type hinge []float64

func (y hinge) Outputs() int { return 1 }

func (y hinge) Slope(from int, eta, loss []float64) {
	for i := range loss {
		sign := y[from+i]
		short := math.Max(0, 1-float64(sign*eta[i]))
		loss[i] = float64(short * short)
		eta[i] = float64(float64(-2*sign) * short)
	}
}

func (y hinge) Curvature(row int, eta, h []float64) {
	h[0] = 0
	if float64(y[row]*eta[0]) < 1 {
		h[0] = 2
	}
}

// insensitive is max(0, |y - η| - ε)².
type insensitive struct {
	y       []float64
	epsilon float64
}

func (l insensitive) Outputs() int { return 1 }

func (l insensitive) Slope(from int, eta, loss []float64) {
	for i := range loss {
		r := l.y[from+i] - eta[i]
		over := math.Max(0, math.Abs(r)-l.epsilon)
		loss[i] = float64(over * over)
		eta[i] = math.Copysign(float64(2*over), -r)
	}
}

func (l insensitive) Curvature(row int, eta, h []float64) {
	h[0] = 0
	if math.Abs(l.y[row]-eta[0]) > l.epsilon {
		h[0] = 2
	}
}
