package boost

// Objectives of regression. Classification has the log loss.
const (
	SquaredError  = "squared_error"
	AbsoluteError = "absolute_error"
	Quantile      = "quantile"
	Poisson       = "poisson"
	Gamma         = "gamma"
	Tweedie       = "tweedie"
)

// Options are the algorithm's parameters.
type Options struct {
	Objective     string  // of regression
	Alpha         float64 // the quantile of Quantile
	TweediePower  float64 // the variance's power of Tweedie, between 1 and 2
	Trees         int     // iterations
	LearningRate  float64
	Leaves        int // most leaves of a tree, at most MaxLeaves
	MaxDepth      int // most splits above a leaf; zero for no limit
	MinSamples    int // least rows in a leaf
	MinWeight     float64
	MinGain       float64 // least gain of a split
	L1, L2        float64
	Subsample     float64 // share of the rows that each iteration draws
	Features      float64 // share of the features that each tree draws
	Bins          int     // most bins of a feature beside that for what is missing
	EarlyStopping int     // iterations without a better validation loss before it stops; zero for never
	Validation    float64 // share of the rows held out for early stopping
	Monotone      []int   // for each feature 1, -1 or 0; nil for none
	Double        bool    // the exported model adds in float64
	Seed          uint64
}

// MaxLeaves is the most leaves that a tree can have.
const MaxLeaves = 1<<16 - 1
