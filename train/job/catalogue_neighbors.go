package job

func neighborsAlgorithms() []Algorithm {
	return []Algorithm{{
		Name:  "k-nearest-neighbors",
		Tasks: []string{TaskClassification, TaskRegression},
		Doc:   "A vote, or the mean, of the nearest training rows. The model holds every training row.",
		Params: []Param{
			classWeight(),
			{Name: "metric", Type: ParamString, Default: "euclidean", Choices: []string{"euclidean", "manhattan"},
				Doc: "Distance between rows."},
			{Name: "neighbors", Type: ParamInt, Default: 5, Min: bound(1), Max: bound(1000),
				Doc: "Rows that vote; all where there are fewer."},
			{Name: "weights", Type: ParamString, Default: "uniform", Choices: []string{"distance", "uniform"},
				Doc: "Weight of a vote: 1, or the inverse of the distance."},
		},
	}}
}

// classWeight is the parameter of every classifier whose rows can be weighed.
func classWeight() Param {
	return Param{Name: "class_weight", Type: ParamString, Default: "none", Choices: []string{"none", "balanced"},
		Doc: "Weight of a row in classification: 1, or inversely proportional to how frequent its class is."}
}
