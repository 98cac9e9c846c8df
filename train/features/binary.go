package features

import (
	"math"
	"strings"

	"github.com/modelbuild/modelbuild/train/table"
)

// Spellings of yes and no, each in lower case, in capitals and with a capital.
var (
	yes = spellings("true", "yes", "t", "y", "1")
	no  = spellings("false", "no", "f", "n", "0")
)

func spellings(words ...string) []string {
	var out []string
	seen := map[string]bool{}
	for _, w := range words {
		for _, s := range []string{w, strings.ToUpper(w), strings.ToUpper(w[:1]) + w[1:]} {
			if !seen[s] {
				seen[s] = true
				out = append(out, s)
			}
		}
	}
	return out
}

// binaryValues are 1 and 0 by the spellings.
var binaryValues = func() map[string]float32 {
	values := map[string]float32{}
	for i, words := range [][]string{no, yes} {
		for _, w := range words {
			values[w] = float32(i)
		}
	}
	return values
}()

// binary is the value of a text, NaN where it is neither yes nor no.
func binary(text string) float32 {
	if v, ok := binaryValues[text]; ok {
		return v
	}
	return float32(math.NaN())
}

// notBinary counts the values that are neither yes nor no.
func notBinary(c *table.Column) table.Cells {
	var bad table.Cells
	wrong := make([]bool, len(c.Values))
	for k, text := range c.Values {
		wrong[k] = math.IsNaN(float64(binary(text)))
	}
	for row, k := range c.Codes {
		if k >= 0 && wrong[k] {
			if bad.N == 0 {
				bad.Row, bad.Text = row, c.Values[k]
			}
			bad.N++
		}
	}
	return bad
}
