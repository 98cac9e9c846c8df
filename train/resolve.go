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
	if err := needsTarget(j); err != nil {
		return j, err
	}
	j.Split, err = resolveSplit(j.Split)
	j.Features.Columns = maps.Clone(j.Features.Columns)
	return j, err
}

// needsTarget checks that there is a target where the task has one, and that the
// split can do with what there is.
func needsTarget(j job.Train) error {
	supervised := job.Supervised(j.Task)
	switch {
	case supervised && j.Features.Target == "":
		return job.Problems{{Code: job.CodeNoTarget, Field: "features.target", Message: j.Task + " needs a target", Hint: "name its column"}}
	case !supervised && j.Features.Target != "":
		return job.Problems{{Code: job.CodeAlgorithm, Field: "features.target", Excerpt: j.Features.Target,
			Message: j.Task + " has no target", Hint: "exclude the column, or leave the key out"}}
	case j.Split.Kind == job.SplitStratified && j.Task != job.TaskClassification:
		return job.Problems{{Code: job.CodeSplit, Field: "split.kind", Excerpt: j.Split.Kind,
			Message: "a stratified split needs classes", Hint: "use kind: random"}}
	}
	return nil
}

func resolveSplit(s job.Split) (job.Split, error) {
	problem := func(field, excerpt, message, hint string) error {
		return job.Problems{{Code: job.CodeSplit, Field: "split." + field, Excerpt: excerpt, Message: message, Hint: hint}}
	}
	switch s.Kind {
	case job.SplitFixed:
		if s.Test != 0 {
			return s, problem("test", fmt.Sprint(s.Test), "a fixed split takes no share", "its rows are those of data.test")
		}
		return s, nil
	case "":
		s.Kind = job.SplitRandom
	case job.SplitRandom, job.SplitStratified:
	default:
		return s, problem("kind", s.Kind, fmt.Sprintf("no kind of split %q", s.Kind), "there are random, stratified and fixed")
	}
	if s.Test == 0 {
		s.Test = job.DefaultTest
	}
	if !(s.Test > 0 && s.Test < 1) {
		return s, problem("test", fmt.Sprint(s.Test), fmt.Sprintf("the share %v is not between 0 and 1", s.Test), "0.2 holds out a fifth")
	}
	return s, nil
}

func algorithmNames() string {
	var names []string
	for _, a := range job.Algorithms() {
		names = append(names, a.Name)
	}
	return strings.Join(names, ", ")
}
