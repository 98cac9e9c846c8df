package cli

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/testenv"
)

// TestCheckIsQuick checks specs of 2,000 lines, start of the program included: with
// a value on each line, and with 6,000 values. It is there to notice a check that
// takes many times what it should, whatever the machine: on a quiet one it is under
// 100 and 200 ms. Other tests run beside it, so that the quickest of some runs counts.
func TestCheckIsQuick(t *testing.T) {
	sb := testenv.New(t)
	for name, c := range map[string]struct {
		column string
		limit  time.Duration
	}{
		"blocks": {"    column_%d:\n      type: number\n      missing: median\n      scale: standard\n", time.Second},
		"flow":   {"    column_%d: {type: number, missing: median, scale: standard}\n", 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			text := largeSpec(c.column)
			require.GreaterOrEqual(t, strings.Count(text, "\n"), 2000)
			dir := sb.Context(map[string]string{"model.yaml": text, "data.csv": "species,mass\n"})
			best := time.Hour
			for range 100 {
				start := time.Now()
				sb.CLI("check", "-f", filepath.Join(dir, "model.yaml")).OK()
				if best = min(best, time.Since(start)); best < c.limit {
					break
				}
			}
			t.Logf("quickest: %v", best)
			require.Less(t, best, c.limit)
		})
	}
}

// largeSpec is a sound spec of 2,000 lines or a little more.
func largeSpec(column string) string {
	var b strings.Builder
	b.WriteString("# syntax=org/modelbuild:1\nname: penguins\ndata:\n  train: {source: context://data.csv}\nfeatures:\n  target: species\n  columns:\n")
	for i := range 1992/strings.Count(column, "\n") + 1 {
		fmt.Fprintf(&b, column, i)
	}
	b.WriteString("train: {algorithm: logistic}\n")
	return b.String()
}
