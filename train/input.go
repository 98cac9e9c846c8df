package train

import (
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

func load(j job.Train) (*input, error) {
	in := &input{job: j}
	var err error
	if in.train, err = open(j.Data, job.DatasetTrain); err != nil {
		return nil, err
	}
	in.test = in.train
	if j.Split.Kind == job.SplitFixed {
		if in.test, err = open(j.Data, job.DatasetTest); err != nil {
			return nil, err
		}
	}
	if in.plan, err = features.Plan(in.train, j.Features); err != nil {
		return nil, err
	}
	if err := reserved(in.train, in.plan); err != nil {
		return nil, err
	}
	if err := in.target(); err != nil {
		return nil, err
	}
	return in, in.split()
}

func open(data []job.Dataset, name string) (*table.Table, error) {
	i := slices.IndexFunc(data, func(d job.Dataset) bool { return d.Name == name })
	if i < 0 {
		return nil, job.Problems{{Code: job.CodeNoDataset, Field: "data", Message: fmt.Sprintf("there is no dataset %q", name),
			Hint: fmt.Sprintf("add data.%s", name)}}
	}
	return table.Open(data[i])
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
	cells, err := targetCells(in.train, in.job.Features.Target)
	if err != nil {
		return err
	}
	in.classes = slices.Compact(slices.Sorted(slices.Values(cells)))
	if len(in.classes) < 2 {
		return job.Problems{{Code: job.CodeOneClass, Field: "features.target", Dataset: in.train.Name,
			Name: in.job.Features.Target, Excerpt: table.Excerpt(in.classes[0]),
			Message: fmt.Sprintf("every row has the class %q", table.Excerpt(in.classes[0])),
			Hint:    "a classifier needs two classes or more"}}
	}
	in.trainClass = in.index(cells)
	in.testClass = in.trainClass
	if in.test == in.train {
		return nil
	}
	if cells, err = targetCells(in.test, in.job.Features.Target); err != nil {
		return err
	}
	in.testClass = in.index(cells)
	if row := slices.Index(in.testClass, -1); row >= 0 {
		return job.Problems{{Code: job.CodeUnseenClass, Field: "features.target", Dataset: in.test.Name,
			Line: in.test.Lines[row], Name: in.job.Features.Target, Excerpt: table.Excerpt(cells[row]),
			Message: fmt.Sprintf("class %q is not in data.%s", table.Excerpt(cells[row]), in.train.Name),
			Hint:    "add rows of it to the training data, or leave it out of the test data"}}
	}
	return nil
}

func (in *input) index(cells []string) []int {
	class := make([]int, len(cells))
	for i, cell := range cells {
		k, ok := slices.BinarySearch(in.classes, cell)
		if !ok {
			k = -1
		}
		class[i] = k
	}
	return class
}

func targetCells(t *table.Table, target string) ([]string, error) {
	c, ok := t.Column(target)
	if !ok {
		return nil, job.Problems{t.NoColumn(job.CodeNoTarget, "features.target", target)}
	}
	missing, first := 0, -1
	for row, cell := range c.Cells {
		if table.Missing(cell) {
			if missing++; first < 0 {
				first = row
			}
		}
	}
	if missing > 0 {
		return nil, job.Problems{{Code: job.CodeMissingTarget, Field: "features.target", Dataset: t.Name,
			Line: t.Lines[first], Name: target, Excerpt: table.Excerpt(c.Cells[first]),
			Message: fmt.Sprintf("target %q has no value%s", target, table.More(missing-1)),
			Hint:    "remove rows without a target"}}
	}
	return c.Cells, nil
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
