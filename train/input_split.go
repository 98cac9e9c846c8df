package train

import (
	"fmt"
	"slices"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/split"
	"github.com/modelbuild/modelbuild/train/table"
)

// resolveSplit fills in a split's defaults and checks what needs no data.
func resolveSplit(s job.Split, task string) (job.Split, error) {
	if s.Kind == "" {
		s.Kind = job.SplitRandom
	}
	problem := func(field, excerpt, message, hint string) error {
		return job.Problems{{Code: job.CodeSplit, Field: "split." + field, Excerpt: excerpt, Message: message, Hint: hint}}
	}
	needs := slices.Contains(job.SplitsByColumn(), s.Kind)
	ok := needs || slices.Contains([]string{job.SplitRandom, job.SplitStratified, job.SplitFixed}, s.Kind)
	switch {
	case !ok:
		return s, problem("kind", s.Kind, fmt.Sprintf("no kind of split %q", s.Kind), "there are random, stratified, fixed, time, group and hash")
	case s.Kind == job.SplitStratified && task != job.TaskClassification:
		return s, problem("kind", s.Kind, fmt.Sprintf("a split of %s has no classes to be stratified by", task), "use kind: random")
	case s.KFold != 0 && (s.KFold < job.MinFolds || s.KFold > job.MaxFolds):
		return s, problem("kfold", fmt.Sprint(s.KFold), fmt.Sprintf("%d is not a number of folds", s.KFold), "use 2 to 100, 5 for example")
	case needs && s.Column == "":
		return s, problem("column", "", fmt.Sprintf("a %s split needs a column", s.Kind), "name it, as in column: date")
	case !needs && s.Column != "":
		return s, problem("column", s.Column, fmt.Sprintf("a %s split takes no column", s.Kind), "time, group and hash do")
	case s.Kind == job.SplitFixed && s.Test != 0:
		return s, problem("test", fmt.Sprint(s.Test), "a fixed split takes no share", "its rows are those of data.test")
	case s.Kind == job.SplitFixed:
		return s, nil
	case s.Test == 0:
		s.Test = job.DefaultTest
	}
	if !(s.Test > 0 && s.Test < 1) {
		return s, problem("test", fmt.Sprint(s.Test), fmt.Sprintf("the share %v is not between 0 and 1", s.Test), "0.2 holds out a fifth")
	}
	return s, nil
}

// splitColumn is the column that the rows are split by, with a value in every
// row.
func (in *input) splitColumn() (*table.Column, error) {
	name := in.job.Split.Column
	c, _ := in.train.Column(name)
	fail := func(at table.Cells, message, hint string) error {
		p := in.train.Problem(job.CodeSplit, "split.column", c, at)
		p.Message, p.Hint = fmt.Sprintf("column %q %s%s", name, message, table.More(at.N-1)), hint
		return job.Problems{p}
	}
	timed := in.job.Split.Kind == job.SplitTime
	switch {
	case c.Missing.N > 0:
		return nil, fail(c.Missing, "has no value to split by", "remove the rows, or give them a value")
	case timed && c.Exact == nil:
		return nil, fail(table.Cells{N: 1}, "is not read as a date or number", "declare type: date or type: number, or do not learn from it")
	case c.Bad.N > 0 && timed:
		return nil, fail(c.Bad, fmt.Sprintf("has %q, which is neither a date nor a number", table.Excerpt(c.Bad.Text)), "dates are written as in 2026-11-24")
	case c.Dates > 0 && c.Dates < len(c.Exact) && c.Kind == table.Time:
		return nil, fail(table.Cells{N: 1}, "has dates and numbers, which have no order", "write all in one way")
	}
	return c, nil
}

// keys are the texts of a column by row, and which of its distinct ones each is.
func keys(c *table.Column, rows int) (texts []string, group []int, groups int) {
	numbers := map[string]int{}
	texts, group = make([]string, rows), make([]int, rows)
	for row := range rows {
		text := c.Text(row)
		k, ok := numbers[text]
		if !ok {
			k = len(numbers)
			numbers[text] = k
		}
		texts[row], group[row] = text, k
	}
	return texts, group, len(numbers)
}

func (in *input) split() error {
	s, rows := in.job.Split, in.train.Rows()
	var c *table.Column
	if s.Column != "" {
		var err error
		if c, err = in.splitColumn(); err != nil {
			return err
		}
	}
	switch s.Kind {
	case job.SplitFixed:
		in.parts = split.Parts{Train: all(rows), Test: all(in.test.Rows())}
	case job.SplitStratified:
		in.parts = split.Stratified(in.trainTarget.Class, len(in.classes), s.Test, in.job.Seed)
	case job.SplitTime:
		in.parts = split.Time(c.Exact, s.Test)
	case job.SplitGroup:
		_, group, groups := keys(c, rows)
		in.parts = split.Group(group, groups, s.Test, in.job.Seed)
	case job.SplitHash:
		texts, _, _ := keys(c, rows)
		in.parts = split.Hash(texts, s.Test, in.job.Seed)
	default:
		in.parts = split.Random(rows, s.Test, in.job.Seed)
	}
	return in.checkParts(in.parts, "the split", rows)
}

