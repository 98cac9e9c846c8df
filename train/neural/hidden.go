package neural

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
)

// mostUnits bounds the units of a layer.
const mostUnits = 1 << 16

// ParseHidden reads the units of each hidden layer, such as "64,32". An empty
// text is no hidden layer. The error is a [job.Problem].
func ParseHidden(text string) ([]int, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var out []int
	for _, part := range strings.Split(text, ",") {
		units, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || units < 1 || units > mostUnits {
			return nil, job.Problems{{Code: job.CodeAlgorithm, Field: "train.params.hidden", Excerpt: text,
				Message: fmt.Sprintf("hidden: %q is not a number of units", strings.TrimSpace(part)),
				Hint:    `give the units of each hidden layer, from the first to the last, such as "64,32"`}}
		}
		out = append(out, units)
	}
	return out, nil
}
