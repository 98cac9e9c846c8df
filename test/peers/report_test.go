package peers

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
)

var update = flag.Bool("update", false, "rewrite the table in docs/correctness.md")

// The part of the page that the test writes.
const (
	page  = "../../docs/correctness.md"
	begin = "<!-- generated: comparison -->\n"
	end   = "<!-- end of comparison -->\n"
)

// report writes the outcome to build/peers.json, and compares it with the table
// in the documentation, or writes that.
func report(t *testing.T, lines []line, v versions) {
	t.Helper()
	slices.SortStableFunc(lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.Algorithm, b.Algorithm), cmp.Compare(a.Set, b.Set), cmp.Compare(a.Peer, b.Peer),
			cmp.Compare(a.Settings, b.Settings), cmp.Compare(a.Compared, b.Compared))
	})
	data, err := json.MarshalIndent(map[string]any{"versions": v, "comparisons": lines}, "", "  ")
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll("../../build", 0o755))
	require.NoError(t, os.WriteFile(filepath.Join("../../build", "peers.json"), append(data, '\n'), 0o644))
	if t.Failed() || slices.ContainsFunc(lines, func(l line) bool { return l.Set == "" }) {
		return // a comparison failed, or -run left some out
	}
	for _, a := range job.Algorithms() {
		require.True(t, slices.ContainsFunc(lines, func(l line) bool { return l.Algorithm == a.Name }), "%s has no peer", a.Name)
	}
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(text), begin)
	shown, after, closed := strings.Cut(rest, end)
	require.True(t, found && closed, "%s has no place for the table", page)
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(before+begin+markdown(lines)+end+after), 0o644))
		return
	}
	sameTable(t, shown, markdown(lines))
}

// markdown is the table.
func markdown(lines []line) string {
	var b strings.Builder
	b.WriteString("| Algorithm | Set | Settings | Peer | Compared | Ours | Peer's | Difference | Scored | Rounded |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for _, l := range lines {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s | %d | %d |\n", l.Algorithm, l.Set, l.Settings, l.Peer, strings.ReplaceAll(l.Compared, "_", " "),
			figure(l.Ours), figure(l.Theirs), l.difference(), l.Scored, l.Rounded)
	}
	return b.String()
}

// figure is a metric in four digits.
func figure(v float64) string {
	if v == 0 {
		return ""
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

func (l line) difference() string {
	switch {
	case l.Theirs != 0 && l.Difference < -relative:
		return fmt.Sprintf("**%+.2f %%**", 100*l.Difference)
	case l.Theirs != 0:
		return fmt.Sprintf("%+.2f %%", 100*l.Difference)
	case l.Compared == askLabels:
		return "none"
	}
	return "below " + strconv.FormatFloat(math.Pow(10, math.Ceil(math.Log10(max(l.Difference, 1e-9)))), 'g', 1, 64)
}

// sameTable compares what does not depend on the machine: all but the peers' own
// figures, which their libraries of linear algebra round in several ways.
func sameTable(t *testing.T, shown, now string) {
	t.Helper()
	const theirs = 7
	require.Equal(t, strings.Count(now, "\n"), strings.Count(shown, "\n"), "go test ./test/peers -update rewrites %s", page)
	old := strings.Split(shown, "\n")
	for i, text := range strings.Split(now, "\n") {
		got, want := strings.Split(text, " | "), strings.Split(old[i], " | ")
		require.Len(t, want, len(got))
		if len(got) > theirs {
			require.Equal(t, want[:theirs-1], got[:theirs-1], "go test ./test/peers -update rewrites %s", page)
		}
	}
}
