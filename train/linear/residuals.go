package linear

import (
	"context"

	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/parallel"
)

// Rows are summed in at most maxShards shards of at least minRows, block by
// block.
const (
	maxShards = 16
	minRows   = 256
	blockRows = 64
)

// residuals returns Σ w r² for r = y - x·β - b, and adds to slope, where it is
// not nil, Σ w r (x - mean).
func (d *data) residuals(ctx context.Context, beta []float64, intercept float64, slope []float64) (float64, error) {
	width := d.X.Width
	shards := parallel.Shards(d.X.Rows, minRows, maxShards)
	parts := make([][]float64, len(shards))
	err := parallel.Do(ctx, len(shards), func(s int) {
		sum, r := make([]float64, width+2), make([]float64, blockRows) // Σ w r x, Σ w r, Σ w r²
		for from := shards[s].From; from < shards[s].To; from += blockRows {
			x := d.X.Slice(from, min(from+blockRows, shards[s].To))
			linalg.Times(x, beta, intercept, r)
			for i := range x.Rows {
				v, w := d.Y[from+i]-r[i], 1.0
				if d.Weight != nil {
					w = d.Weight[from+i]
				}
				r[i] = float64(w * v)
				sum[width] += r[i]
				sum[width+1] += float64(r[i] * v)
			}
			if slope != nil {
				linalg.AddTransposed(x, r[:x.Rows], sum[:width])
			}
		}
		parts[s] = sum
	})
	if err != nil {
		return 0, err
	}
	sum := linalg.Combine(parts)
	for j := range slope {
		slope[j] += sum[j] - float64(d.means[j]*sum[width])
	}
	return sum[width+1], nil
}
