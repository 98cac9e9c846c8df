package boost

import (
	"context"
	"math"

	"github.com/modelbuild/modelbuild/train/parallel"
)

// blockRows is the number of rows that are passed over at a time. Sums are kept
// by block, so it is part of what decides a model's bits.
const blockRows = 4096

// Pairs pack a gradient, in the upper half, and a hessian. No sum of them
// overflows either half, so sums and differences of pairs are those of both.

func gradientOf(pair int64) float64 { return float64(pair >> 32) }
func hessianOf(pair int64) float64  { return float64(uint32(pair)) }

// scale is what fixed-point numbers are multiples of: powers of two.
type scale struct{ gradient, hessian float64 }

// newScale returns the finest scale in which no sum over n rows overflows: of
// gradients 31 bits and a sign, of hessians 32 bits. Rounding adds at most half
// a unit a row.
func newScale(t sums, n int) scale {
	spare := float64(n)/2 + 2
	return scale{unit(t.gradient, math.MaxInt32-spare), unit(t.hessian, math.MaxUint32-spare)}
}

// unit returns the smallest power of two of which total is at most limit.
func unit(total, limit float64) float64 {
	if total <= 0 {
		return 1
	}
	_, e := math.Frexp(float64(total*(1+1e-9)) / limit)
	return math.Ldexp(1, e)
}

// differentiate passes over all rows: it brings the scores up to date, sets the
// pairs of one output to fixed-point numbers, and returns their scale and the
// loss.
func (s *state) differentiate(ctx context.Context, o objective, output int) (scale, float64, error) {
	blocks := parallel.Blocks(len(s.pairs), blockRows)
	parts := make([]sums, len(blocks))
	err := parallel.Do(ctx, len(blocks), func(i int) {
		s.pending.apply(s.scores, blocks[i])
		parts[i] = o.gradients(s, output, blocks[i])
	})
	s.pending = update{}
	var t sums
	for _, p := range parts {
		t = t.add(p)
	}
	if err != nil {
		return scale{}, 0, err
	}
	if v := t.loss + t.gradient + t.hessian; v-v != 0 {
		return scale{}, 0, errDiverged
	}
	c := newScale(t, len(s.pairs))
	return c, t.loss, parallel.Do(ctx, len(blocks), func(i int) { fix(s.pairs[blocks[i].From:blocks[i].To], c) })
}

// fix rounds pairs of float32 to multiples of the scale, to even from halfway.
func fix(pairs []int64, c scale) {
	const (
		round     = 3 << 51 // added to a number, leaves it rounded in the lower bits
		roundBits = 0x4338 << 48
	)
	perG, perH := 1/c.gradient, 1/c.hessian
	for i, p := range pairs {
		g := float64(math.Float32frombits(uint32(p >> 32)))
		h := float64(math.Float32frombits(uint32(p)))
		gi := int64(math.Float64bits(float64(g*perG)+round)) - roundBits
		hi := int64(math.Float64bits(float64(h*perH)+round)) - roundBits
		pairs[i] = gi<<32 + hi
	}
}
