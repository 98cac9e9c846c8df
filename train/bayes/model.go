package bayes

import (
	"context"
	"math"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/parallel"
)

// Model is a fitted classifier in float32, the precision that is exported.
// Gaussian uses Mean and Deviation; the others Coefficients.
type Model struct {
	Distribution   string
	Classes, Width int
	Offset         []float32 // of each class: everything that does not depend on the row
	Mean           []float32 // row-major, Classes by Width
	Deviation      []float32 // standard deviation, row-major, Classes by Width
	Coefficients   []float32 // row-major, Classes by Width
	Threshold      float32   // bernoulli
}

var _ learn.Model = (*Model)(nil)

// units of the sums of squares in the exported graph, the larger first.
var units = []float32{1 << 20, 1 << 7}

// largest bounds a distance in standard deviations, so that the square is
// finite.
const largest = 1e18

// block is the number of rows predicted in one piece.
const block = 512

// Predict returns the probability of each class, rounded to float32 as in the
// exported model.
func (m *Model) Predict(ctx context.Context, in learn.Input) (matrix.Dense, error) {
	out := matrix.NewDense(in.Rows(), m.Classes)
	blocks := parallel.Blocks(out.Rows, block)
	err := parallel.Do(ctx, len(blocks), func(b int) {
		for i := blocks[b].From; i < blocks[b].To; i++ {
			z := out.Row(i)
			m.joint(z, in.Dense.Row(i))
			fpmath.Softmax(z)
			for k, v := range z {
				z[k] = float64(float32(v))
			}
		}
	})
	return out, err
}

// joint is the logarithm of the density of a row in each class, up to a
// constant.
func (m *Model) joint(z, row []float64) {
	if m.Distribution != Gaussian {
		for c := range z {
			z[c] = float64(m.Offset[c]) + m.linear(c, row)
		}
		return
	}
	least := math.Inf(1)
	for c := range z {
		z[c] = m.squares(c, row)
		least = min(least, z[c])
	}
	for c := range z {
		z[c] = float64(m.Offset[c]) - float64(0.5*(z[c]-least))
	}
}

func (m *Model) linear(class int, row []float64) float64 {
	sum := 0.0
	for j, w := range m.Coefficients[class*m.Width : (class+1)*m.Width] {
		switch {
		case m.Distribution != Bernoulli:
			sum += float64(row[j] * float64(w))
		case row[j] > float64(m.Threshold):
			sum += float64(w)
		}
	}
	return sum
}

// squares adds up squared distances to the mean in standard deviations. Each
// is rounded as in the exported graph, so that those of equal parameters are
// equal there too.
func (m *Model) squares(class int, row []float64) float64 {
	from, to := class*m.Width, (class+1)*m.Width
	mean, deviation := m.Mean[from:to], m.Deviation[from:to]
	sum := 0.0
	for j, x := range row {
		z := min(largest, max(-largest, (float32(x)-mean[j])/deviation[j]))
		sum += float64(float32(z * z))
	}
	return sum
}

// Finite says whether every number of the model is.
func (m *Model) Finite() bool {
	return matrix.Finite(m.Offset, m.Mean, m.Deviation, m.Coefficients, []float32{m.Threshold})
}
