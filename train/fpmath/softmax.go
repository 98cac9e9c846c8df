package fpmath

// Softmax replaces the logits z by their softmax and returns their
// log-sum-exp, log Σ exp(z_k). Shifting by the largest logit keeps both free
// of overflow. It panics where z is empty.
func Softmax(z []float64) float64 {
	top := 0
	for k, v := range z {
		if v > z[top] {
			top = k
		}
	}
	shift := z[top]
	others := 0.0
	for k, v := range z {
		z[k] = 1
		if k != top {
			z[k] = Exp(v - shift)
			others += z[k]
		}
	}
	sum := 1 + others
	for k := range z {
		z[k] /= sum
	}
	return shift + Log1p(others)
}
