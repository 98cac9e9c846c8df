package optimize

import "math"

// The proximal Newton method of Lee, Sun and Saunders (2014): the step goes to
// the minimum of the quadratic model of f plus the penalty, which coordinate
// descent finds.

const (
	maxSweeps     = 500
	modelAccuracy = 1e-3 // of the subgradient that the model is solved to
)

// minimiseModel sets the direction to z - x for the z that minimises
// ∇f·(z-x) + (z-x)ᵀH(z-x)/2 plus the penalty of z.
func (st *state) minimiseModel() {
	h := st.curvature.Matrix
	d, slope := st.direction, clone(st.grad) // slope is ∇f + H d
	clear(d)
	limit := float64(modelAccuracy * largest(st.steepest))
	for range maxSweeps {
		moved := 0.0
		for i := range d {
			row := h.Row(i)
			if !(row[i] > 0) {
				continue
			}
			z := st.x[i] + d[i]
			step := Shrink(z-slope[i]/row[i], st.l1[i]/row[i]) - z
			if step == 0 {
				continue
			}
			d[i] += step
			axpy(step, row, slope)
			moved = math.Max(moved, math.Abs(float64(step*row[i])))
		}
		if moved <= limit {
			break
		}
	}
}

// Shrink moves v towards zero by w, but not past it.
func Shrink(v, w float64) float64 {
	switch {
	case v > w:
		return v - w
	case v < -w:
		return v + w
	}
	return 0
}
