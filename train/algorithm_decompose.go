package train

import (
	"context"

	"github.com/modelbuild/modelbuild/train/decompose"
	"github.com/modelbuild/modelbuild/train/learn"
)

func decompositionAlgorithms() map[string]algorithm {
	return map[string]algorithm{"pca": {fit: fitPCA}, "truncated-svd": {fit: fitTruncatedSVD}}
}

func fitPCA(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
	o := decompose.Options{
		Components: r.params.int("components"),
		Variance:   r.params.float("variance"),
		Whiten:     r.params.bool("whiten"),
	}
	return result(decompose.Fit(ctx, s, o, r.progress))
}

func fitTruncatedSVD(ctx context.Context, s learn.Sample, r request) (learn.Model, learn.Info, error) {
	o := decompose.Options{Components: r.params.int("components"), Uncentred: true}
	return result(decompose.Fit(ctx, s, o, r.progress))
}
