package logistic

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/modelbuild/modelbuild/train/features"
	"github.com/modelbuild/modelbuild/train/fpmath"
)

// Rows are cut into at most maxShards contiguous shards of at least minRows.
// Both are part of what decides a model's bits.
const (
	maxShards = 16
	minRows   = 256
)

// objective is the penalised mean loss as a function of the parameters.
type objective struct {
	x                features.Matrix
	y                []int
	weight           []float64 // by class
	total            float64   // Σw
	l2               float64
	classes, vectors int
	shards           []shard
}

// shard is a range of rows with its own partial sums.
type shard struct {
	from, to int
	loss     float64
	grad     []float64
	logits   []float64
}

func newObjective(d Data, opt Options) *objective {
	x, classes := d.X, d.Classes
	o := &objective{x: x, y: d.Y, l2: opt.L2, classes: classes, vectors: classes}
	if classes == 2 {
		o.vectors = 1
	}
	o.weigh(opt.Balanced)
	n := min(maxShards, max(1, x.Rows/minRows))
	for i := range n {
		o.shards = append(o.shards, shard{from: i * x.Rows / n, to: (i + 1) * x.Rows / n,
			grad: make([]float64, o.size()), logits: make([]float64, classes)})
	}
	return o
}

// weigh sets the weight of each class: 1, or n / (classes · rows of the class).
func (o *objective) weigh(balanced bool) {
	count := make([]int, o.classes)
	for _, c := range o.y {
		count[c]++
	}
	o.weight = make([]float64, o.classes)
	for c, n := range count {
		o.weight[c] = 1
		if balanced && n > 0 {
			o.weight[c] = float64(len(o.y)) / float64(o.classes*n)
		}
		o.total += float64(o.weight[c] * float64(n))
	}
}

func (o *objective) size() int { return o.vectors * (o.x.Width + 1) }

// eval is an [optimize.Func].
func (o *objective) eval(ctx context.Context, params, grad []float64) (float64, error) {
	o.each(ctx, func(s *shard) { o.accumulate(s, params) })
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	for stride := 1; stride < len(o.shards); stride *= 2 {
		for i := 0; i+stride < len(o.shards); i += 2 * stride {
			o.shards[i].merge(&o.shards[i+stride])
		}
	}
	all := &o.shards[0]
	penalty := 0.0
	for i := range grad {
		g := all.grad[i]
		if i%(o.x.Width+1) != o.x.Width {
			penalty += float64(params[i] * params[i])
			g += float64(o.l2 * params[i])
		}
		grad[i] = g / o.total
	}
	return (all.loss + float64(float64(o.l2*0.5)*penalty)) / o.total, nil
}

// each runs f on every shard, over as many threads as there are.
func (o *objective) each(ctx context.Context, f func(*shard)) {
	n := workers(len(o.shards))
	if n == 1 {
		for i := range o.shards {
			if ctx.Err() == nil {
				f(&o.shards[i])
			}
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(o.shards) && ctx.Err() == nil; i = next.Add(1) - 1 {
				f(&o.shards[i])
			}
		})
	}
	wg.Wait()
}

// accumulate sums the loss and its gradient over a shard's rows in order.
func (o *objective) accumulate(s *shard, params []float64) {
	s.loss = 0
	clear(s.grad)
	width, z := o.x.Width, s.logits
	fixed := o.classes - o.vectors // logits held at zero
	for i := s.from; i < s.to; i++ {
		row, class := o.x.Row(i), o.y[i]
		clear(z)
		for v := range o.vectors {
			w := params[v*(width+1) : (v+1)*(width+1)]
			z[v+fixed] = dot4(row, w[:width]) + w[width]
		}
		own, weight := z[class], o.weight[class]
		s.loss += float64(weight * (fpmath.Softmax(z) - own))
		z[class]--
		for v := range o.vectors {
			g := s.grad[v*(width+1):][:len(row)]
			r := float64(weight * z[v+fixed])
			for j, x := range row {
				g[j] += float64(r * x)
			}
			s.grad[(v+1)*(width+1)-1] += r
		}
	}
}

func (s *shard) merge(other *shard) {
	s.loss += other.loss
	for i, g := range other.grad {
		s.grad[i] += g
	}
}

// dot4 is the dot product in four lanes, combined as (0+1)+(2+3); lanes let
// the CPU overlap the additions without changing their order.
func dot4(a, b []float64) float64 {
	var s0, s1, s2, s3 float64
	b = b[:len(a)]
	for len(a) >= 4 {
		s0 += float64(a[0] * b[0])
		s1 += float64(a[1] * b[1])
		s2 += float64(a[2] * b[2])
		s3 += float64(a[3] * b[3])
		a, b = a[4:], b[4:]
	}
	for i, v := range a {
		s0 += float64(v * b[i])
	}
	return (s0 + s1) + (s2 + s3)
}
