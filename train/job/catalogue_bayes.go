package job

func bayesAlgorithms() []Algorithm {
	return []Algorithm{{
		Name:  "naive-bayes",
		Tasks: []string{TaskClassification},
		Doc:   "Naive Bayes: features are taken to be independent given the class.",
		Params: []Param{
			{Name: "alpha", Type: ParamFloat, Default: 1.0, Min: bound(0),
				Doc: "Smoothing: the count added to each feature's, for multinomial and bernoulli."},
			{Name: "binarize", Type: ParamFloat, Default: 0.0,
				Doc: "Value above which a feature is present, for bernoulli."},
			{Name: "distribution", Type: ParamString, Default: "gaussian", Choices: []string{"bernoulli", "gaussian", "multinomial"},
				Doc: "Distribution of each feature given the class. Multinomial needs counts: values that are not negative."},
			{Name: "priors", Type: ParamString, Default: "empirical", Choices: []string{"empirical", "uniform"},
				Doc: "Probability of a class: its share of the rows, or the same for all."},
			{Name: "var_smoothing", Type: ParamFloat, Default: 1e-9, Min: bound(0), Max: bound(1),
				Doc: "Share of the largest variance of a feature that is added to every variance, for gaussian."},
		},
	}}
}
