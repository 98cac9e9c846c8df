package diag

import (
	"fmt"
	"strings"

	"github.com/agext/levenshtein"
)

// Nearest returns the candidate closest to name in edit distance, or "" when
// none is close enough to be what the user meant.
func Nearest(name string, candidates []string) string {
	limit := 1 + len([]rune(name))/3
	best, bestDist := "", limit+1
	for _, c := range candidates {
		if d := levenshtein.Distance(strings.ToLower(name), strings.ToLower(c), nil); d < bestDist {
			best, bestDist = c, d
		}
	}
	return best
}

// DidYouMean is a hint that names the nearest candidate, or lists them all when
// none is near. It is empty when there are no candidates.
func DidYouMean(name string, candidates []string) string {
	if n := Nearest(name, candidates); n != "" {
		return fmt.Sprintf("did you mean %q?", n)
	}
	switch len(candidates) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("the only choice here is %q", candidates[0])
	}
	return "one of " + strings.Join(candidates, ", ")
}
