package dbscan

import (
	"context"
	"fmt"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/parallel"
)

// Options are the algorithm's parameters.
type Options struct {
	Eps        float64 // the radius of a neighbourhood
	MinSamples float64 // what the rows in one weigh at least, where it is a core point's
}

// blockRows is how many rows are looked at together.
const blockRows = 64

// Fit finds the core points and their clusters.
func Fit(ctx context.Context, s learn.Sample, o Options, p learn.Progress) (*Model, learn.Info, error) {
	f := &finder{tree: newTree(s.Dense, s.Weight), o: o, radius: float64(o.Eps * o.Eps), label: make([]int32, s.Dense.Rows)}
	if err := f.cores(ctx, p); err != nil {
		return nil, learn.Info{}, fmt.Errorf("fit dbscan: %w", err)
	}
	if err := f.connect(ctx); err != nil {
		return nil, learn.Info{}, fmt.Errorf("fit dbscan: %w", err)
	}
	means, _, err := linalg.Design{X: s.Dense, Weight: s.Weight}.Means(ctx)
	if err != nil {
		return nil, learn.Info{}, fmt.Errorf("fit dbscan: %w", err)
	}
	return newModel(f, s.Dense, means), learn.Info{Converged: true, Stopped: learn.StoppedDone}, nil
}

// Labels of rows that are of no cluster.
const (
	notCore = -2
	open    = -1 // a core point whose cluster is not known yet
)

// finder is a fit. Labels are in the order of the tree's rows.
type finder struct {
	*tree
	o        Options
	radius   float64 // squared
	label    []int32
	clusters int32
}

// cores marks the core points.
func (f *finder) cores(ctx context.Context, p learn.Progress) error {
	blocks := parallel.Blocks(f.x.Rows, blockRows)
	const parts = 20 // of which each is reported
	for part := range parts {
		from, to := part*len(blocks)/parts, (part+1)*len(blocks)/parts
		err := parallel.Do(ctx, to-from, func(b int) {
			var stack []int32
			var core bool
			for i := blocks[from+b].From; i < blocks[from+b].To; i++ {
				f.label[i] = notCore
				if core, stack = f.dense(f.x.Row(i), f.radius, f.o.MinSamples, stack); core {
					f.label[i] = open
				}
			}
		})
		if err != nil {
			return err
		}
		if p != nil {
			p(part+1, parts, nan)
		}
	}
	return nil
}

// connect numbers the clusters in the order of their first core points, each
// with all that can be reached from it.
func (f *finder) connect(ctx context.Context) error {
	place := make([]int32, len(f.row)) // of each row in the tree
	for i, r := range f.row {
		place[r] = int32(i)
		if f.label[i] == open {
			for n := f.leaf[i]; n >= 0; n = f.nodes[n].parent {
				f.nodes[n].open++
			}
		}
	}
	var reached []int32
	for _, i := range place {
		if f.label[i] != open {
			continue
		}
		f.take(i)
		reached = append(reached[:0], i)
		for steps := 1; len(reached) > 0; steps++ {
			if steps%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			last := reached[len(reached)-1]
			reached = f.reach(0, f.x.Row(int(last)), reached[:len(reached)-1])
		}
		f.clusters++
	}
	return ctx.Err()
}

// take puts a core point in the present cluster.
func (f *finder) take(i int32) {
	f.label[i] = f.clusters
	for n := f.leaf[i]; n >= 0; n = f.nodes[n].parent {
		f.nodes[n].open--
	}
}

// reach takes the open core points of a node within the radius of q, and adds
// them to those reached.
func (f *finder) reach(n int32, q []float64, reached []int32) []int32 {
	nd := &f.nodes[n]
	if nd.open == 0 || f.near(n, q) > f.radius {
		return reached
	}
	inside := f.far(n, q) <= f.radius
	if !inside && nd.left != 0 {
		reached = f.reach(nd.left, q, reached)
		return f.reach(nd.right, q, reached)
	}
	for i := nd.from; i < nd.to; i++ {
		if f.label[i] == open && (inside || within(q, f.x.Row(int(i)), f.radius)) {
			f.take(i)
			reached = append(reached, i)
		}
	}
	return reached
}
