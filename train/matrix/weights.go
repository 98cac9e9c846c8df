package matrix

// Weights say how much each row counts; nil is 1 for every row.
type Weights []float64

// Of is the weight of a row.
func (w Weights) Of(row int) float64 {
	if w == nil {
		return 1
	}
	return w[row]
}
