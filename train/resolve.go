package train

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
)

// resolve fills in the defaults that do not need the data, and checks the rest
// of the job's header.
func resolve(j job.Train) (job.Train, error) {
	algorithm, ok := job.LookupAlgorithm(j.Algorithm)
	if !ok {
		return j, job.Problems{{Code: job.CodeAlgorithm, Field: "train.algorithm", Excerpt: j.Algorithm,
			Message: fmt.Sprintf("no algorithm %q", j.Algorithm), Hint: "there is " + algorithmNames()}}
	}
	if !slices.Contains(algorithm.Tasks, j.Task) {
		return j, job.Problems{{Code: job.CodeAlgorithm, Field: "train.task", Excerpt: j.Task,
			Message: fmt.Sprintf("%s does not do task %q", j.Algorithm, j.Task),
			Hint:    "it does " + strings.Join(algorithm.Tasks, ", ")}}
	}
	params, err := algorithm.Resolve(j.Params)
	if err != nil {
		return j, err
	}
	j.Params = params
	j.Split, err = resolveSplit(j.Split, j.Task)
	j.Features.Columns = maps.Clone(j.Features.Columns)
	return j, err
}

func algorithmNames() string {
	var names []string
	for _, a := range job.Algorithms() {
		names = append(names, a.Name)
	}
	return strings.Join(names, ", ")
}