// checkParts refuses parts without rows, or without a class to learn.
func (in *input) checkParts(parts split.Parts, what string, rows int) error {
	problem := job.Problem{Code: job.CodeSplit, Field: "split", Dataset: in.train.Name, Hint: "add rows, or change the share"}
	switch what {
	case "the split":
	case validationPart:
		problem.Hint = "compare the trials by few folds, as in split: {kfold: 2}"
	default:
		problem.Field, problem.Hint = "split.kfold", "use fewer folds"
	}
	if in.job.Split.Kind == job.SplitRandom && in.classes != nil {
		problem.Hint += ", or use kind: stratified"
	}
	counts := in.counts(in.trainTarget.Class, parts.Train)
	lost := slices.Index(counts, 0)
	switch {
	case len(parts.Test) == 0:
		problem.Message = fmt.Sprintf("%s of %d rows holds none out", what, rows)
	case len(parts.Train) == 0:
		problem.Message = fmt.Sprintf("%s leaves none of %d rows to train on", what, rows)
	case lost >= 0:
		problem.Message = fmt.Sprintf("%s leaves no row of class %q to train on", what, in.classes[lost])
	default:
		return nil
	}
	return job.Problems{problem}
}

// folds are the parts of a cross-validation of the training part: rows of the
// training data, those of in.parts.Train only. The way to cut follows the kind
// of split; that of a fixed split is stratified where there are classes.
func (in *input) folds() ([]split.Parts, error) {
	rows := in.parts.Train
	f, err := in.assignFolds()
	if err != nil {
		return nil, err
	}
	out := make([]split.Parts, in.job.Split.KFold)
	for i := range out {
		p := f.Parts(i)
		out[i] = split.Parts{Train: pick(rows, p.Train), Test: pick(rows, p.Test)}
		if err := in.checkParts(out[i], fmt.Sprintf("fold %d", i+1), len(rows)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// assignFolds says of each row of the training part in which fold it is.
func (in *input) assignFolds() (split.Folds, error) {
	s, rows := in.job.Split, in.parts.Train
	switch {
	case s.Column != "":
		return in.columnFolds()
	case in.classes != nil && s.Kind != job.SplitRandom:
		return split.StratifiedFolds(pick(in.trainTarget.Class, rows), len(in.classes), s.KFold, in.job.Seed), nil
	}
	return split.RandomFolds(len(rows), s.KFold, in.job.Seed), nil
}

// validation is a fifth of the training part, held out as the split does: by time the
// latest rows, by group whole groups, and otherwise the last of five folds.
func (in *input) validation() (split.Parts, error) {
	rows := in.parts.Train
	p, err := in.holdFifth()
	if err != nil {
		return split.Parts{}, err
	}
	p = split.Parts{Train: pick(rows, p.Train), Test: pick(rows, p.Test)}
	return p, in.checkParts(p, validationPart, len(rows))
}

func (in *input) holdFifth() (split.Parts, error) {
	const share = 1.0 / job.DefaultFolds
	rows, kind := in.parts.Train, in.job.Split.Kind
	if kind != job.SplitTime && kind != job.SplitGroup {
		five := *in
		five.job.Split.KFold = job.DefaultFolds
		f, err := five.assignFolds()
		return f.Parts(job.DefaultFolds - 1), err
	}
	c, err := in.splitColumn()
	if err != nil {
		return split.Parts{}, err
	}
	if kind == job.SplitTime {
		return split.Time(pick(c.Exact, rows), share), nil
	}
	_, group, groups := keys(c, in.train.Rows())
	return split.Group(pick(group, rows), groups, share, in.job.Seed), nil
}

// validationPart is the name of [input.validation] in messages.
const validationPart = "the validation part"

func (in *input) columnFolds() (split.Folds, error) {
	c, err := in.splitColumn()
	if err != nil {
		return split.Folds{}, err
	}
	rows, s := in.parts.Train, in.job.Split
	if s.Kind == job.SplitTime {
		moments := make([]float64, len(rows))
		for i, r := range rows {
			moments[i] = c.Exact[r]
		}
		return split.TimeFolds(moments, s.KFold), nil
	}
	texts, group, groups := keys(c, in.train.Rows())
	if s.Kind == job.SplitGroup {
		return split.GroupFolds(pick(group, rows), groups, s.KFold, in.job.Seed), nil
	}
	mine := make([]string, len(rows))
	for i, r := range rows {
		mine[i] = texts[r]
	}
	return split.HashFolds(mine, s.KFold, in.job.Seed), nil
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
