package train

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/train/features"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/split"
	"github.com/modelbuild/modelbuild/train/table"
)

// input is the data of a job, read and checked. Where the split is not fixed,
// train and test are the same table.
type input struct {
	job                     job.Train
	train, test             *table.Table
	plan                    []features.Column
	classes                 []string // in byte order
	trainTarget, testTarget targets  // of each row of the tables
	parts                   split.Parts
}

func load(ctx context.Context, j job.Train) (*input, error) {
	in := &input{job: j}
	fixed := j.Split.Kind == job.SplitFixed
	if fixed {
		if _, err := dataset(j.Data, job.DatasetTest); err != nil {
			return nil, err // before the training data is read
		}
	}
	var err error
	if in.train, err = open(ctx, j.Data, job.DatasetTrain, withTarget(features.Wants(j.Features), j)); err != nil {
		return nil, err
	}
	if in.plan, err = features.Plan(in.train, j.Features, layoutOf(j)); err != nil {
		return nil, err
	}
	if err := reserved(in.train, in.plan, j.Task); err != nil {
		return nil, err
	}
	in.test = in.train
	if fixed {
		if in.test, err = open(ctx, j.Data, job.DatasetTest, withTarget(features.Needs(in.plan), j)); err != nil {
			return nil, err
		}
	}
	if err := in.target(); err != nil {
		return nil, err
	}
	return in, in.split()
}

// layoutOf is the layout that the job's algorithm wants its rows in.
func layoutOf(j job.Train) features.Layout {
	if algorithms()[j.Algorithm].columns {
		return features.Columns
	}
	return features.Dense
}

// withTarget adds the target, as the task has it, and the weights.
func withTarget(o table.Options, j job.Train) table.Options {
	if j.Task == job.TaskClassification {
		o.Columns[j.Features.Target] = table.Text
	} else if j.Features.Target != "" {
		o.Columns[j.Features.Target] = table.Float64
	}
	if j.Features.Weight != "" {
		o.Columns[j.Features.Weight] = table.Float64
	}
	return o
}

func open(ctx context.Context, data []job.Dataset, name string, o table.Options) (*table.Table, error) {
	d, err := dataset(data, name)
	if err != nil {
		return nil, err
	}
	return table.Open(ctx, d, o)
}

func dataset(data []job.Dataset, name string) (job.Dataset, error) {
	i := slices.IndexFunc(data, func(d job.Dataset) bool { return d.Name == name })
	if i < 0 {
		return job.Dataset{}, job.Problems{{Code: job.CodeNoDataset, Field: "data", Message: fmt.Sprintf("there is no dataset %q", name),
			Hint: fmt.Sprintf("add data.%s", name)}}
	}
	return data[i], nil
}

// reserved refuses features whose name the exported graph needs itself: its
// outputs, and what begins with a slash.
func reserved(t *table.Table, plan []features.Column, task string) error {
	var ps job.Problems
	for _, c := range plan {
		if slices.Contains(outputNames(task), c.Name) || strings.HasPrefix(c.Name, "/") {
			ps = append(ps, job.Problem{Code: job.CodeReserved, Field: "features", Dataset: t.Name, Line: 1, Name: c.Name,
				Excerpt: c.Name, Message: fmt.Sprintf("column %q has a name that the exported model uses itself", c.Name),
				Hint: "rename or exclude it"})
		}
	}
	return ps.Err()
}

func (in *input) split() error {
	s := in.job.Split
	switch s.Kind {
	case job.SplitFixed:
		in.parts = split.Parts{Train: all(in.train.Rows()), Test: all(in.test.Rows())}
	case job.SplitStratified:
		in.parts = split.Stratified(in.trainTarget.Class, len(in.classes), s.Test, in.job.Seed)
	default:
		in.parts = split.Random(in.train.Rows(), s.Test, in.job.Seed)
	}
	problem := job.Problem{Code: job.CodeSplit, Field: "split", Dataset: in.train.Name, Hint: "add rows, or change the share"}
	if s.Kind == job.SplitRandom && in.classes != nil {
		problem.Hint += ", or use kind: stratified"
	}
	counts := in.counts(in.trainTarget.Class, in.parts.Train)
	lost := slices.Index(counts, 0)
	switch {
	case len(in.parts.Test) == 0:
		problem.Message = fmt.Sprintf("the split of %d rows holds none out", in.train.Rows())
	case len(in.parts.Train) == 0:
		problem.Message = fmt.Sprintf("the split leaves none of %d rows to train on", in.train.Rows())
	case lost >= 0:
		problem.Message = fmt.Sprintf("the split leaves no row of class %q to train on", in.classes[lost])
	default:
		return nil
	}
	return job.Problems{problem}
}

// counts is how many of the rows each class has; nil where there are no classes.
func (in *input) counts(class, rows []int) []int {
	if class == nil {
		return nil
	}
	counts := make([]int, len(in.classes))
	for _, r := range rows {
		counts[class[r]]++
	}
	return counts
}

func all(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}
