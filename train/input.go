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
	job                   job.Train
	train, test           *table.Table
	plan                  []features.Column
	classes               []string // in byte order
	trainClass, testClass []int    // class of each row of the tables
	parts                 split.Parts
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
	if in.train, err = open(ctx, j.Data, job.DatasetTrain, withTarget(features.Wants(j.Features), j.Features.Target)); err != nil {
		return nil, err
	}
	if in.plan, err = features.Plan(in.train, j.Features, features.Dense); err != nil {
		return nil, err
	}
	if err := reserved(in.train, in.plan); err != nil {
		return nil, err
	}
	in.test = in.train
	if fixed {
		if in.test, err = open(ctx, j.Data, job.DatasetTest, withTarget(features.Needs(in.plan), j.Features.Target)); err != nil {
			return nil, err
		}
	}
	if err := in.target(); err != nil {
		return nil, err
	}
	return in, in.split()
}

// withTarget adds the target, as texts.
func withTarget(o table.Options, target string) table.Options {
	o.Columns[target] = table.Text
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
func reserved(t *table.Table, plan []features.Column) error {
	var ps job.Problems
	for _, c := range plan {
		if c.Name == OutputLabel || c.Name == OutputProbabilities || strings.HasPrefix(c.Name, "/") {
			ps = append(ps, job.Problem{Code: job.CodeReserved, Field: "features", Dataset: t.Name, Line: 1, Name: c.Name,
				Excerpt: c.Name, Message: fmt.Sprintf("column %q has a name that the exported model uses itself", c.Name),
				Hint: "rename or exclude it"})
		}
	}
	return ps.Err()
}

// target reads the classes. They are the texts of the target in the training
// data, in byte order.
func (in *input) target() error {
	c, err := targetColumn(in.train, in.job.Features.Target)
	if err != nil {
		return err
	}
	in.classes = slices.Sorted(slices.Values(c.Values))
	if len(in.classes) < 2 {
		return job.Problems{{Code: job.CodeOneClass, Field: "features.target", Dataset: in.train.Name,
			Name: in.job.Features.Target, Excerpt: table.Excerpt(in.classes[0]),
			Message: fmt.Sprintf("every row has the class %q", table.Excerpt(in.classes[0])),
			Hint:    "a classifier needs two classes or more"}}
	}
	in.trainClass = in.index(c)
	in.testClass = in.trainClass
	if in.test == in.train {
		return nil
	}
	if c, err = targetColumn(in.test, in.job.Features.Target); err != nil {
		return err
	}
	in.testClass = in.index(c)
	if row := slices.Index(in.testClass, -1); row >= 0 {
		class := table.Excerpt(c.Text(row))
		return job.Problems{{Code: job.CodeUnseenClass, Field: "features.target", Dataset: in.test.Name,
			Line: in.test.Line(row), Name: in.job.Features.Target, Excerpt: class,
			Message: fmt.Sprintf("class %q is not in data.%s", class, in.train.Name),
			Hint:    "add rows of it to the training data, or leave it out of the test data"}}
	}
	return nil
}

// index is the class of each row of a target without missing values.
func (in *input) index(c *table.Column) []int {
	classes := make([]int, len(c.Values))
	for code, text := range c.Values {
		k, ok := slices.BinarySearch(in.classes, text)
		if !ok {
			k = -1
		}
		classes[code] = k
	}
	rows := make([]int, len(c.Codes))
	for i, code := range c.Codes {
		rows[i] = classes[code]
	}
	return rows
}

func targetColumn(t *table.Table, target string) (*table.Column, error) {
	c, ok := t.Column(target)
	if !ok {
		return nil, job.Problems{t.NoColumn(job.CodeNoTarget, "features.target", target)}
	}
	if c.Missing.N > 0 {
		p := t.Problem(job.CodeMissingTarget, "features.target", c, c.Missing)
		p.Message = fmt.Sprintf("target %q has no value%s", target, table.More(c.Missing.N-1))
		p.Hint = "remove rows without a target"
		return nil, job.Problems{p}
	}
	return c, nil
}

func (in *input) split() error {
	s := in.job.Split
	switch s.Kind {
	case job.SplitFixed:
		in.parts = split.Parts{Train: all(in.train.Rows()), Test: all(in.test.Rows())}
	case job.SplitStratified:
		in.parts = split.Stratified(in.trainClass, len(in.classes), s.Test, in.job.Seed)
	default:
		in.parts = split.Random(in.train.Rows(), s.Test, in.job.Seed)
	}
	problem := job.Problem{Code: job.CodeSplit, Field: "split", Dataset: in.train.Name, Hint: "add rows, or change the share"}
	if s.Kind == job.SplitRandom {
		problem.Hint += ", or use kind: stratified"
	}
	counts := in.counts(in.trainClass, in.parts.Train)
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

// counts is how many of the rows each class has.
func (in *input) counts(class, rows []int) []int {
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
