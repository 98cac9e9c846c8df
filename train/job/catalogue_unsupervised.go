package job

func clusterAlgorithms() []Algorithm {
	return []Algorithm{
		{
			Name:  "k-means",
			Tasks: []string{TaskClustering},
			Doc:   "k-means: Lloyd's algorithm from seeds drawn by k-means++.",
			Params: []Param{
				{Name: "clusters", Type: ParamInt, Default: 8, Min: bound(1), Max: bound(1e5), Doc: "Number of clusters."},
				{Name: "init", Type: ParamString, Default: "k-means++", Choices: []string{"k-means++", "random"},
					Doc: "First centres: rows drawn far from each other, or any rows."},
				{Name: "max_iterations", Type: ParamInt, Default: 300, Min: bound(1), Max: bound(1e6),
					Doc: "Most iterations of a fit; reaching it is recorded as not converged."},
				{Name: "restarts", Type: ParamInt, Default: 10, Min: bound(1), Max: bound(1e4),
					Doc: "Fits from different first centres, of which the one with the smallest inertia is kept."},
				{Name: "tolerance", Type: ParamFloat, Default: 1e-4, Min: bound(0), Max: bound(1),
					Doc: "Stop when the squared movement of all centres is no more than this share of the features' mean variance."},
			},
		},
		{
			Name:  "gaussian-mixture",
			Tasks: []string{TaskClustering},
			Doc:   "Mixture of Gaussians, fitted by expectation maximisation from a k-means.",
			Params: []Param{
				{Name: "components", Type: ParamInt, Default: 1, Min: bound(1), Max: bound(1e4), Doc: "Number of components, the clusters."},
				{Name: "covariance", Type: ParamString, Default: "full", Choices: []string{"diag", "full", "spherical", "tied"},
					Doc: "Covariance of a component: of any shape, one shape for all, along the axes, or the same in all directions."},
				{Name: "max_iterations", Type: ParamInt, Default: 100, Min: bound(1), Max: bound(1e6),
					Doc: "Most iterations of a fit; reaching it is recorded as not converged."},
				{Name: "reg_covar", Type: ParamFloat, Default: 1e-6, Min: bound(0), Max: bound(1e6),
					Doc: "Added to the variances, so that no component shrinks to a point."},
				{Name: "restarts", Type: ParamInt, Default: 1, Min: bound(1), Max: bound(1e4),
					Doc: "Fits from different k-means, of which the likeliest is kept."},
				{Name: "tolerance", Type: ParamFloat, Default: 1e-3, Min: bound(0), Max: bound(1e6),
					Doc: "Stop when the mean log-likelihood changes by less than this."},
			},
		},
		{
			Name:  "dbscan",
			Tasks: []string{TaskClustering},
			Doc:   "DBSCAN: clusters are regions of high density; a row far from all of them is noise, cluster -1.",
			Params: []Param{
				{Name: "eps", Type: ParamFloat, Default: 0.5, Min: bound(1e-9), Max: bound(1e9),
					Doc: "Radius of a neighbourhood, in the scaled features."},
				{Name: "min_samples", Type: ParamInt, Default: 5, Min: bound(1), Max: bound(1e9),
					Doc: "Rows, or their weight, in the neighbourhood of a core point, itself included."},
			},
		},
	}
}

func decompositionAlgorithms() []Algorithm {
	components := Param{Name: "components", Type: ParamInt, Default: 0, Min: bound(0), Max: bound(1e5),
		Doc: "Number of components to keep; 0 keeps as many as there are features, or rows where they are fewer."}
	whiten := Param{Name: "whiten", Type: ParamBool, Default: false, Doc: "Scale the components to unit variance."}
	share := Param{Name: "variance", Type: ParamFloat, Default: 0.0, Min: bound(0), Max: bound(1),
		Doc: "Where components is 0, keep the fewest that explain this share of the variance; 0 keeps all."}
	truncated := components
	truncated.Default, truncated.Min = 2, bound(1)
	truncated.Doc = "Number of components to keep."
	return []Algorithm{
		{Name: "pca", Tasks: []string{TaskDecomposition}, Doc: "Principal component analysis.", Params: []Param{components, share, whiten}},
		{Name: "truncated-svd", Tasks: []string{TaskDecomposition},
			Doc: "Truncated singular value decomposition: like pca, without taking the means off first.", Params: []Param{truncated}},
	}
}
