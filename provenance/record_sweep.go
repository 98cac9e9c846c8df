package provenance

// RecordSweep is a search for parameters before training. The held-out part had no say in
// it: trials are compared on rows of the training part.
type RecordSweep struct {
	Metric string `json:"metric"`
	// Goal is maximize or minimize.
	Goal string `json:"goal"`
	// Folds are those that each trial was scored on, Of into how many the training part was
	// cut, and Rows how many rows were scored.
	Folds int `json:"folds"`
	Of    int `json:"of"`
	Rows  int `json:"rows"`
	// Selected is the number of the trial that was chosen, from 1.
	Selected int           `json:"selected"`
	Trials   []RecordTrial `json:"trials"`
}

// RecordTrial is a trial of a sweep.
type RecordTrial struct {
	Parameters map[string]any `json:"parameters"`
	// Value is that of the metric; left out where the trial failed.
	Value *float64 `json:"value,omitempty"`
	// Failed says why.
	Failed string `json:"failed,omitempty"`
}
