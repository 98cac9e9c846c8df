// Package refusal is what the readers of packages say of one that must not be installed.
package refusal

import (
	"fmt"
	"strings"
)

// Error says that a package is not one, or holds what no package may.
type Error struct {
	Entry  string // the name in the package; may be empty
	Reason string
}

// Error names the entry and the reason.
func (e *Error) Error() string {
	if e.Entry == "" {
		return e.Reason
	}
	return fmt.Sprintf("%q %s", Shortened(e.Entry), e.Reason)
}

// Shortened keeps a hostile name from flooding a message.
func Shortened(name string) string {
	const limit = 120
	if len(name) <= limit {
		return name
	}
	return name[:limit] + "…"
}

// New is an [*Error] about an entry.
func New(entry, format string, args ...any) error {
	return &Error{Entry: entry, Reason: fmt.Sprintf(format, args...)}
}

// Climbs reports whether a relative link in a folder that is so many folders deep leads above the top, on its way or at
// its end.
func Climbs(depth int, link string) bool {
	for part := range strings.SplitSeq(link, "/") {
		switch part {
		case "..":
			if depth--; depth < 0 {
				return true
			}
		case ".", "":
		default:
			depth++
		}
	}
	return false
}
