package isolation

import (
	"context"
	"math"
	"math/bits"
	"slices"
	"sync"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/tree"
)

// Options are the algorithm's parameters.
type Options struct {
	Trees         int
	MaxSamples    int     // rows of a tree
	Contamination float64 // share of the training rows that are anomalies; 0 puts the threshold at 0.5
	Double        bool    // scores are not rounded to float32
	Seed          uint64
}

// Fit grows the trees and, where a contamination is given, scores the training
// rows. Row weights are the chances to be drawn for a tree.
func Fit(ctx context.Context, s learn.Sample, o Options, p learn.Progress) (*Model, learn.Info, error) {
	o.Trees = max(1, o.Trees)
	o.MaxSamples = max(1, min(o.MaxSamples, s.Columns.Rows))
	m := &Model{Threshold: 0.5, Norm: float32(float64(o.Trees) * norm(o.MaxSamples))}
	m.Ensemble = tree.Ensemble{Base: make([]float32, 1), Trees: make([]tree.Tree, o.Trees), Double: o.Double}
	var lock sync.Mutex
	done := 0
	err := parallel.Do(ctx, o.Trees, func(i int) {
		m.Ensemble.Trees[i] = newGrower(s, o, i).grow()
		lock.Lock()
		defer lock.Unlock()
		done++
		if p != nil {
			p(done, o.Trees, math.NaN())
		}
	})
	if err == nil && o.Contamination > 0 {
		err = m.setThreshold(ctx, s.Columns, o.Contamination)
	}
	return m, learn.Info{Iterations: o.Trees, Converged: true, Stopped: learn.StoppedDone}, err
}

// setThreshold puts the threshold between the scores of the given share of the
// rows and the others.
func (m *Model) setThreshold(ctx context.Context, x matrix.Columns, share float64) error {
	scores, err := m.Predict(ctx, learn.Input{Columns: x})
	if err != nil {
		return err
	}
	sorted := scores.Data
	slices.Sort(sorted)
	k := len(sorted) - int(float64(share*float64(len(sorted))))
	m.Threshold = float32(sorted[len(sorted)-1])
	if 0 < k && k < len(sorted) {
		m.Threshold = float32((sorted[k-1] + sorted[k]) / 2)
	}
	if below := sorted[max(k, 1)-1]; float64(m.Threshold) < below && k > 0 { // rounded below a score in float64
		m.Threshold = math.Float32frombits(math.Float32bits(m.Threshold) + 1)
	}
	return nil
}

// norm is the mean path length for a sample of n rows. A single row has the
// score 0.5.
func norm(n int) float64 {
	if n < 2 {
		return 1
	}
	return meanPath(n)
}

// meanPath is the mean length of an unsuccessful search in a binary search
// tree of n rows, 2 H(n-1) - 2 (n-1)/n with H the harmonic number.
func meanPath(n int) float64 {
	const gamma = 0.57721566490153286
	switch {
	case n < 2:
		return 0
	case n == 2:
		return 1
	}
	return float64(2*(fpmath.Log(float64(n-1))+gamma)) - float64(2*float64(n-1))/float64(n)
}

// lengthUnit is the unit that path lengths are rounded to, so large that the
// sum over all trees is exact in float32.
func lengthUnit(trees, samples int) float64 {
	longest := maxDepth(samples) + int(meanPath(samples)) + 1
	return math.Ldexp(1, bits.Len(uint(trees*longest))-24)
}

// maxDepth is the base-2 logarithm of the number of rows, rounded up.
func maxDepth(samples int) int { return bits.Len(uint(samples - 1)) }
