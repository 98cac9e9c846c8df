package features

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/table"
)

// treatment is what a column's type allows, the defaults first.
type treatment struct {
	missing, scale, encode []string
	clip, indicator        bool
}

// treatments are those of a column type.
func treatments(kind string, l Layout) (treatment, bool) {
	fills := []string{job.MissingMedian, job.MissingMean, job.MissingMostFrequent, job.MissingZero}
	scales := []string{job.ScaleStandard, job.ScaleMinMax, job.ScaleRobust, job.ScaleNone}
	var t treatment
	switch kind {
	case job.TypeNumber, job.TypeDate:
		t = treatment{missing: fills, scale: scales, clip: kind == job.TypeNumber, indicator: true}
	case job.TypeVector:
		t = treatment{missing: slices.DeleteFunc(fills, func(s string) bool { return s == job.MissingMostFrequent }), scale: scales, indicator: true}
	case job.TypeBinary:
		t = treatment{missing: []string{job.MissingMostFrequent, job.MissingMean, job.MissingZero}, indicator: true,
			scale: []string{job.ScaleNone, job.ScaleStandard}}
	case job.TypeCategory:
		t = treatment{missing: []string{job.MissingMostFrequent, job.MissingOwnCategory}, scale: []string{"", job.ScaleNone},
			encode: []string{job.EncodeOneHot, job.EncodeOrdinal, job.EncodeFrequency}}
	case job.TypeText:
		return treatment{encode: []string{job.EncodeTfIdf, job.EncodeHashing}}, true
	default:
		return treatment{}, false
	}
	if l == Columns {
		t.missing = slices.Insert(t.missing, 0, job.MissingKeep)
		if kind == job.TypeCategory {
			t.encode = slices.Insert(t.encode, 0, job.EncodeCodes)
		} else if i := slices.Index(t.scale, job.ScaleNone); i > 0 {
			t.scale = slices.Insert(slices.Delete(t.scale, i, i+1), 0, job.ScaleNone)
		}
	}
	return t, true
}

// complete fills in the defaults.
func (c *Column) complete(t treatment, data *table.Column) {
	first := func(value *string, choices []string) {
		if *value == "" && len(choices) > 0 {
			*value = choices[0]
		}
	}
	first(&c.Missing, t.missing)
	first(&c.Scale, t.scale)
	first(&c.Encode, t.encode)
	switch c.Type {
	case job.TypeCategory:
		if c.MaxCategories == 0 {
			c.MaxCategories = job.DefaultMaxCategories
		}
	case job.TypeText:
		if c.MaxFeatures == 0 {
			c.MaxFeatures = job.DefaultMaxFeatures
		}
		if c.NGrams == 0 {
			c.NGrams = job.DefaultNGrams
		}
	case job.TypeDate:
		if len(c.Parts) == 0 {
			c.Parts = defaultParts(data)
		}
	}
}

// check reports treatments that the column's type does not have.
func (c *Column) check(t treatment) job.Problems {
	var ps job.Problems
	choose := func(key, value string, choices []string) {
		if value == "" || slices.Contains(choices, value) {
			return
		}
		choices = slices.DeleteFunc(slices.Clone(choices), func(s string) bool { return s == "" })
		hint := "it has " + strings.Join(choices, ", ")
		if len(choices) == 0 {
			hint = "take it out"
		}
		ps = append(ps, c.problem(key, value, fmt.Sprintf("a %s column has no %s %q", c.Type, key, value), hint))
	}
	choose("missing", c.Missing, t.missing)
	choose("scale", c.Scale, t.scale)
	choose("encode", c.Encode, t.encode)
	for _, part := range c.Parts {
		choose("parts", part, map[bool][]string{true: allParts}[c.Type == job.TypeDate])
	}
	has := func(key string, set, ok bool) {
		if set && !ok {
			ps = append(ps, c.problem(key, "", fmt.Sprintf("a %s column has no %s", c.Type, key), "take it out"))
		}
	}
	has("indicator", c.Indicator, t.indicator)
	has("clip", len(c.Clip) > 0, t.clip)
	has("clip_quantiles", len(c.ClipQuantiles) > 0, t.clip)
	has("max_categories", c.MaxCategories != 0, c.Type == job.TypeCategory)
	has("max_features", c.MaxFeatures != 0, c.Type == job.TypeText)
	has("ngrams", c.NGrams != 0, c.Type == job.TypeText)
	return append(ps, c.checkNumbers()...)
}

// checkNumbers reports numbers out of their range.
func (c *Column) checkNumbers() job.Problems {
	var ps job.Problems
	bad := func(key string, value any, ok bool, hint string) {
		if !ok {
			ps = append(ps, c.problem(key, fmt.Sprint(value), fmt.Sprintf("%s cannot be %v", key, value), hint))
		}
	}
	limits := func(key string, v []float64, low, high float64, hint string) {
		bad(key, v, len(v) == 0 || len(v) == 2 && low <= v[0] && v[0] < v[1] && v[1] <= high, hint)
	}
	limits("clip", c.Clip, -math.MaxFloat32, math.MaxFloat32, "write the least and the greatest value, as in [0, 100]")
	limits("clip_quantiles", c.ClipQuantiles, 0, 1, "write two shares, as in [0.01, 0.99]")
	if len(c.Clip) > 0 && len(c.ClipQuantiles) > 0 {
		ps = append(ps, c.problem("clip_quantiles", "", "a column is clipped to values or to quantiles, not both", "take one out"))
	}
	bad("max_categories", c.MaxCategories, 0 <= c.MaxCategories && c.MaxCategories <= 1<<20, "write a whole number from 1 to 1048576")
	bad("max_features", c.MaxFeatures, 0 <= c.MaxFeatures && c.MaxFeatures <= 1<<20, "write a whole number from 1 to 1048576")
	bad("ngrams", c.NGrams, 0 <= c.NGrams && c.NGrams <= 5, "write 1 to 5")
	return ps
}

func (c *Column) problem(key, excerpt, message, hint string) job.Problem {
	if key != "type" {
		message = c.Name + ": " + message
	}
	return job.Problem{Code: job.CodeColumn, Field: "features.columns." + c.Name + "." + key, Name: c.Name, Excerpt: excerpt,
		Message: message, Hint: hint}
}
