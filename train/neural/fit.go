package neural

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/linalg"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/optimize"
	"github.com/modelbuild/modelbuild/train/parallel"
)

// Activations of the hidden layers.
const (
	ReLU     = "relu"
	Tanh     = "tanh"
	Logistic = "logistic"
)

// Solvers.
const (
	Adam = "adam"
	SGD  = "sgd"
)

// Options are the algorithm's parameters.
type Options struct {
	Hidden       []int  // units of each hidden layer; none for a linear model
	Activation   string // ReLU where empty
	Solver       string // Adam where empty
	LearningRate float64
	Momentum     float64 // of SGD
	Batch        int     // rows in a step
	Epochs       int     // most passes over the training rows
	L2           float64 // λ
	Dropout      float64 // probability that a hidden unit is left out of a step

	// A fit ends where the loss has not fallen by Tolerance for Patience epochs:
	// that of the training rows, or with EarlyStopping that of a share of them
	// that is held out; then the parameters of the best epoch are kept.
	Tolerance          float64
	Patience           int
	EarlyStopping      bool
	ValidationFraction float64

	Seed uint64
}

// Sequences of the generator, so that no two uses draw the same numbers.
const (
	streamOrder   = 0x6d6c70
	streamDropout = 0x64726f70
)

// A batch is cut into shards of about shardRows rows, and at most mostShards;
// parameters are updated in blocks.
const (
	shardRows   = 64
	mostShards  = 8
	blockParams = 1 << 14
)

// shards cuts a batch; a shard has a multiple of eight rows but for the last.
func shards(rows int) []parallel.Range {
	n := min(mostShards, (rows+shardRows-1)/shardRows)
	size := (rows + n - 1) / n
	return parallel.Blocks(rows, (size+7)/8*8)
}

// Fit trains a network. Where it diverges the error is a [job.Problem].
func Fit(ctx context.Context, s learn.Sample, o Options, p learn.Progress) (*Model, learn.Info, error) {
	t := newTrainer(s, o)
	info := learn.Info{Stopped: optimize.ReasonIterations}
	for info.Iterations < o.Epochs && !info.Converged {
		loss, err := t.epoch(ctx)
		if err != nil {
			return nil, learn.Info{}, fmt.Errorf("fit mlp: %w", err)
		}
		info.Iterations++
		info.Loss = loss
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			return nil, learn.Info{}, diverged(info.Iterations)
		}
		if p != nil {
			p(info.Iterations, o.Epochs, loss)
		}
		if t.watch(loss) {
			info.Converged, info.Stopped = true, optimize.ReasonTolerance
			if len(t.held) > 0 {
				info.Stopped = learn.StoppedEarly
			}
		}
	}
	if t.best != nil {
		info.Loss, t.net.params = t.least, t.best
	}
	m := newModel(t.net, t.targets)
	if !m.Finite() {
		return nil, learn.Info{}, diverged(info.Iterations)
	}
	return m, info, nil
}

func diverged(epoch int) error {
	return job.Problems{{Code: job.CodeDiverged, Field: "train.params.learning_rate",
		Message: fmt.Sprintf("the network's parameters are no longer finite after %d epochs", epoch),
		Hint:    "lower learning_rate, or scale the columns"}}
}

// trainer is a fit.
type trainer struct {
	o              Options
	x              matrix.Dense
	targets        targets
	net            *network
	solver         solver
	rng            *rand.PCG
	training, held []int
	mean           float64 // weight of the training rows
	passes         []*pass
	steps          uint64

	least float64 // best loss so far
	since int     // epochs since it fell
	best  []float64
}

func newTrainer(s learn.Sample, o Options) *trainer {
	outputs := max(1, s.Classes)
	t := &trainer{o: o, x: s.Dense, targets: newTargets(s.Target), rng: rand.NewPCG(o.Seed, streamOrder), least: math.Inf(1)}
	t.net = newNetwork(s.Dense.Width, o.Hidden, outputs)
	t.net.activation, t.net.classes = o.Activation, s.Classes
	if o.Activation == "" {
		t.net.activation = ReLU
	}
	t.net.draw(t.rng)
	t.solver = newSolver(o, len(t.net.params))
	share := 0.0
	if o.EarlyStopping {
		share = o.ValidationFraction
	}
	t.training, t.held = t.targets.divide(s.Dense.Rows, share, t.rng)
	t.mean = t.targets.sum(t.training) / float64(len(t.training))
	for range mostShards {
		t.passes = append(t.passes, newPass(t.net, max(shardRows, shards(min(o.Batch, len(t.training)))[0].Len())))
	}
	return t
}

