package forest

import (
	"context"
	"math"
	"math/bits"
	"sync"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/tree"
)

// Fit grows the trees. It tells progress in trees.
func Fit(ctx context.Context, s learn.Sample, o Options, p learn.Progress) (*Model, learn.Info, error) {
	o, tried, err := o.resolve(s.Value == nil, len(s.Columns.Features))
	if err != nil {
		return nil, learn.Info{}, err
	}
	d, err := newData(ctx, s, o)
	if err != nil {
		return nil, learn.Info{}, err
	}
	m := &Model{Classes: d.classes, Base: float32(d.base)}
	m.Ensemble = tree.Ensemble{Base: make([]float32, outputs(d.classes)), Trees: make([]tree.Tree, o.Trees), Double: o.Double}
	f := &forest{data: d, options: o, tried: tried, progress: p, drawn: make([]bitset, o.Trees)}
	if o.Criterion == Entropy {
		f.logs = tabulate()
	}
	if err := parallel.Do(ctx, o.Trees, func(i int) { m.Ensemble.Trees[i] = f.tree(ctx, i) }); err != nil {
		return nil, learn.Info{}, err
	}
	info := learn.Info{Iterations: o.Trees, Converged: true, Stopped: learn.StoppedDone}
	if o.OutOfBag {
		info.Loss, err = f.outOfBag(ctx, m, s)
	}
	return m, info, err
}

// outputs is the number of values in a leaf.
func outputs(classes int) int {
	if classes > 2 {
		return classes
	}
	return 1
}

// forest is what its trees have in common.
type forest struct {
	*data
	options  Options
	tried    int
	logs     []float64
	progress learn.Progress
	drawn    []bitset // by tree: the rows that it had, where out-of-bag rows are scored
	lock     sync.Mutex
	done     int
}

// tree grows one tree.
func (f *forest) tree(ctx context.Context, number int) tree.Tree {
	random := treeGenerator(f.options.Seed, number)
	items := f.items(f.draw(random))
	if f.options.OutOfBag {
		f.drawn[number] = newBitset(f.rows, items)
	}
	g := &grower{data: f.data, options: f.options, tried: f.tried, impurity: f.impurity(), scorer: f.scorer(), random: random}
	t := g.grow(ctx, items)
	t.Width = outputs(f.classes)
	f.lock.Lock()
	defer f.lock.Unlock()
	f.done++
	if f.progress != nil {
		f.progress(f.done, f.options.Trees, math.NaN())
	}
	return t
}

// impurity is what a scorer's gain of 1 is in terms of the criterion, for a
// weight of 1.
func (f *forest) impurity() float64 {
	switch {
	case f.classes == 0:
		return float64(f.unit * f.unit)
	case f.options.Criterion == Entropy:
		return 1 / fpmath.Log(2)
	case f.classes == 2:
		return 2
	}
	return 1
}

// draw counts how often a tree has each row; nil is once.
func (f *forest) draw(random generator) []uint32 {
	n := f.rows
	if s := f.options.MaxSamples; s > 0 && s < 1 {
		n = max(1, int(float64(s*float64(f.rows))))
	}
	switch {
	case f.options.Bootstrap:
		return random.bootstrap(f.rows, n)
	case n < f.rows:
		return random.subset(f.rows, n)
	}
	return nil
}

func (f *forest) scorer() scorer {
	o := occupancy{data: f.data, minLeaf: uint32(f.options.MinLeaf)}
	// Sums of that many units over all trees are exact in float32.
	units := float64(int(1) << (24 - bits.Len(uint(f.options.Trees-1))))
	switch {
	case f.classes == 0:
		return &values{occupancy: o, share: func(weight, total float64) float32 {
			return float32(float64(total/weight) * f.unit)
		}}
	case f.classes == 2 && f.options.Criterion == Gini:
		return &values{occupancy: o, share: func(weight, total float64) float32 {
			return float32(math.Floor(float64(total*units)/weight+0.5) / units)
		}}
	}
	return newCounts(o, f.logs, units)
}
