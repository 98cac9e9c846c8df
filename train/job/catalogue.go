package job

// Tasks.
const (
	TaskClassification = "classification"
	TaskRegression     = "regression"
	TaskClustering     = "clustering"
	TaskAnomaly        = "anomaly"
	TaskDecomposition  = "decomposition"
)

// Kinds of parameter value.
const (
	ParamFloat  = "float"
	ParamInt    = "int"
	ParamBool   = "bool"
	ParamString = "string"
)

// Param describes one parameter of an algorithm.
type Param struct {
	Name    string
	Type    string   // ParamFloat, ParamInt, ParamBool or ParamString
	Default any      // float64, int, bool or string by Type
	Min     *float64 // smallest value allowed, where there is one
	Max     *float64 // largest value allowed, where there is one
	Choices []string // values allowed for a string
	Doc     string
}

// Algorithm describes one entry of train.algorithm.
type Algorithm struct {
	Name   string
	Tasks  []string
	Doc    string
	Params []Param
}

// Metric describes one entry of evaluate.gates.
type Metric struct {
	Name           string
	Doc            string
	HigherIsBetter bool
}

// Algorithms lists every algorithm of the built-in engine, sorted by name.
func Algorithms() []Algorithm {
	return []Algorithm{{
		Name:  "logistic",
		Tasks: []string{TaskClassification},
		Doc:   "Multinomial logistic regression with an L2 penalty, fitted by L-BFGS.",
		Params: []Param{
			{Name: "class_weight", Type: ParamString, Default: "none", Choices: []string{"none", "balanced"},
				Doc: "Weight of a row: 1, or inversely proportional to how frequent its class is."},
			{Name: "l2", Type: ParamFloat, Default: 1.0, Min: bound(0),
				Doc: "Strength of the L2 penalty on the coefficients, the inverse of C; intercepts are not penalised."},
			{Name: "max_iterations", Type: ParamInt, Default: 200, Min: bound(1), Max: bound(1e6),
				Doc: "Most L-BFGS iterations; reaching it is recorded as not converged."},
			{Name: "tolerance", Type: ParamFloat, Default: 1e-6, Min: bound(0), Max: bound(1),
				Doc: "Stop when the largest absolute component of the mean loss's gradient is no more than this."},
		},
	}}
}

// LookupAlgorithm finds an algorithm by name.
func LookupAlgorithm(name string) (Algorithm, bool) {
	for _, a := range Algorithms() {
		if a.Name == name {
			return a, true
		}
	}
	return Algorithm{}, false
}

// Metrics lists the metrics defined for a task, sorted by name; nil for a
// task that does not exist.
func Metrics(task string) []Metric {
	if task != TaskClassification {
		return nil
	}
	return []Metric{
		{"accuracy", "Share of rows whose predicted class is the true one.", true},
		{"balanced_accuracy", "Mean recall over the classes that occur.", true},
		{"log_loss", "Mean negative natural logarithm of the probability given to the true class.", false},
		{"macro_f1", "Unweighted mean of F1 over the classes that occur or were predicted.", true},
		{"macro_precision", "Unweighted mean of precision over the classes that occur or were predicted.", true},
		{"macro_recall", "Unweighted mean of recall over the classes that occur or were predicted.", true},
		{"weighted_f1", "Mean of F1 over the classes, weighted by how often each occurs.", true},
	}
}

func bound(v float64) *float64 { return &v }
