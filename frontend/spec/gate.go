package spec

import (
	"fmt"
	"math"
	"strconv"

	"github.com/modelbuild/modelbuild/internal/pattern"
)

// Gate is a parsed bound of evaluate.gates, such as ">= 0.95".
type Gate struct {
	Op    string // >=, >, <=, <, ==
	Value float64
}

var gateForm = pattern.New(`^\s*(>=|<=|==|>|<)\s*([-+0-9.eE]+)\s*$`)

// ParseGate reads a comparison and a number.
func ParseGate(s string) (Gate, error) {
	m := gateForm.FindStringSubmatch(s)
	if m == nil {
		return Gate{}, fmt.Errorf("%q is not a comparison and a number", s)
	}
	v, err := strconv.ParseFloat(m[2], 64)
	if err != nil || math.IsInf(v, 0) {
		return Gate{}, fmt.Errorf("%q is not a number", m[2])
	}
	return Gate{Op: m[1], Value: v}, nil
}
