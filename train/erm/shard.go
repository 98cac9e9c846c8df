package erm

import (
	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/tile"
)

// tiledOutputs is how many outputs make it pay to pack a block of rows for the
// gradient.
const tiledOutputs = 8

// pack makes a factor of the coefficients of several outputs.
func (o *objective) pack(params []float64) *tile.Panels {
	k, width := o.Loss.Outputs(), o.X.Width
	if k == 1 {
		return nil
	}
	w := matrix.NewDense(k, width)
	for i := range k {
		copy(w.Row(i), o.vector(params, i))
	}
	panels := &tile.Panels{}
	panels.PackTransposed(w)
	return panels
}

// scratch is the memory of one shard.
type scratch struct {
	eta, loss []float64
	slopes    matrix.Dense // outputs by rows
	sums      matrix.Dense // outputs by width
	panels    tile.Panels
}

// shard returns the gradient of the sum of the weighted losses of the rows, and
// after it the sum.
func (o *objective) shard(rows parallel.Range, params []float64, weights *tile.Panels) []float64 {
	k := o.Loss.Outputs()
	sum := make([]float64, len(params)+1)
	s := &scratch{eta: make([]float64, k*blockRows), loss: make([]float64, blockRows), slopes: matrix.NewDense(k, blockRows)}
	if k >= tiledOutputs {
		s.sums = matrix.NewDense(k, o.X.Width)
	}
	for from := rows.From; from < rows.To; from += blockRows {
		x := o.X.Slice(from, min(from+blockRows, rows.To))
		eta, loss := s.eta[:k*x.Rows], s.loss[:x.Rows]
		o.predict(x, params, weights, eta)
		o.Loss.Slope(from, eta, loss)
		sum[len(params)] += o.weigh(from, eta, loss)
		o.gradient(x, s, sum[:len(params)])
	}
	for i := range s.sums.Rows {
		linalg.Add(o.vector(sum, i), s.sums.Row(i))
	}
	return sum
}

// predict stores the linear predictors of a block.
func (o *objective) predict(x matrix.Dense, params []float64, weights *tile.Panels, eta []float64) {
	if weights == nil {
		linalg.Times(x, params[:x.Width], params[x.Width], eta)
		return
	}
	out := matrix.Dense{Rows: x.Rows, Width: o.Loss.Outputs(), Data: eta}
	for i := range out.Rows {
		row := out.Row(i)
		for k := range row {
			row[k] = params[k*(x.Width+1)+x.Width]
		}
	}
	weights.Add(out, x)
}

// weigh multiplies the derivatives by the weights of the rows and returns the
// weighted sum of the losses.
func (o *objective) weigh(from int, eta, loss []float64) float64 {
	sum := 0.0
	if o.Weight == nil {
		for _, v := range loss {
			sum += v
		}
		return sum
	}
	k := o.Loss.Outputs()
	for i, w := range o.Weight[from : from+len(loss)] {
		sum += float64(w * loss[i])
		slopes := eta[i*k : (i+1)*k]
		for j, v := range slopes {
			slopes[j] = float64(w * v)
		}
	}
	return sum
}

// gradient adds the block's part of the gradient, with the slopes that are in
// s.eta.
func (o *objective) gradient(x matrix.Dense, s *scratch, sum []float64) {
	k := o.Loss.Outputs()
	slopes := matrix.Dense{Rows: k, Width: x.Rows, Data: s.slopes.Data[:k*x.Rows]}
	for j := range k {
		row, intercept := slopes.Row(j), 0.0
		for i := range row {
			row[i] = s.eta[i*k+j]
			intercept += row[i]
		}
		sum[j*(x.Width+1)+x.Width] += intercept
		if k < tiledOutputs {
			linalg.AddTransposed(x, row, o.vector(sum, j)[:x.Width])
		}
	}
	if k >= tiledOutputs {
		s.panels.Pack(x)
		s.panels.Add(s.sums, slopes)
	}
}
