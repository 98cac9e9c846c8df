// Package learn is what an algorithm and the engine agree on: what a fit gets,
// and what it gives back.
package learn

import (
	"context"

	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/onnx"
)

// Input is encoded rows in the layout that the algorithm asks for; the other
// one is empty.
type Input struct {
	Dense   matrix.Dense
	Columns matrix.Columns
}

// Rows is the number of rows in either layout.
func (in Input) Rows() int { return max(in.Dense.Rows, in.Columns.Rows) }

// Target is what the rows are to teach. Class is set for classification,
// Value for regression, and neither for the tasks without a target.
type Target struct {
	Class   []int // from 0 to Classes-1
	Classes int
	Value   []float64
	Weight  matrix.Weights // of each row, positive
}

// Sample is rows with their targets.
type Sample struct {
	Input
	Target
}

// Progress is told how far a fit is. Total is zero where it is not known; loss
// is NaN where there is none.
type Progress func(done, total int, loss float64)

// Reasons for the end of a fit, beside those of package optimize.
const (
	StoppedDone  = "done"  // the algorithm has a fixed amount of work, and did it
	StoppedEarly = "early" // the validation loss no longer improved
)

// Info is how a fit ended.
type Info struct {
	Iterations int
	Loss       float64 // the objective at the end; zero where there is none
	Gradient   float64 // largest absolute component of its gradient; zero where there is none
	Converged  bool
	Stopped    string
}

// Model is a fitted model.
type Model interface {
	// Predict returns one row for each row of the input. What is in it depends on
	// the task:
	//
	//	classification  the probability, or for margin classifiers the score, of each class
	//	regression      the value
	//	clustering      a score for each cluster, the largest that of its own
	//	anomaly         one score, higher for what is less like the training rows
	//	decomposition   the coordinates
	Predict(ctx context.Context, in Input) (matrix.Dense, error)

	// Export adds nodes that compute the same in float32 from the tensor named
	// in, of shape [rows, features], and returns the name of their result. Dense
	// input arrives filled and scaled; Columns as raw numbers and codes of
	// categories, with NaN for what is missing.
	Export(b *onnx.Builder, in string) string

	// Finite says whether every number of the model is finite.
	Finite() bool
}
