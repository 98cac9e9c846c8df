package train

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
)

// TestTextWithEveryAlgorithm puts a text column, whose graph needs a later version
// of the operators, in front of each algorithm.
func TestTextWithEveryAlgorithm(t *testing.T) {
	var b strings.Builder
	b.WriteString("note,size,kind\n")
	words := []string{"red apple", "sour lemon", "ripe pear", "apple pie", "lemon cake", "pear tart"}
	for i := range 240 {
		fmt.Fprintf(&b, "%s %s,%d,%s\n", words[i%6], words[(i*i+i/7)%6], 1+i%17+10*(i%3), []string{"a", "l", "p"}[i%3])
	}
	path := filepath.Join(t.TempDir(), "notes.csv")
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o644))
	for _, a := range job.Algorithms() {
		t.Run(a.Name, func(t *testing.T) {
			j := penguinsOf(t, a.Name, a.Tasks[0])
			j.Data[0].Path = path
			j.Features = job.Features{Columns: map[string]job.Column{"note": {Type: job.TypeText, MaxFeatures: 8}}}
			switch a.Tasks[0] {
			case job.TaskClassification:
				j.Features.Target = "kind"
			case job.TaskRegression:
				j.Features.Target, j.Features.Exclude = "size", []string{"kind"}
			default:
				j.Features.Exclude = []string{"kind"}
			}
			r, own := run(t, j), ownPredictions(t, j)
			agrees(t, score(t, r, j.Data[0]), r, own)
			appliesTheSame(t, r, j.Data[0], own)
		})
	}
}
