package neighbors

import (
	"context"
	"math"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/parallel"
	"github.com/modelbuild/modelbuild/train/tile"
)

// block is the number of rows predicted in one piece.
const block = 128

// farthest bounds a distance, which may have overflowed, so that it can be
// divided by.
const farthest = 0x1p100

// Predict returns the share of the votes that each class gets, or the mean
// value, with the bits of the exported model.
func (m *Model) Predict(ctx context.Context, in learn.Input) (matrix.Dense, error) {
	out := matrix.NewDense(in.Rows(), max(1, m.Classes))
	blocks := parallel.Blocks(out.Rows, block)
	err := parallel.Do(ctx, len(blocks), func(b int) {
		m.predict(in.Dense.Slice(blocks[b].From, blocks[b].To), out.Slice(blocks[b].From, blocks[b].To))
	})
	return out, err
}

// predict predicts the rows of one block.
func (m *Model) predict(x, out matrix.Dense) {
	s := &search{tree: m.tree, manhattan: m.Manhattan, found: make([]near, 0, m.Neighbors)}
	queries, weights := float32Rows(x), make([]float32, m.Neighbors)
	for i, q := range queries {
		if i == 1 && s.inVain(len(queries)) {
			b := newBrute(s)
			b.find(queries[1:])
			for j := range queries[1:] {
				m.vote(out.Row(1+j), b.near[j], weights)
			}
			return
		}
		m.vote(out.Row(i), s.find(q), weights)
	}
}

// inVain says that the tree excluded too little from the first query to be of
// use to the others.
func (s *search) inVain(queries int) bool {
	return !s.manhattan && queries > tile.Height && float64(s.scanned) > float64(probeShare*float64(len(s.row)))
}

func float32Rows(x matrix.Dense) [][]float32 {
	out, all := make([][]float32, x.Rows), round(x.Data)
	for i := range out {
		out[i] = all[i*x.Width:][:x.Width:x.Width]
	}
	return out
}

// vote adds up the neighbours' weights by class and divides by their sum, or
// adds up values by the share of the weights. Each operation rounds to float32
// and sums go from the nearest neighbour on, as in the exported graph.
func (m *Model) vote(out []float64, found []near, weights []float32) {
	all := m.weigh(weights, found)
	if m.Value != nil {
		sum := float32(0)
		for i, n := range found {
			sum += float32((weights[i] / all) * m.Value[n.row])
		}
		out[0] = float64(sum)
		return
	}
	for i, n := range found {
		k := m.Class[n.row]
		out[k] = float64(float32(out[k]) + weights[i])
	}
	for k, v := range out {
		out[k] = float64(float32(v) / all)
	}
}

// weigh sets the weight of each neighbour and returns their sum. By distance,
// it is that of the nearest over its own; where that is zero, only neighbours
// at distance zero have one.
func (m *Model) weigh(weights []float32, found []near) float32 {
	nearest := m.length(found[0])
	all := float32(0)
	for i, n := range found {
		w := float32(1)
		switch {
		case !m.Distance:
		case nearest > 0:
			w = nearest / m.length(n)
		case n.distance > 0:
			w = 0
		}
		if m.Weight != nil {
			w = float32(w * m.Weight[n.row])
		}
		weights[i] = w
		all += w
	}
	return all
}

func (m *Model) length(n near) float32 {
	d := n.distance
	if !m.Manhattan {
		d = float32(math.Sqrt(float64(d)))
	}
	return min(d, farthest)
}
