package spec

import (
	"fmt"
	"math"
	"strconv"

	"github.com/modelbuild/modelbuild/internal/pattern"
)

// Gate is a parsed bound of evaluate.gates, such as ">= 0.95".
type Gate struct {
	Op        string // >=, >, <=, <, ==
	Value     float64
	Tolerance float64 // how far beyond the value still passes; zero or more
}

var gateForm = pattern.New(`^\s*(>=|<=|==|>|<)\s*([-+0-9.eE]+)\s*(?:(?:±|\+-)\s*([0-9.eE-]+)\s*)?$`)

// ParseGate reads a comparison and a number, and a tolerance where there is one,
// as in "== 0.95 ± 0.01".
func ParseGate(s string) (Gate, error) {
	m := gateForm.FindStringSubmatch(s)
	if m == nil {
		return Gate{}, fmt.Errorf("%q is not a comparison and a number", s)
	}
	v, err := strconv.ParseFloat(m[2], 64)
	if err != nil || math.IsInf(v, 0) {
		return Gate{}, fmt.Errorf("%q is not a number", m[2])
	}
	g := Gate{Op: m[1], Value: v}
	if m[3] == "" {
		return g, nil
	}
	if g.Tolerance, err = strconv.ParseFloat(m[3], 64); err != nil || math.IsInf(g.Tolerance, 0) || g.Tolerance < 0 {
		return Gate{}, fmt.Errorf("%q is not a tolerance", m[3])
	}
	return g, nil
}
