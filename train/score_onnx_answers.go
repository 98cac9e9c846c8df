package train

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/table"
)

// values fills in a regression.
func (s *onnxScorer) values(p *Predictions) error {
	if s.width != 1 {
		return unfit(fmt.Sprintf("the model has %d numbers a row, and a regression has one", s.width), "")
	}
	c, _ := s.table.Column(s.job.Target)
	p.Columns, p.Value = []string{"value"}, c.Exact
	p.Scores = matrix.Dense{Rows: len(p.Rows), Width: 1, Data: s.scores}
	return s.finite()
}

// finite refuses scores that say nothing.
func (s *onnxScorer) finite() error {
	for i, v := range s.scores {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return unfit(fmt.Sprintf("the model gives %v for row %d", v, i/s.width+1), "a value that is missing may be the cause: fill it in before, in prepare")
		}
	}
	return nil
}

// classes fills in a classification.
func (s *onnxScorer) classes(p *Predictions) error {
	if err := s.finite(); err != nil {
		return err
	}
	c, _ := s.table.Column(s.job.Target)
	actual := filled(len(p.Rows), func(i int) string { return plainLabel(c.Text(i)) })
	p.Columns = s.job.Classes
	if own := s.session.Classes(); len(p.Columns) == 0 && (s.width == len(own) || s.width == 1 && len(own) == 2) {
		for _, l := range own {
			p.Columns = append(p.Columns, plainLabel(l))
		}
	}
	if len(p.Columns) == 0 {
		p.Columns = slices.Clone(actual)
		for _, l := range s.labels {
			p.Columns = append(p.Columns, plainLabel(l))
		}
		slices.SortFunc(p.Columns, compareLabels)
		p.Columns = slices.Compact(p.Columns)
	}
	if err := s.spread(p); err != nil {
		return err
	}
	var err error
	if p.Class, err = indexes(actual, p.Columns, "the column "+s.job.Target); err != nil {
		return err
	}
	if len(s.labels) > 0 {
		p.Predicted, err = indexes(s.labels, p.Columns, "the model")
		return err
	}
	p.Predicted = filled(len(p.Rows), func(i int) int { return slices.Index(p.Scores.Row(i), slices.Max(p.Scores.Row(i))) })
	return nil
}

// spread makes a score for each class: of one number, which is the probability of the
// second of two classes or a margin in its favour; of several; or of labels alone.
func (s *onnxScorer) spread(p *Predictions) error {
	rows, k := len(p.Rows), len(p.Columns)
	p.Scores = matrix.Dense{Rows: rows, Width: k, Data: s.scores}
	switch {
	case s.width == k:
		return nil
	case s.width == 1 && k == 2:
		probable := !slices.ContainsFunc(s.scores, func(v float64) bool { return v < 0 || v > 1 })
		p.Scores.Data = filled(rows*k, func(i int) float64 {
			v := s.scores[i/k]
			switch {
			case i%k == 1:
				return v
			case probable:
				return 1 - v
			}
			return -v
		})
		return nil
	case s.width == 0:
		labels, err := indexes(s.labels, p.Columns, "the model")
		p.Scores.Data = filled(rows*k, func(i int) float64 {
			if err == nil && labels[i/k] == i%k {
				return 1
			}
			return -1 // so that nobody takes it for a probability
		})
		return err
	}
	return unfit(fmt.Sprintf("the model has %d scores a row, and there are %d classes: %s", s.width, k, shortList(p.Columns)),
		"name the classes in the order of its scores with evaluate.onnx.classes")
}

func shortList(names []string) string {
	const most = 5
	text := fmt.Sprintf("%q", names[:min(len(names), most)])
	if len(names) > most {
		text += " …"
	}
	return text
}

// indexes finds labels among the classes.
func indexes(labels, classes []string, whose string) ([]int, error) {
	at := make(map[string]int, len(classes))
	for i, c := range classes {
		at[plainLabel(c)] = i
	}
	out := make([]int, len(labels))
	for i, l := range labels {
		k, ok := at[plainLabel(l)]
		if !ok {
			return nil, unfit(fmt.Sprintf("row %d: %s has the class %q, which is none of %s", i+1, whose, l, shortList(classes)), "")
		}
		out[i] = k
	}
	return out, nil
}

// plainLabel writes whole numbers in one way, so that the label 1 of a model is the 1.0
// of a file.
func plainLabel(text string) string {
	if v, ok := table.Number(text); ok && v == math.Trunc(v) && math.Abs(v) < 1<<53 {
		return strconv.FormatInt(int64(v), 10)
	}
	return text
}

// compareLabels puts numbers in their order, and before texts.
func compareLabels(a, b string) int {
	x, isX := table.Number(a)
	y, isY := table.Number(b)
	switch {
	case isX && isY:
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(a, b))
	case isX != isY:
		if isX {
			return -1
		}
		return 1
	}
	return cmp.Compare(a, b)
}
