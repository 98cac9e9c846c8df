package boost

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/learn"
)

// check says where the options do not go with the sample.
func check(s learn.Sample, o Options) error {
	constrained := constraints(o.Monotone) != nil
	for f, sign := range o.Monotone {
		if sign != 0 && s.Columns.Features[f].Categorical() {
			return refuse("monotone_constraints", "%q is a category", s.Columns.Features[f].Name)
		}
	}
	if s.Classes > 0 {
		if constrained && s.Classes > 2 {
			return refuse("monotone_constraints", "constraints are for regression and two classes; there are %d classes", s.Classes)
		}
		return nil
	}
	if constrained && (o.Objective == Quantile || o.Objective == AbsoluteError) {
		return refuse("monotone_constraints", "constraints do not go with the objective %s", o.Objective)
	}
	least := slices.Min(s.Value)
	switch {
	case (o.Objective == Poisson || o.Objective == Tweedie) && least < 0:
		return refuse("objective", "%s needs a target that is not negative; the least is %v", o.Objective, least)
	case o.Objective == Gamma && least <= 0:
		return refuse("objective", "gamma needs a positive target; the least is %v", least)
	}
	return nil
}

func refuse(param, format string, args ...any) error {
	return job.Problems{{Code: job.CodeAlgorithm, Field: "train.params." + param, Message: param + ": " + fmt.Sprintf(format, args...)}}
}

// constraints returns nil where there is no constraint.
func constraints(monotone []int) []int {
	if slices.ContainsFunc(monotone, func(sign int) bool { return sign != 0 }) {
		return monotone
	}
	return nil
}

// ParseMonotone reads constraints such as "age:+1,price:-1" on features of the
// given names, for [Options]. A name that contains a comma or a colon at its end
// cannot be written.
func ParseMonotone(text string, names []string) ([]int, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	out := make([]int, len(names))
	for _, item := range strings.Split(text, ",") {
		item = strings.TrimSpace(item)
		at := strings.LastIndex(item, ":")
		if at < 0 {
			return nil, refuse("monotone_constraints", "%q is not of the form NAME:+1 or NAME:-1", item)
		}
		f := slices.Index(names, strings.TrimSpace(item[:at]))
		if f < 0 {
			return nil, refuse("monotone_constraints", "there is no feature %q; there are %s", item[:at], strings.Join(names, ", "))
		}
		sign, err := strconv.Atoi(strings.TrimSpace(item[at+1:]))
		if err != nil || sign < -1 || sign > 1 {
			return nil, refuse("monotone_constraints", "%q is not of the form NAME:+1 or NAME:-1", item)
		}
		out[f] = sign
	}
	return out, nil
}

func filled(n int, v float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = v
	}
	return out
}