// epoch goes once over the training rows in a new order, and returns the loss:
// their mean during the epoch, or that of the rows held out after it.
func (t *trainer) epoch(ctx context.Context) (float64, error) {
	fpmath.Shuffle(t.rng, t.training)
	sum := 0.0
	for _, b := range parallel.Blocks(len(t.training), t.o.Batch) {
		loss, err := t.step(ctx, t.training[b.From:b.To])
		if err != nil {
			return 0, err
		}
		sum += float64(loss * float64(b.Len()))
	}
	if len(t.held) > 0 {
		return t.validate(ctx)
	}
	return sum / float64(len(t.training)), nil
}

// step changes the parameters by one batch and returns the objective before.
func (t *trainer) step(ctx context.Context, rows []int) (float64, error) {
	loss, grad, err := t.gradient(ctx, rows)
	if err != nil {
		return 0, err
	}
	t.steps++
	t.solver.begin()
	blocks := parallel.Blocks(len(grad), blockParams)
	return loss, parallel.Do(ctx, len(blocks), func(b int) {
		t.solver.step(t.net.params, grad, blocks[b].From, blocks[b].To)
	})
}

// gradient computes the objective for some rows and its gradient.
func (t *trainer) gradient(ctx context.Context, rows []int) (float64, []float64, error) {
	t.net.pack(true)
	parts := shards(len(rows))
	err := parallel.Do(ctx, len(parts), func(s int) {
		p, own := t.passes[s], rows[parts[s].From:parts[s].To]
		p.judge(p.forward(t.fill(p, own), t.dropout(s)), t.targets, own)
		p.backward(len(own))
	})
	if err != nil {
		return 0, nil, err
	}
	grads := make([][]float64, len(parts))
	loss := 0.0
	for s := range parts {
		grads[s] = t.passes[s].grad
		loss += t.passes[s].loss
	}
	grad := linalg.Combine(grads)
	total := float64(t.mean * float64(len(rows)))
	for i := range grad {
		grad[i] /= total
	}
	for _, l := range t.net.layers {
		linalg.AddScaled(l.weights(grad).Data, t.o.L2, l.weights(t.net.params).Data)
	}
	return loss/total + float64(float64(t.o.L2*0.5)*t.net.penalty()), grad, nil
}

// fill copies rows to the inputs of a pass and returns how many.
func (t *trainer) fill(p *pass, rows []int) int {
	for r, i := range rows {
		copy(p.values[0].Row(r), t.x.Row(i))
	}
	return len(rows)
}

// dropout is that of one shard of the present step.
func (t *trainer) dropout(shard int) dropout {
	if t.o.Dropout <= 0 {
		return dropout{}
	}
	return dropout{t.o.Dropout, rand.NewPCG(t.o.Seed^streamDropout, t.steps*mostShards+uint64(shard))}
}

// validate is the mean loss of the rows held out.
func (t *trainer) validate(ctx context.Context) (float64, error) {
	t.net.pack(false)
	blocks := parallel.Blocks(len(t.held), shardRows)
	losses := make([]float64, len(blocks))
	err := parallel.Do(ctx, len(blocks), func(b int) {
		rows := t.held[blocks[b].From:blocks[b].To]
		p := newPass(t.net, len(rows))
		p.judge(p.forward(t.fill(p, rows), dropout{}), t.targets, rows)
		losses[b] = p.loss
	})
	sum := 0.0
	for _, v := range losses {
		sum += v
	}
	return sum / t.targets.sum(t.held), err
}

// watch notes an epoch's loss, and says whether it was the last.
func (t *trainer) watch(loss float64) bool {
	if loss < t.least && len(t.held) > 0 {
		t.best = slices.Clone(t.net.params)
	}
	t.since++
	if loss < t.least-t.o.Tolerance {
		t.since = 0
	}
	t.least = min(t.least, loss)
	return t.since >= t.o.Patience
}
