package job

import (
	"fmt"
	"slices"
	"strings"
)

// Precisions of a model's arithmetic in ONNX.
const (
	Float32 = "float32"
	Float64 = "float64"
)

// Export says in which forms a model is written besides ONNX in float32.
type Export struct {
	// Safetensors asks for the parameters of the model as tensors too.
	Safetensors bool `json:"safetensors,omitempty"`
	// Precision is Float64 for trees whose values are added in float64; empty is
	// Float32.
	Precision string `json:"precision,omitempty"`
}

// DenseAlgorithms are those whose models are arrays of numbers, which can be
// written as tensors.
func DenseAlgorithms() []string {
	return []string{"elastic-net", "gamma", "gaussian-mixture", "k-means", "lasso", "linear", "linear-svm", "logistic", "mlp", "pca",
		"poisson", "ridge", "truncated-svd", "tweedie"}
}

// TreeAlgorithms are those whose models are trees.
func TreeAlgorithms() []string {
	return []string{"decision-tree", "extra-trees", "gradient-boosting", "isolation-forest", "random-forest"}
}

// Precisions are the words for a precision.
func Precisions() []string { return []string{Float32, Float64} }

// CheckExport finds what the algorithm's models cannot be written as.
func (t Train) CheckExport() Problems {
	var ps Problems
	e := t.Export
	refuse := func(key, excerpt, message, hint string) {
		ps = append(ps, Problem{Code: CodeAlgorithm, Field: "train.export." + key, Excerpt: excerpt, Message: message, Hint: hint})
	}
	if e.Safetensors && !slices.Contains(DenseAlgorithms(), t.Algorithm) {
		refuse("safetensors", "true", fmt.Sprintf("the parameters of %s are no tensors", t.Algorithm),
			"leave the key out; it is for "+strings.Join(DenseAlgorithms(), ", "))
	}
	switch {
	case e.Precision == "" || e.Precision == Float32:
	case e.Precision != Float64:
		refuse("precision", e.Precision, fmt.Sprintf("no precision %q", e.Precision), "there are float32 and float64")
	case !slices.Contains(TreeAlgorithms(), t.Algorithm):
		refuse("precision", e.Precision, fmt.Sprintf("%s is written in float32", t.Algorithm),
			"leave the key out; float64 is for "+strings.Join(TreeAlgorithms(), ", "))
	case t.Calibrate != "":
		refuse("precision", e.Precision, "the calibration of probabilities is in float32", "leave out one of precision and calibrate")
	}
	return ps
}
