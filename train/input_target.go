package train

import (
	"fmt"
	"slices"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/table"
)

// target reads the classes or values of the target. The classes are its texts
// in the training data, in byte order.
func (in *input) target() error {
	var err error
	switch in.job.Task {
	case job.TaskClassification:
		err = in.targetClasses()
	case job.TaskRegression:
		err = in.targetValues()
	}
	if err == nil {
		err = in.checkThreshold()
	}
	if err == nil && in.job.Features.Weight != "" {
		in.trainTarget.Weight, err = weights(in.train, in.job.Features.Weight)
	}
	return err
}

// checkThreshold refuses a threshold where there is no probability of a second of
// two classes.
func (in *input) checkThreshold() error {
	j := in.job
	fail := func(message, hint string) error {
		return job.Problems{{Code: job.CodeAlgorithm, Field: "train.threshold", Excerpt: fmt.Sprint(j.Threshold), Message: message, Hint: hint}}
	}
	switch {
	case j.Threshold == 0:
		return nil
	case !(j.Threshold > 0 && j.Threshold < 1):
		return fail(fmt.Sprintf("the threshold %v is not between 0 and 1", j.Threshold), "as in threshold: 0.3")
	case len(in.classes) != 2:
		return fail(fmt.Sprintf("a threshold is for two classes; there are %d", len(in.classes)), "leave the key out")
	case algorithms()[j.Algorithm].scores && j.Calibrate == "":
		return fail(j.Algorithm+" has no probabilities", "add calibrate: platt")
	}
	return nil
}

func (in *input) targetClasses() error {
	c, err := targetColumn(in.train, in.job.Features.Target)
	if err != nil {
		return err
	}
	in.classes = slices.Sorted(slices.Values(c.Values))
	if len(in.classes) < 2 {
		return in.oneValue("class", table.Excerpt(in.classes[0]), "a classifier needs two classes or more")
	}
	in.trainTarget = targets{Class: in.index(c), Classes: len(in.classes)}
	in.testTarget = in.trainTarget
	if in.test == in.train {
		return nil
	}
	if c, err = targetColumn(in.test, in.job.Features.Target); err != nil {
		return err
	}
	in.testTarget.Class = in.index(c)
	if row := slices.Index(in.testTarget.Class, -1); row >= 0 {
		p := in.test.Problem(job.CodeUnseenClass, "features.target", c, table.Cells{N: 1, Row: row, Text: c.Text(row)})
		p.Message = fmt.Sprintf("class %q is not in data.%s", p.Excerpt, in.train.Name)
		p.Hint = "add rows of it to the training data, or leave it out of the test data"
		return job.Problems{p}
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

func (in *input) targetValues() error {
	c, err := targetColumn(in.train, in.job.Features.Target)
	if err != nil {
		return err
	}
	in.trainTarget.Value = c.Exact
	in.testTarget.Value = c.Exact
	if !slices.ContainsFunc(c.Exact, func(v float64) bool { return v != c.Exact[0] }) {
		return in.oneValue("target", c.Text(0), "there is nothing to predict")
	}
	if in.test == in.train {
		return nil
	}
	if c, err = targetColumn(in.test, in.job.Features.Target); err != nil {
		return err
	}
	in.testTarget.Value = c.Exact
	return nil
}

func (in *input) oneValue(what, value, hint string) error {
	return job.Problems{{Code: job.CodeOneClass, Field: "features.target", Dataset: in.train.Name,
		Name: in.job.Features.Target, Excerpt: value, Message: fmt.Sprintf("every row has the %s %q", what, value), Hint: hint}}
}

// targetColumn is the target of a table, with a value in every row that can be
// learnt from.
func targetColumn(t *table.Table, target string) (*table.Column, error) {
	c, ok := t.Column(target)
	if !ok {
		return nil, job.Problems{t.NoColumn(job.CodeNoTarget, "features.target", target)}
	}
	var ps job.Problems
	add := func(code string, at table.Cells, message, hint string) {
		if at.N == 0 {
			return
		}
		p := t.Problem(code, "features.target", c, at)
		p.Message = fmt.Sprintf("target %q %s%s", target, fmt.Sprintf(message, p.Excerpt), table.More(at.N-1))
		p.Hint = hint
		ps = append(ps, p)
	}
	add(job.CodeMissingTarget, c.Missing, "has no value%.0s", "remove rows without a target")
	add(job.CodeBadNumber, c.Bad, "is %q, not a number", "correct the data, or use task: classification")
	add(job.CodeInfinite, c.TooLarge(), "is %s, which is too large for float32", "use a larger unit")
	return c, ps.Err()
}
