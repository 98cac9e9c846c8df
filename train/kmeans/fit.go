package kmeans

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/optimize"
)

// stream is the number of the generator's sequence, so that other users of the
// same seed draw other numbers.
const stream = 0x6b6d65616e73

// Ways to draw the first centres.
const (
	InitPlusPlus = "k-means++" // each far from those before
	InitRandom   = "random"    // rows drawn without regard to the others
)

// Options are the algorithm's parameters.
type Options struct {
	Clusters      int
	Init          string // InitPlusPlus where empty
	Restarts      int    // fits from other seeds, of which the best is kept; at least 1
	MaxIterations int
	Tolerance     float64 // on the squared movement of all centres, relative to the mean variance of a column
	Seed          uint64
}

// Partition is the best set of centres found, with the cluster of each row.
type Partition struct {
	Centres    matrix.Dense // one row each
	Mean       []float64    // of all rows
	Labels     []int32
	Inertia    float64 // the objective
	Iterations int
	Converged  bool // no label changed, or the centres moved less than the tolerance
}

// Fit finds centres. Rows with fewer distinct values than there are to be
// clusters are a [job.Problem].
func Fit(ctx context.Context, s learn.Sample, o Options, p learn.Progress) (*Model, learn.Info, error) {
	part, err := Cluster(ctx, s, o, p)
	if err != nil {
		return nil, learn.Info{}, err
	}
	info := learn.Info{Iterations: part.Iterations, Loss: part.Inertia, Converged: part.Converged, Stopped: optimize.ReasonIterations}
	if part.Converged {
		info.Stopped = optimize.ReasonTolerance
	}
	return newModel(part.Centres, part.Mean), info, nil
}

// Cluster is [Fit] for the sake of the partition itself.
func Cluster(ctx context.Context, s learn.Sample, o Options, p learn.Progress) (Partition, error) {
	if err := enough(s.Dense, o.Clusters); err != nil {
		return Partition{}, err
	}
	l, err := newLloyd(ctx, s, o)
	if err != nil {
		return Partition{}, fmt.Errorf("fit k-means: %w", err)
	}
	rng := rand.NewPCG(o.Seed, stream)
	var best Partition
	for restart := range max(1, o.Restarts) {
		part, err := l.run(ctx, rng)
		if err != nil {
			return Partition{}, fmt.Errorf("fit k-means: %w", err)
		}
		if restart == 0 || part.Inertia < best.Inertia {
			best = part
		}
		if p != nil {
			p(restart+1, max(1, o.Restarts), best.Inertia)
		}
	}
	l.uncentre(best.Centres)
	return best, nil
}

// enough refuses more clusters than distinct rows.
func enough(x matrix.Dense, clusters int) error {
	n := Distinct(x, clusters)
	if n >= clusters {
		return nil
	}
	return job.Problems{{Code: job.CodeAlgorithm, Field: "train.params.clusters", Excerpt: fmt.Sprint(clusters),
		Message: fmt.Sprintf("%d clusters are asked for, and the training rows have %d distinct values", clusters, n),
		Hint:    "lower clusters"}}
}

// Distinct counts the distinct rows, up to limit.
func Distinct(x matrix.Dense, limit int) int {
	seen := map[string]struct{}{}
	key := make([]byte, 0, 8*x.Width)
	for i := range x.Rows {
		if len(seen) >= limit {
			break
		}
		key = key[:0]
		for _, v := range x.Row(i) {
			key = binary.LittleEndian.AppendUint64(key, math.Float64bits(v+0)) // -0 is 0
		}
		seen[string(key)] = struct{}{}
	}
	return len(seen)
}
