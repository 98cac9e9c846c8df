package neural

import (
	"math"
	"math/rand/v2"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/tile"
)

// layer is an affine map of in numbers to out. Its weights, in rows by out
// columns, begin at at in the parameters, and its biases follow them.
type layer struct{ in, out, at int }

func (l layer) weights(params []float64) matrix.Dense {
	return matrix.Dense{Rows: l.in, Width: l.out, Data: params[l.at:][:l.in*l.out]}
}

func (l layer) bias(params []float64) []float64 { return params[l.at+l.in*l.out:][:l.out] }

// network is layers with an activation between each two.
type network struct {
	activation string
	classes    int // zero for a value
	layers     []layer
	params     []float64
	forward    []tile.Panels // of the weights
	back       []tile.Panels // of their transposes
}

func newNetwork(width int, hidden []int, outputs int) *network {
	n := &network{}
	sizes := append(append([]int{width}, hidden...), outputs)
	at := 0
	for i := range len(sizes) - 1 {
		n.layers = append(n.layers, layer{sizes[i], sizes[i+1], at})
		at += (sizes[i] + 1) * sizes[i+1]
	}
	n.params = make([]float64, at)
	n.forward, n.back = make([]tile.Panels, len(n.layers)), make([]tile.Panels, len(n.layers))
	return n
}

// draw sets the weights uniformly about zero, within √(6/(in+out)) after Glorot
// and Bengio, Understanding the difficulty of training deep feedforward neural
// networks (2010), and √(2/(in+out)) for the logistic function, which is
// steepest at a quarter. Biases are zero.
func (n *network) draw(rng *rand.PCG) {
	factor := 6.0
	if n.activation == Logistic {
		factor = 2
	}
	for _, l := range n.layers {
		bound := math.Sqrt(factor / float64(l.in+l.out))
		w := l.weights(n.params).Data
		for j := range w {
			w[j] = float64(bound * (float64(2*fpmath.Uniform(rng)) - 1))
		}
	}
}

// pack prepares the products with the present weights, those of
// backpropagation too where training is true.
func (n *network) pack(training bool) {
	for i, l := range n.layers {
		w := l.weights(n.params)
		n.forward[i].Pack(w)
		if training && i > 0 {
			n.back[i].PackTransposed(w)
		}
	}
}

// penalty is Σ ‖W‖².
func (n *network) penalty() float64 {
	sum := 0.0
	for _, l := range n.layers {
		for _, w := range l.weights(n.params).Data {
			sum += float64(w * w)
		}
	}
	return sum
}

// activate replaces z by its activation and stores the derivative there.
func activate(kind string, z, slope []float64) {
	slope = slope[:len(z)]
	switch kind {
	case Tanh:
		for i, v := range z {
			y := fpmath.Tanh(v)
			z[i], slope[i] = y, 1-float64(y*y)
		}
	case Logistic:
		for i, v := range z {
			y := fpmath.Sigmoid(v)
			z[i], slope[i] = y, float64(y*(1-y))
		}
	default:
		for i, v := range z {
			if v > 0 {
				slope[i] = 1
			} else {
				z[i], slope[i] = 0, 0
			}
		}
	}
}

// drop sets each activation to zero with the given probability and divides the
// others by that of keeping them.
func drop(probability float64, z, slope []float64, rng *rand.PCG) {
	keep := 1 - probability
	for i := range z {
		if fpmath.Uniform(rng) < probability {
			z[i], slope[i] = 0, 0
		} else {
			z[i], slope[i] = z[i]/keep, slope[i]/keep
		}
	}
}
