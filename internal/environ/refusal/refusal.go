// Package refusal is what the readers of packages say of one that must not be installed.
package refusal

import "fmt"

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
