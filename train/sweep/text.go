package sweep

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
)

// Text writes the values of some parameters on one line, in the order of the names, as
// in class_weight=none, l2=0.1. Numbers read back exactly.
func Text(names []string, p job.Params) string {
	parts := make([]string, 0, len(names))
	for _, name := range names {
		parts = append(parts, name+"="+valueText(p[name]))
	}
	return strings.Join(parts, ", ")
}

func valueText(v any) string {
	if n, ok := v.(json.Number); ok {
		if f, err := n.Float64(); err == nil {
			v = f
		}
	}
	if f, ok := v.(float64); ok {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return fmt.Sprint(v)
}
