package llb_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestParts: the parts of a training follow one another, and the last one ends with the last epoch.
func TestParts(t *testing.T) {
	for _, c := range []struct {
		every, epochs, keep uint64
		want                string
		kept                int
	}{
		{10, 30, 0, "0-10 10-20 20-30", 0},
		{10, 25, 1, "0-10 10-20 20-25", 1},
		{1, 2, 9, "0-1 1-2", 2},
		{50, 7, 1, "0-7", 1},
		{1 << 63, math.MaxUint64, 0, fmt.Sprintf("0-%d %d-%d", uint64(1)<<63, uint64(1)<<63, uint64(math.MaxUint64)), 0},
	} {
		p := plan(t, program+fmt.Sprintf("checkpoint: {every: %d, epochs: %d, keep: %d}\n", c.every, c.epochs, c.keep)).Programs
		var got []string
		for _, q := range append(p.Parts, p.Train) {
			got = append(got, fmt.Sprintf("%d-%d", q.Part.From, q.Part.Until))
			require.Equal(t, len(got), q.Part.Number)
		}
		require.Equal(t, c.want, strings.Join(got, " "))
		require.Len(t, p.Keep, c.kept)
		if c.kept > 0 {
			require.Same(t, p.Train, p.Keep[c.kept-1])
		}
	}
}
