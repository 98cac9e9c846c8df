package glm

import "github.com/modelbuild/modelbuild/train/fpmath"

// tweedie is half the unit deviance of a power as a function of the logarithm of
// the mean.
type tweedie struct {
	y        []float64
	power    float64
	constant []float64 // the part of each row that does not depend on the mean
}

func newTweedie(y []float64, power float64) *tweedie {
	t := &tweedie{y: y, power: power, constant: make([]float64, len(y))}
	for i, v := range y {
		switch {
		case power == 1 && v > 0:
			t.constant[i] = float64(v*fpmath.Log(v)) - v
		case power == 2:
			t.constant[i] = -fpmath.Log(v) - 1
		case power != 1 && v > 0:
			t.constant[i] = fpmath.Pow(v, 2-power) / float64((1-power)*(2-power))
		}
	}
	return t
}

func (t *tweedie) Outputs() int { return 1 }

// Slope has the terms y μ^(1-p) and μ^(2-p), of which the derivative is the
// second less the first.
func (t *tweedie) Slope(from int, eta, loss []float64) {
	p := t.power
	for i := range loss {
		y, v, c := t.y[from+i], eta[i], t.constant[from+i]
		switch p {
		case 1:
			mu := fpmath.Exp(v)
			loss[i] = c + mu - float64(y*v)
			eta[i] = mu - y
		case 2:
			ratio := float64(y * fpmath.Exp(-v))
			loss[i] = c + v + ratio
			eta[i] = 1 - ratio
		default:
			mu := fpmath.Exp(float64((2 - p) * v))
			near := float64(y * fpmath.Exp(float64((1-p)*v)))
			loss[i] = c + mu/(2-p) - near/(1-p)
			eta[i] = mu - near
		}
	}
}

// Curvature is that of the expectation, μ^(2-p).
func (t *tweedie) Curvature(_ int, eta, h []float64) {
	h[0] = fpmath.Exp(float64((2 - t.power) * eta[0]))
}
