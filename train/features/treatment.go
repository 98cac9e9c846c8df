package features

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/table"
)

// complete fills in the defaults.
func (c *Column) complete(t job.Treatment, data *table.Column) {
	first := func(value *string, choices []string) {
		if *value == "" && len(choices) > 0 {
			*value = choices[0]
		}
	}
	first(&c.Missing, t.Missing)
	first(&c.Scale, t.Scale)
	first(&c.Encode, t.Encode)
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
func (c *Column) check(t job.Treatment) job.Problems {
	var ps job.Problems
	choose := func(key, value string, choices []string) {
		none := key == "scale" && c.Type == job.TypeCategory && value == job.ScaleNone
		if value == "" || none || slices.Contains(choices, value) {
			return
		}
		hint := "it has " + strings.Join(choices, ", ")
		if len(choices) == 0 {
			hint = "take it out"
		}
		ps = append(ps, c.problem(key, value, fmt.Sprintf("a %s column has no %s %q", c.Type, key, value), hint))
	}
	choose("missing", c.Missing, t.Missing)
	choose("scale", c.Scale, t.Scale)
	choose("encode", c.Encode, t.Encode)
	for _, part := range c.Parts {
		choose("parts", part, map[bool][]string{true: job.DateParts()}[t.Parts])
	}
	has := func(key string, set, ok bool) {
		if set && !ok {
			ps = append(ps, c.problem(key, "", fmt.Sprintf("a %s column has no %s", c.Type, key), "take it out"))
		}
	}
	has("indicator", c.Indicator, t.Indicator)
	has("clip", len(c.Clip) > 0, t.Clip)
	has("clip_quantiles", len(c.ClipQuantiles) > 0, t.Clip)
	has("max_categories", c.MaxCategories != 0, t.MaxCategories)
	has("max_features", c.MaxFeatures != 0, t.Words)
	has("ngrams", c.NGrams != 0, t.Words)
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
	bad("max_categories", c.MaxCategories, 0 <= c.MaxCategories && c.MaxCategories <= job.MaxMaxCategories, "write a whole number from 1 to 1048576")
	bad("max_features", c.MaxFeatures, 0 <= c.MaxFeatures && c.MaxFeatures <= job.MaxMaxFeatures, "write a whole number from 1 to 1048576")
	bad("ngrams", c.NGrams, 0 <= c.NGrams && c.NGrams <= job.MaxNGrams, "write 1 to 5")
	return ps
}

func (c *Column) problem(key, excerpt, message, hint string) job.Problem {
	if key != "type" {
		message = c.Name + ": " + message
	}
	return job.Problem{Code: job.CodeColumn, Field: "features.columns." + c.Name + "." + key, Name: c.Name, Excerpt: excerpt,
		Message: message, Hint: hint}
}
