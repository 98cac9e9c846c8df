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
	job         job.Train
	train, test *table.Table
	// trial says that the held-out rows are not read: those of a fixed split are not
	// opened, and of others none is in parts.Test.
	trial bool
	plan  []features.Column
	parts split.Parts

	// The target of each row of the tables: classes or values by the task, neither
	// for the tasks without a target.
	classes                 []string // in byte order
	trainTarget, testTarget targets
}

// load reads the data of a job in the layout that its algorithm wants.
func load(ctx context.Context, j job.Train) (*input, error) { return (&input{job: j}).load(ctx) }

func (in *input) load(ctx context.Context) (*input, error) {
	j := in.job
	fixed := j.Split.Kind == job.SplitFixed && !in.trial
	if fixed {
		if _, err := dataset(j.Data, job.DatasetTest); err != nil {
			return nil, err // before the training data is read
		}
	}
	f := in.features()
	var err error
	if in.train, err = open(ctx, j.Data, job.DatasetTrain, in.reads(features.Wants(f))); err != nil {
		return nil, err
	}
	if column := j.Split.Column; column != "" {
		if _, ok := in.train.Column(column); !ok {
			return nil, job.Problems{in.train.NoColumn(job.CodeNoColumn, "split.column", column)}
		}
	}
	if in.plan, err = features.Plan(in.train, f, layoutOf(j)); err != nil {
		return nil, err
	}
	if err := reserved(in.train, in.plan, j.Task); err != nil {
		return nil, err
	}
	in.test = in.train
	if fixed {
		if in.test, err = open(ctx, j.Data, job.DatasetTest, in.reads(features.Needs(in.plan))); err != nil {
			return nil, err
		}
	}
	if err := in.target(); err != nil {
		return nil, err
	}
	return in, in.split()
}

// features is the job's, without the column that the rows are split by unless
// it is declared.
func (in *input) features() job.Features {
	f := in.job.Features
	column := in.job.Split.Column
	if _, declared := f.Columns[column]; column == "" || declared || slices.Contains(f.Exclude, column) {
		return f
	}
	f.Exclude = append(slices.Clone(f.Exclude), column)
	return f
}

// reads adds what is read beside the features: the target and the column that
// the rows are split by.
func (in *input) reads(o table.Options) table.Options {
	if column := in.job.Split.Column; column != "" {
		kind, feature := o.Columns[column]
		switch {
		case feature && kind == table.Float32:
			o.Columns[column] = table.Float64
		case feature && kind != table.Skip:
		case in.job.Split.Kind == job.SplitTime:
			o.Columns[column] = table.Time
		default:
			o.Columns[column] = table.Text
		}
	}
	if target := in.job.Features.Target; target != "" {
		o.Columns[target] = table.Skip
		switch in.job.Task {
		case job.TaskClassification:
			o.Columns[target] = table.Text
		case job.TaskRegression:
			o.Columns[target] = table.Float64
		}
	}
	if weight := in.job.Features.Weight; weight != "" {
		o.Columns[weight] = table.Float64
	}
	return o
}

// layoutOf is the layout that the job's algorithm wants its rows in.
func layoutOf(j job.Train) features.Layout {
	if algorithms()[j.Algorithm].columns {
		return features.Columns
	}
	return features.Dense
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

func all(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}
