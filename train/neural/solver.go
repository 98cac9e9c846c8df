package neural

import "math"

// solver takes steps down a gradient.
type solver interface {
	// begin is called once before each step.
	begin()
	// step changes the parameters in [from, to).
	step(params, grad []float64, from, to int)
}

// Adam's decay rates and the number that keeps a step finite, as its authors
// recommend them.
const (
	decay1  = 0.9
	decay2  = 0.999
	epsilon = 1e-8
)

type adam struct {
	rate           float64
	first, second  []float64 // moving means of the gradient and its square
	power1, power2 float64   // decay rates to the number of steps
	now            float64   // rate of this step, for moments that began at zero
}

func (a *adam) begin() {
	a.power1, a.power2 = float64(a.power1*decay1), float64(a.power2*decay2)
	a.now = float64(a.rate*math.Sqrt(1-a.power2)) / (1 - a.power1)
}

func (a *adam) step(params, grad []float64, from, to int) {
	params, grad = params[from:to], grad[from:to]
	first, second := a.first[from:to], a.second[from:to]
	for i, g := range grad {
		first[i] = float64(decay1*first[i]) + float64((1-decay1)*g)
		second[i] = float64(decay2*second[i]) + float64((1-decay2)*float64(g*g))
		params[i] -= float64(a.now*first[i]) / (math.Sqrt(second[i]) + epsilon)
	}
}

// sgd is gradient descent with Nesterov's momentum.
type sgd struct {
	rate, momentum float64
	velocity       []float64
}

func (*sgd) begin() {}

func (s *sgd) step(params, grad []float64, from, to int) {
	params, grad = params[from:to], grad[from:to]
	velocity := s.velocity[from:to]
	for i, g := range grad {
		down := float64(s.rate * g)
		velocity[i] = float64(s.momentum*velocity[i]) - down
		params[i] += float64(s.momentum*velocity[i]) - down
	}
}

func newSolver(o Options, size int) solver {
	if o.Solver == SGD {
		return &sgd{rate: o.LearningRate, momentum: o.Momentum, velocity: make([]float64, size)}
	}
	return &adam{rate: o.LearningRate, first: make([]float64, size), second: make([]float64, size), power1: 1, power2: 1}
}
