package train

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/train/calibrate"
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
	if err := checkCurve(j); err != nil {
		return j, err
	}
	if err := j.CheckExport().Err(); err != nil {
		return j, err
	}
	j.Split, err = resolveSplit(j.Split, j.Task)
	j.Features.Columns = maps.Clone(j.Features.Columns)
	return j, err
}

// needsTarget checks that there is a target where the task has one, and none
// elsewhere.
func needsTarget(j job.Train) error {
	supervised := job.Supervised(j.Task)
	switch {
	case supervised && j.Features.Target == "":
		return job.Problems{{Code: job.CodeNoTarget, Field: "features.target", Message: j.Task + " needs a target", Hint: "name its column"}}
	case !supervised && j.Features.Target != "":
		return job.Problems{{Code: job.CodeAlgorithm, Field: "features.target", Excerpt: j.Features.Target,
			Message: j.Task + " has no target", Hint: "exclude the column, or leave the key out"}}
	case j.Calibrate != "" && j.Calibrate != calibrate.Platt && j.Calibrate != calibrate.Isotonic:
		return job.Problems{{Code: job.CodeAlgorithm, Field: "train.calibrate", Excerpt: j.Calibrate,
			Message: fmt.Sprintf("no calibration %q", j.Calibrate), Hint: "there are platt and isotonic"}}
	case j.Calibrate != "" && j.Task != job.TaskClassification:
		return job.Problems{{Code: job.CodeAlgorithm, Field: "train.calibrate", Excerpt: j.Calibrate,
			Message: j.Task + " has no probabilities to calibrate", Hint: "leave the key out"}}
	case j.Split.KFold != 0 && !supervised:
		return job.Problems{{Code: job.CodeSplit, Field: "split.kfold", Message: j.Task + " has no target to cross-validate", Hint: "leave the key out"}}
	}
	return nil
}

func algorithmNames() string {
	var names []string
	for _, a := range job.Algorithms() {
		names = append(names, a.Name)
	}
	return strings.Join(names, ", ")
}
