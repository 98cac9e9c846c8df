package forest

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/modelbuild/modelbuild/train/job"
)

// Measures of how mixed a node is.
const (
	Auto         = "auto"          // Gini for classification, SquaredError for regression
	Gini         = "gini"          // Σ_c p_c (1 - p_c)
	Entropy      = "entropy"       // -Σ_c p_c log2 p_c
	SquaredError = "squared_error" // the variance
)

// Numbers of features that are tried at a node; with Auto, Sqrt for
// classification and All for regression.
const (
	All  = "all"
	Sqrt = "sqrt"
	Log2 = "log2"
)

// Options are the algorithm's parameters. The zero value of a limit is no
// limit.
type Options struct {
	Trees       int
	Double      bool    // results are not rounded to float32
	Bootstrap   bool    // each tree draws rows with replacement
	MaxSamples  float64 // rows drawn for a tree, as a share of all; 0 and 1 are all
	RandomCuts  bool    // extremely randomised: one cut is drawn for each feature
	Criterion   string  // Auto where empty
	MaxFeatures string  // Auto where empty
	Fraction    float64 // share of the features tried at a node, in place of MaxFeatures
	MaxDepth    int
	MaxLeaves   int     // leaves of a tree; the best splits are made first
	MinSplit    int     // fewest rows of a node that is split
	MinLeaf     int     // fewest rows of a leaf
	MinDecrease float64 // least decrease of the impurity, weighted by the node's share of the rows
	Bins        int     // most bins of a feature
	OutOfBag    bool    // score each tree on the rows that it did not draw
	Seed        uint64
}

// resolve fills in what depends on the task and the number of features.
func (o Options) resolve(classification bool, width int) (Options, int, error) {
	switch {
	case o.Criterion == "" || o.Criterion == Auto:
		o.Criterion = SquaredError
		if classification {
			o.Criterion = Gini
		}
	case classification == (o.Criterion == SquaredError):
		return o, 0, job.Problems{{Code: job.CodeAlgorithm, Field: "train.params.criterion", Excerpt: o.Criterion,
			Message: fmt.Sprintf("criterion %s is for another task", o.Criterion),
			Hint:    "gini and entropy are for classification, squared_error is for regression"}}
	}
	o.Trees, o.MinLeaf, o.MinSplit = max(1, o.Trees), max(1, o.MinLeaf), max(2, o.MinSplit)
	return o, min(width, max(1, o.tried(classification, width))), nil
}

// tried is the number of features tried at a node, rounded down.
func (o Options) tried(classification bool, width int) int {
	if o.Fraction > 0 {
		return int(float64(o.Fraction * float64(width)))
	}
	switch {
	case o.MaxFeatures == Log2:
		return bits.Len(uint(width)) - 1
	case o.MaxFeatures == Sqrt, o.MaxFeatures != All && classification:
		return int(math.Sqrt(float64(width)))
	}
	return width
}
