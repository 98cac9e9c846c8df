package job

import (
	"slices"
	"strings"
)

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
	all := slices.Concat(bayesAlgorithms(), neighborsAlgorithms(), forestAlgorithms(), linearAlgorithms(), boostAlgorithms(),
		clusterAlgorithms(), decompositionAlgorithms(), neuralAlgorithms())
	slices.SortFunc(all, func(a, b Algorithm) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Tasks lists every task.
func Tasks() []string {
	return []string{TaskClassification, TaskRegression, TaskClustering, TaskAnomaly, TaskDecomposition}
}

// Supervised says whether a task has a target.
func Supervised(task string) bool { return task == TaskClassification || task == TaskRegression }

// DefaultTask is the task of an algorithm where none is named: its first, and
// classification where there is no such algorithm.
func DefaultTask(algorithm string) string {
	if a, ok := LookupAlgorithm(algorithm); ok {
		return a.Tasks[0]
	}
	return TaskClassification
}

// DefaultSplit is the kind of split of a task where none is named.
func DefaultSplit(task string) string {
	if task == TaskClassification {
		return SplitStratified
	}
	return SplitRandom
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
	switch task {
	case TaskClassification:
		return classificationMetrics()
	case TaskRegression:
		return regressionMetrics()
	case TaskClustering:
		return []Metric{
			{"calinski_harabasz", "Ratio of the spread between clusters to that within them, each by its degrees of freedom.", true},
			{"davies_bouldin", "Mean over clusters of the likeness to the cluster most like it.", false},
			{"largest_share", "Share of rows in the largest cluster.", false},
			{"noise_share", "Share of rows in no cluster.", false},
			{"silhouette", "Mean over rows, at most 2,000 of them, of how much nearer the own cluster is than the next.", true},
		}
	case TaskAnomaly:
		return []Metric{{"anomaly_share", "Share of rows that are anomalies.", false}}
	case TaskDecomposition:
		return []Metric{{"explained_variance", "Share of the variance that the components hold.", true}}
	}
	return nil
}

func classificationMetrics() []Metric {
	return []Metric{
		{"accuracy", "Share of rows whose predicted class is the true one.", true},
		{"average_precision", "Sum of precision times gain in recall over falling thresholds; the mean over classes where there are more than two.", true},
		{"balanced_accuracy", "Mean recall over the classes that occur.", true},
		{"brier", "Mean squared distance between the probabilities and the true class, halved.", false},
		{"log_loss", "Mean negative natural logarithm of the probability given to the true class.", false},
		{"macro_f1", "Unweighted mean of F1 over the classes that occur or were predicted.", true},
		{"macro_precision", "Unweighted mean of precision over the classes that occur or were predicted.", true},
		{"macro_recall", "Unweighted mean of recall over the classes that occur or were predicted.", true},
		{"mcc", "Matthews correlation coefficient.", true},
		{"roc_auc", "Area under the ROC curve of the second class; the mean of each class against the others where there are more than two.", true},
		{"weighted_f1", "Mean of F1 over the classes, weighted by how often each occurs.", true},
	}
}

func regressionMetrics() []Metric {
	return []Metric{
		{"mae", "Mean absolute error.", false},
		{"mape", "Mean absolute error relative to the true value, as a share.", false},
		{"max_error", "Largest absolute error.", false},
		{"mean_error", "Mean of prediction less true value.", false},
		{"median_absolute_error", "Median absolute error.", false},
		{"mse", "Mean squared error.", false},
		{"poisson_deviance", "Mean Poisson deviance.", false},
		{"r2", "Coefficient of determination: 1 less the squared error relative to that of the mean.", true},
		{"rmse", "Square root of the mean squared error.", false},
	}
}

func bound(v float64) *float64 { return &v }
