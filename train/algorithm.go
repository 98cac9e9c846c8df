package train

import (
	"context"
	"maps"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/learn"
)

// algorithm is how an entry of the catalogue is run.
type algorithm struct {
	columns bool // wants matrix.Columns rather than matrix.Dense
	scores  bool // a classifier whose results are margins, not probabilities
	fit     func(context.Context, learn.Sample, request) (learn.Model, learn.Info, error)
}

// request is what a fit needs besides the rows.
type request struct {
	task     string
	params   params
	seed     uint64
	double   bool     // whether trees are to add in float64
	features []string // names of the features in their order
	progress learn.Progress
}

// params are resolved parameters: every one of the algorithm's is there, in the
// Go type of its kind.
type params job.Params

func (p params) float(name string) float64 { return p[name].(float64) }
func (p params) int(name string) int       { return p[name].(int) }
func (p params) bool(name string) bool     { return p[name].(bool) }
func (p params) text(name string) string   { return p[name].(string) }

// algorithms holds an entry for each of [job.Algorithms].
func algorithms() map[string]algorithm {
	all := map[string]algorithm{}
	for _, family := range []map[string]algorithm{bayesAlgorithms(), neighborsAlgorithms(), forestAlgorithms(), isolationAlgorithms(),
		linearAlgorithms(), glmAlgorithms(), svmAlgorithms(), boostAlgorithms(),
		clusterAlgorithms(), decompositionAlgorithms(), neuralAlgorithms()} {
		maps.Copy(all, family)
	}
	return all
}
