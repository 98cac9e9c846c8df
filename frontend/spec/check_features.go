package spec

import (
	"math"
	"slices"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/train/job"
)

func (c *checker) features() {
	f := c.m.Features
	if !f.Set {
		return
	}
	for i := range f.Columns.Entries {
		e := &f.Columns.Entries[i]
		c.columnWords(e.Key, &e.Value)
		c.columnKeys(e.Key, &e.Value)
		c.columnNumbers(e.Key, &e.Value)
	}
	for _, x := range f.Exclude.Items {
		if x.Set && x.V == f.Target.V {
			c.diags.Add(diag.Conflict, x.At, "the target is never learnt from; take it out of exclude", "the target %q is excluded", x.V)
		}
	}
}

// columnWords checks the words of a column, whatever its type. The path is made
// for a mistake only: columns may be many.
func (c *checker) columnWords(name string, col *Column) {
	for _, v := range []struct {
		key     string
		v       Value[string]
		allowed []string
	}{{".type", col.Type, columnTypes}, {".missing", col.Missing, columnMissing}, {".scale", col.Scale, columnScales}, {".encode", col.Encode, columnEncodings}} {
		if v.v.Set && !slices.Contains(v.allowed, v.v.V) {
			c.choice(v.v, "features.columns."+name+v.key, v.allowed)
		}
	}
	for _, part := range col.Parts.Items {
		if part.Set && !slices.Contains(columnParts, part.V) {
			c.choice(part, "features.columns."+name+".parts", columnParts)
		}
	}
}

// columnKeys refuses the keys and words that a declared type does not have. What
// only some algorithms take is left to the training.
func (c *checker) columnKeys(name string, col *Column) {
	t, ok := job.Treatments(col.Type.V, true)
	if !ok {
		return
	}
	if col.Type.V == job.TypeCategory && col.Scale.Set {
		c.diags.Add(diag.Conflict, col.Scale.At, "leave scale out", "a category column is not scaled")
		t.Scale = columnScales
	}
	for _, v := range []struct {
		key            string
		v              Value[string]
		allowed, known []string
	}{{"missing", col.Missing, t.Missing, columnMissing}, {"scale", col.Scale, t.Scale, columnScales}, {"encode", col.Encode, t.Encode, columnEncodings}} {
		switch {
		case !v.v.Set || slices.Contains(v.allowed, v.v.V) || !slices.Contains(v.known, v.v.V):
		case len(v.allowed) == 0:
			c.diags.Add(diag.Conflict, v.v.At, "take it out", "%s: a %s column has no %s", name, col.Type.V, v.key)
		default:
			c.diags.Add(diag.Conflict, v.v.At, "it has "+quoteAll(v.allowed), "%s: a %s column has no %s: %s", name, col.Type.V, v.key, v.v.V)
		}
	}
	for _, v := range []struct {
		key     string
		set, ok bool
		at      diag.Span
	}{
		{"clip", col.Clip.Set, t.Clip, col.Clip.At},
		{"clip_quantiles", col.ClipQuantiles.Set, t.Clip, col.ClipQuantiles.At},
		{"indicator", col.Indicator.Set, t.Indicator, col.Indicator.At},
		{"max_categories", col.MaxCategories.Set, t.MaxCategories, col.MaxCategories.At},
		{"parts", col.Parts.Set, t.Parts, col.Parts.At},
		{"max_features", col.MaxFeatures.Set, t.Words, col.MaxFeatures.At},
		{"ngrams", col.NGrams.Set, t.Words, col.NGrams.At},
	} {
		if v.set && !v.ok {
			c.diags.Add(diag.Conflict, v.at, "take it out", "%s: a %s column has no %s", name, col.Type.V, v.key)
		}
	}
}

