package boost

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// reference boosts by the definitions, in float64 and without bins: it tries
// every split of every leaf, and every set of categories.
type reference struct {
	sample learn.Sample
	o      Options
	scores []float64
	g, h   []float64
}

func (r *reference) run() []float64 {
	n := r.sample.Columns.Rows
	r.scores, r.g, r.h = make([]float64, n), make([]float64, n), make([]float64, n)
	base := 0.0
	for i := range n {
		if r.sample.Classes > 0 {
			base += float64(r.sample.Class[i]) / float64(n)
		} else {
			base += r.sample.Value[i] / float64(n)
		}
	}
	if r.sample.Classes > 0 {
		base = math.Log(base / (1 - base))
	}
	for i := range n {
		r.scores[i] = float64(float32(base))
	}
	for range r.o.Trees {
		for i := range n {
			r.g[i], r.h[i] = r.scores[i], 1
			if r.sample.Classes > 0 {
				p := 1 / (1 + math.Exp(-r.scores[i]))
				r.g[i], r.h[i] = p-float64(r.sample.Class[i]), p*(1-p)
			} else {
				r.g[i] -= r.sample.Value[i]
			}
		}
		r.tree()
	}
	return r.scores
}

// tree grows a tree and adds it to the scores.
func (r *reference) tree() {
	all := make([]int, len(r.scores))
	for i := range all {
		all[i] = i
	}
	leaves := [][]int{all}
	for len(leaves) < r.o.Leaves {
		at, most := -1, 1e-9
		var left, right []int
		for k, rows := range leaves {
			if gain, a, b := r.split(rows); gain > most {
				at, most, left, right = k, gain, a, b
			}
		}
		if at < 0 {
			break
		}
		leaves[at] = left
		leaves = append(leaves, right)
	}
	for _, rows := range leaves {
		g, h := r.totals(rows)
		for _, i := range rows {
			r.scores[i] += float64(float32(r.o.LearningRate * -g / (h + r.o.L2)))
		}
	}
}

func (r *reference) totals(rows []int) (g, h float64) {
	for _, i := range rows {
		g, h = g+r.g[i], h+r.h[i]
	}
	return g, h
}

// split returns the best gain, and the rows of both sides.
func (r *reference) split(rows []int) (most float64, left, right []int) {
	for f, feature := range r.sample.Columns.Features {
		for _, goes := range rules(feature, rows) {
			var a, b []int
			for _, i := range rows {
				if goes(valueAt(r.sample.Columns.Features[f], i)) {
					a = append(a, i)
				} else {
					b = append(b, i)
				}
			}
			if min(len(a), len(b)) < r.o.MinSamples {
				continue
			}
			gain := r.score(a) + r.score(b) - r.score(rows)
			if gain > most {
				most, left, right = gain, a, b
			}
		}
	}
	return most, left, right
}

func (r *reference) score(rows []int) float64 {
	g, h := r.totals(rows)
	return g * g / (h + r.o.L2)
}

// rules lists what may go left.
func rules(f matrix.Feature, rows []int) (out []func(v float32) bool) {
	if f.Categorical() {
		for set := range 1 << f.Categories {
			out = append(out,
				func(v float32) bool { return v == v && set>>int(v)&1 != 0 },
				func(v float32) bool { return v != v || set>>int(v)&1 != 0 })
		}
		return out
	}
	for _, i := range rows {
		t := f.Values[i]
		out = append(out, func(v float32) bool { return v <= t }, func(v float32) bool { return v != v || v <= t })
	}
	return out
}

func TestAgainstReference(t *testing.T) {
	for name, classes := range map[string]int{"values": 0, "classes": 2} {
		t.Run(name, func(t *testing.T) {
			s := valued(11, 220)
			if classes > 0 {
				s = classified(11, 220, 2)
			}
			c := &s.Columns.Features[2]
			c.Categories = 4
			for i := range c.Codes {
				c.Codes[i] = c.Codes[i]%5 - 1
			}
			o := options()
			o.Trees, o.Leaves, o.MinSamples, o.LearningRate = 12, 7, 5, 0.3
			ref := reference{sample: s, o: o}
			want := ref.run()
			m, _ := fit(t, s, o)
			scores, err := m.Ensemble.Predict(t.Context(), s.Columns)
			require.NoError(t, err)
			require.InDeltaSlice(t, want, scores.Data, 1e-6)
		})
	}
}

// TestCategoryOrder compares the search among sorted categories with every set
// of them, whose best it is where there is no guard.
func TestCategoryOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		bins := 1 + rng.IntN(fewCategories)
		var h [256]int64
		l := leaf{to: 100, low: -inf, high: inf}
		for bin := range bins + 1 { // the last is what is missing
			h[bin] = (rng.Int64N(2000)-1000)<<32 + 1 + rng.Int64N(1000)
			l.sum += h[bin]
		}
		r := rule{scale: scale{1, 1}, l2: 1, minRows: 1, step: func(v float64) float64 { return v }}
		s := newSearch(&r, &l, nil)
		base, most := s.base, s.floor
		for set := range 1 << (bins + 1) {
			sum := int64(0)
			for bin := range bins + 1 {
				if set>>bin&1 != 0 {
					sum += h[bin]
				}
			}
			if hl := hessianOf(sum); hl > 0 && hl < s.h {
				most = max(most, s.sides(sum, 1))
			}
		}
		s.category(column{h: &h, bins: bins})
		got := s.result()
		require.InDelta(t, most, base+got.gain, 1e-6*math.Abs(base)+1e-9)
	}
}
