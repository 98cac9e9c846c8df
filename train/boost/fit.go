package boost

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/tree"
)

var inf = math.Inf(1)

var errDiverged = job.Problems{{Code: job.CodeDiverged, Message: "a gradient is not finite",
	Hint: "a smaller learning_rate, or a target that is not so large"}}

// Fit fits a model to the columns of a sample. It returns an error where the
// context ends, where the options do not go with the sample, and where a
// gradient is not finite.
func Fit(ctx context.Context, s learn.Sample, o Options, p learn.Progress) (*Model, learn.Info, error) {
	if err := check(s, o); err != nil {
		return nil, learn.Info{}, err
	}
	b, err := newBooster(ctx, s, o)
	if err != nil {
		return nil, learn.Info{}, fmt.Errorf("fit gradient boosting: %w", err)
	}
	if p == nil {
		p = func(int, int, float64) {}
	}
	info, err := b.run(ctx, p)
	if err != nil {
		return nil, learn.Info{}, fmt.Errorf("fit gradient boosting: %w", err)
	}
	b.ensemble.Double = o.Double
	return &Model{Ensemble: b.ensemble, link: linkOf(b.objective)}, info, nil
}

// booster adds trees to an ensemble.
type booster struct {
	options    *Options
	state      *state
	objective  objective
	grower     *grower
	train      []uint32
	validation []uint32
	sample     []uint32 // the rows that the last iteration drew
	total      float64  // weight of all rows
	leafOf     []uint16 // of each row, in the last tree
	rowDraws   *rand.PCG
	featDraws  *rand.PCG

	scale    scale
	ensemble tree.Ensemble
	ends     []int   // number of trees after each iteration
	fitted   float64 // mean loss of the rows trained on
	checked  float64 // mean loss of the rows held out
}

func newBooster(ctx context.Context, s learn.Sample, o Options) (*booster, error) {
	data, err := tree.Bin(ctx, s.Columns, tree.BinOptions{Bins: o.Bins})
	if err != nil {
		return nil, err
	}
	n, t := s.Columns.Rows, target{s.Target}
	b := &booster{options: &o, objective: newObjective(t, o), total: t.total(n), leafOf: make([]uint16, n),
		rowDraws: rand.NewPCG(o.Seed, streamRows), featDraws: rand.NewPCG(o.Seed, streamFeatures)}
	b.divide(t, n)
	b.state = &state{target: t, pairs: make([]int64, n)}
	for _, v := range b.objective.start() {
		b.ensemble.Base = append(b.ensemble.Base, float32(v))
		b.state.scores = append(b.state.scores, filled(n, float64(float32(v))))
	}
	if len(b.ensemble.Base) > 1 {
		b.state.norm = make([]float64, n)
	}
	b.grower = &grower{
		options: b.options, data: data, pool: newHistograms(data), monotone: constraints(o.Monotone),
		pairs: b.state.pairs, rows: make([]uint32, 0, n), scratch: make([]uint32, n), whole: len(b.train) == n && o.Subsample >= 1,
	}
	return b, nil
}

// divide holds rows out where they are to stop the fit early.
func (b *booster) divide(t target, rows int) {
	if b.options.EarlyStopping > 0 {
		b.train, b.validation = holdOut(t.Target, rows, b.options.Validation, b.options.Seed)
		return
	}
	b.train = make([]uint32, rows)
	for i := range b.train {
		b.train[i] = uint32(i)
	}
}

// run adds trees until there are as many as asked for, the validation loss no
// longer improves, or no tree finds a split.
func (b *booster) run(ctx context.Context, p learn.Progress) (learn.Info, error) {
	o := b.options
	if err := b.differentiate(ctx, 0); err != nil {
		return learn.Info{}, err
	}
	info := learn.Info{Loss: b.fitted, Converged: true, Stopped: learn.StoppedDone}
	best := b.checked
	early := len(b.validation) > 0
	for i := 1; i <= o.Trees; i++ {
		added, err := b.iterate(ctx)
		if err != nil {
			return learn.Info{}, err
		}
		b.ends = append(b.ends, len(b.ensemble.Trees))
		if early {
			p(i, o.Trees, b.checked)
		} else {
			p(i, o.Trees, b.fitted)
		}
		if !early || b.checked < best {
			best, info.Iterations, info.Loss = b.checked, i, b.fitted
		} else if i-info.Iterations >= o.EarlyStopping {
			info.Stopped = learn.StoppedEarly
			break
		}
		if added == 0 && o.Subsample >= 1 && o.Features >= 1 {
			break
		}
	}
	b.ensemble.Trees = b.ensemble.Trees[:append([]int{0}, b.ends...)[info.Iterations]]
	return info, nil
}

// iterate adds a tree for each output, less those that find no split, and
// returns how many.
func (b *booster) iterate(ctx context.Context) (int, error) {
	g, before := b.grower, len(b.ensemble.Trees)
	sample := b.train
	if b.options.Subsample < 1 {
		b.sample = draw(b.sample, b.train, b.options.Subsample, b.rowDraws)
		sample = b.sample
	}
	for k := range b.state.scores {
		if k > 0 {
			if err := b.differentiate(ctx, k); err != nil {
				return 0, err
			}
		}
		g.rows = append(g.rows[:0], sample...)
		g.groups = drawFeatures(len(g.data.Features), b.options.Features, b.featDraws)
		g.rule = b.rule()
		if err := g.grow(ctx); err != nil {
			return 0, err
		}
		if len(g.leaves) == 1 {
			continue
		}
		if err := b.add(ctx, k); err != nil {
			return 0, err
		}
	}
	return len(b.ensemble.Trees) - before, b.differentiate(ctx, 0)
}

func (b *booster) rule() rule {
	o := b.options
	return rule{scale: b.scale, l1: o.L1, l2: o.L2, step: b.objective.step,
		minWeight: o.MinWeight, minRows: o.MinSamples, minGain: o.MinGain}
}

// differentiate brings scores, losses and the pairs of an output up to date.
func (b *booster) differentiate(ctx context.Context, output int) error {
	c, loss, err := b.state.differentiate(ctx, b.objective, output)
	b.scale = c
	if err != nil || output > 0 {
		return err
	}
	held, heldWeight := b.validationLoss()
	b.fitted = (loss - held) / (b.total - heldWeight)
	if heldWeight > 0 {
		b.checked = held / heldWeight
	}
	return nil
}

// validationLoss returns the loss and the weight of the rows held out.
func (b *booster) validationLoss() (loss, weight float64) {
	for _, r := range b.validation {
		w := b.state.Weight.Of(int(r))
		loss += float64(w * b.objective.loss(b.state, int(r)))
		weight += w
	}
	return loss, weight
}