// columnNumbers checks that the numbers of a column are in their ranges.
func (c *checker) columnNumbers(name string, col *Column) {
	c.pair(name, "clip", col.Clip, [2]float64{-math.MaxFloat32, math.MaxFloat32})
	c.pair(name, "clip_quantiles", col.ClipQuantiles, [2]float64{0, 1})
	if col.Clip.Set && col.ClipQuantiles.Set {
		c.diags.Add(diag.Conflict, col.ClipQuantiles.At, "take one out", "%s: a column is clipped to values or to quantiles, not both", name)
	}
	for _, v := range []struct {
		key string
		v   Value[uint64]
		max uint64
	}{{"max_categories", col.MaxCategories, job.MaxMaxCategories}, {"max_features", col.MaxFeatures, job.MaxMaxFeatures}, {"ngrams", col.NGrams, job.MaxNGrams}} {
		if v.v.Set && (v.v.V < 1 || v.v.V > v.max) {
			c.diags.Add(diag.BadValue, v.v.At, "", "features.columns.%s.%s must lie between 1 and %d, not %d", name, v.key, v.max, v.v.V)
		}
	}
}

// pair checks two numbers in increasing order.
func (c *checker) pair(name, key string, s Seq[Value[float64]], within [2]float64) {
	if !s.Set {
		return
	}
	for _, v := range s.Items {
		if !v.Set {
			return // reported already
		}
	}
	what, hint := "", "write the least and the greatest value, as in [0, 100]"
	if key == "clip_quantiles" {
		what, hint = ", from 0 to 1", "write two shares, as in [0.01, 0.99]"
	}
	v := s.Items
	if len(v) != 2 || !(within[0] <= v[0].V && v[0].V < v[1].V && v[1].V <= within[1]) {
		c.diags.Add(diag.BadValue, s.At, hint, "features.columns.%s.%s must be two numbers, the smaller first%s", name, key, what)
	}
}

func (c *checker) split() {
	s := c.m.Split
	if !s.Set {
		return
	}
	c.choice(s.Kind, "split.kind", splitKinds)
	if s.Test.Set && (s.Test.V <= 0 || s.Test.V >= 1) {
		c.diags.Add(diag.BadValue, s.Test.At, "0.2 holds out a fifth of the rows", "split.test must lie between 0 and 1, not %v", s.Test.V)
	}
	if s.KFold.Set && (s.KFold.V < job.MinFolds || s.KFold.V > job.MaxFolds) {
		c.diags.Add(diag.BadValue, s.KFold.At, "5 and 10 are usual", "split.kfold must lie between %d and %d, not %d", job.MinFolds, job.MaxFolds, s.KFold.V)
	}
	by := slices.Contains(job.SplitsByColumn(), s.Kind.V)
	switch {
	case by && !s.Column.Set:
		c.diags.Add(diag.MissingKey, s.Kind.At, "name the column, as in column: date", "a %s split needs split.column", s.Kind.V)
	case !by && s.Column.Set && (!s.Kind.Set || slices.Contains(splitKinds, s.Kind.V)):
		c.diags.Add(diag.Conflict, s.Column.At, "leave it out, or choose "+quoteAll(job.SplitsByColumn()), "a %s split takes no column", s.Kind.Or(job.DefaultSplit(c.m.Task())))
	}
	c.splitAgainstRest(s)
}

// splitAgainstRest checks the split against the data and the task.
func (c *checker) splitAgainstRest(s Split) {
	_, hasTest := c.m.Data.Get(job.DatasetTest)
	switch fixed := s.Kind.V == job.SplitFixed; {
	case fixed && !hasTest:
		c.diags.Add(diag.MissingKey, s.Kind.At, "add data.test, or choose split.kind: stratified", "a fixed split needs the dataset data.test")
	case s.Kind.V == job.SplitStratified && c.m.Train.Engine.V != EngineExec && c.m.Task() != job.TaskClassification:
		c.diags.Add(diag.Conflict, s.Kind.At, "choose split.kind: random", "a stratified split needs classes; the task is %s", c.m.Task())
	case fixed && s.Test.Set:
		c.diags.Add(diag.Conflict, s.Test.At, "leave split.test out", "a fixed split holds out data.test, not a share")
	}
}
