package train

import (
	"context"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/neighbors"
)

func neighborsAlgorithms() map[string]algorithm {
	return map[string]algorithm{"k-nearest-neighbors": {fit: fitNeighbors}}
}

func fitNeighbors(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
	o := neighbors.Options{
		Neighbors: r.params.int("neighbors"),
		Distance:  r.params.text("weights") == "distance",
		Manhattan: r.params.text("metric") == "manhattan",
	}
	return result(neighbors.Fit(ctx, s, o, r.progress))
}
