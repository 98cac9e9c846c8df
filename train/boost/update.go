package boost

import (
	"context"

	"github.com/modelbuild/modelbuild/train/parallel"
)

// nowhere is the leaf of a row that has not come to one yet.
const nowhere = 1<<16 - 1

// update is a tree that is to be added to the scores of an output.
type update struct {
	output int
	values []float32 // of each leaf
	leafOf []uint16  // of each row
}

// apply adds the tree to the scores of a range of rows.
func (u *update) apply(scores [][]float64, r parallel.Range) {
	if u.values == nil {
		return
	}
	to := scores[u.output][r.From:r.To]
	for i, l := range u.leafOf[r.From:r.To] {
		to[i] += float64(u.values[l])
	}
}

// add gives the leaves of the grown tree their values, rounded as they are
// exported, adds it to the ensemble, and leaves the scores to the next pass
// over the rows.
func (b *booster) add(ctx context.Context, output int) error {
	g := b.grower
	if !g.whole {
		for i := range b.leafOf {
			b.leafOf[i] = nowhere
		}
	}
	values := make([]float32, len(g.leaves))
	err := parallel.Do(ctx, len(g.leaves), func(i int) {
		l := &g.leaves[i]
		values[i] = float32(float64(b.options.LearningRate * b.value(l)))
		for _, r := range g.rows[l.from:l.to] {
			b.leafOf[r] = uint16(i)
		}
	})
	if err != nil {
		return err
	}
	leaf := make([]uint16, len(g.tree.Nodes))
	for i := range g.leaves {
		g.tree.SetLeaf(g.leaves[i].node, values[i])
		leaf[g.leaves[i].node] = uint16(i)
	}
	g.tree.Target = output
	b.ensemble.Trees = append(b.ensemble.Trees, g.tree)
	b.state.pending = update{output, values, b.leafOf}
	return b.find(ctx, leaf)
}

// value returns the value of a leaf before the learning rate.
func (b *booster) value(l *leaf) float64 {
	o, renews := b.objective.(renewer)
	if !renews {
		return b.grower.rule.value(l.sum, l.low, l.high)
	}
	residuals := make([]residual, 0, l.rows())
	for _, r := range b.grower.rows[l.from:l.to] {
		row := int(r)
		residuals = append(residuals, residual{b.state.Value[row] - b.state.scores[0][row], b.state.Weight.Of(row)})
	}
	return o.renew(residuals)
}

// find takes the rows that the tree was not grown on to their leaves, given
// the leaf of each node.
func (b *booster) find(ctx context.Context, leaf []uint16) error {
	g := b.grower
	if g.whole {
		return nil
	}
	blocks := parallel.Blocks(len(b.leafOf), blockRows)
	return parallel.Do(ctx, len(blocks), func(i int) {
		for r := blocks[i].From; r < blocks[i].To; r++ {
			if b.leafOf[r] == nowhere {
				b.leafOf[r] = leaf[g.walk(uint32(r))]
			}
		}
	})
}

// walk returns the node that a row ends at.
func (g *grower) walk(row uint32) int {
	at := 0
	for at < len(g.sides) && g.sides[at].side != nil {
		n := g.tree.Nodes[at]
		s := &g.sides[at]
		if s.side[s.lane.At(row)] != 0 {
			at = int(n.Left)
		} else {
			at = int(n.Right)
		}
	}
	return at
}
