package logistic

import "github.com/modelbuild/modelbuild/train/fpmath"

// binary is log(1 + exp(η)) - yη for classes 0 and 1.
type binary []int

func (y binary) Outputs() int { return 1 }

func (y binary) Slope(from int, eta, loss []float64) {
	for i, class := range y[from : from+len(loss)] {
		sign := float64(1 - 2*class)
		l, p := fpmath.SoftplusSigmoid(float64(sign * eta[i])) // p is the probability of the other class
		loss[i], eta[i] = l, float64(sign*p)
	}
}

func (y binary) Curvature(_ int, eta, h []float64) {
	p := fpmath.Sigmoid(eta[0])
	h[0] = float64(p * (1 - p))
}

// multinomial is -log softmax(η)[y].
type multinomial struct {
	class   []int
	classes int
}

func (m multinomial) Outputs() int { return m.classes }

func (m multinomial) Slope(from int, eta, loss []float64) {
	for i := range loss {
		z, class := eta[i*m.classes:(i+1)*m.classes], m.class[from+i]
		own := z[class]
		loss[i] = fpmath.Softmax(z) - own
		z[class]--
	}
}

func (m multinomial) Curvature(_ int, eta, h []float64) {
	fpmath.Softmax(eta)
	for j, p := range eta {
		for k, q := range eta {
			h[j*m.classes+k] = float64(-p * q)
		}
		h[j*m.classes+j] = float64(p * (1 - p))
	}
}
