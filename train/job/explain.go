package job

// Defaults and limits of an explanation of a model.
const (
	DefaultRepeats     = 5
	MaxRepeats         = 100
	DefaultExplainRows = 5000
	MaxExplainRows     = 1_000_000
)

// MaxCurve is the most shares that a learning curve may have.
const MaxCurve = 20

// Importance asks how much worse a model is without what a column says. Zero
// and empty are the defaults.
type Importance struct {
	Repeats int    `json:"repeats,omitempty"` // shuffles of each column
	Metric  string `json:"metric,omitempty"`  // one of [ImportanceMetrics]
	Rows    int    `json:"rows,omitempty"`    // held-out rows that are used, at most
}

// HeadlineMetric is the one metric that is shown of a supervised task where
// there is room for no other: defined for every model and every row. It is
// empty for the other tasks.
func HeadlineMetric(task string) string {
	switch task {
	case TaskClassification:
		return "accuracy"
	case TaskRegression:
		return "rmse"
	}
	return ""
}

// ImportanceMetrics are those that importance can be measured by: the metrics of
// a supervised task that say better or worse, which the mean error does not.
func ImportanceMetrics(task string) []Metric {
	if !Supervised(task) {
		return nil
	}
	var out []Metric
	for _, m := range Metrics(task) {
		if m.Name != "mean_error" {
			out = append(out, m)
		}
	}
	return out
}

// HasDependence reports whether partial dependence is computed for a task: whether its
// models have an output that means something by itself.
func HasDependence(task string) bool { return Supervised(task) || task == TaskAnomaly }

// HasGrid reports whether a column of a type can be set to single values in turn.
func HasGrid(columnType string) bool { return columnType != TypeText && columnType != TypeVector }
