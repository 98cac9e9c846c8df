package train

import (
	"context"

	"github.com/modelbuild/modelbuild/train/dbscan"
	"github.com/modelbuild/modelbuild/train/kmeans"
	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/mixture"
)

func clusterAlgorithms() map[string]algorithm {
	return map[string]algorithm{"k-means": {fit: fitKMeans}, "gaussian-mixture": {fit: fitMixture}, "dbscan": {fit: fitDBSCAN}}
}

func fitKMeans(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
	o := kmeans.Options{
		Clusters:      r.params.int("clusters"),
		Init:          r.params.text("init"),
		Restarts:      r.params.int("restarts"),
		MaxIterations: r.params.int("max_iterations"),
		Tolerance:     r.params.float("tolerance"),
		Seed:          r.seed,
	}
	return result(kmeans.Fit(ctx, s, o, r.progress))
}

func fitMixture(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
	o := mixture.Options{
		Components:     r.params.int("components"),
		Covariance:     r.params.text("covariance"),
		Regularisation: r.params.float("reg_covar"),
		Restarts:       r.params.int("restarts"),
		MaxIterations:  r.params.int("max_iterations"),
		Tolerance:      r.params.float("tolerance"),
		Seed:           r.seed,
	}
	return result(mixture.Fit(ctx, s, o, r.progress))
}

func fitDBSCAN(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
	o := dbscan.Options{Eps: r.params.float("eps"), MinSamples: float64(r.params.int("min_samples"))}
	return result(dbscan.Fit(ctx, s, o, r.progress))
}
