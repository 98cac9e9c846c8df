package diag

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Severity says whether a diagnostic stops the build.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Position is a place in a text file. Line and Column count from 1; Column
// counts characters, not bytes. The zero Position is no place at all.
type Position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Span is a range of characters in File. End is the position after the last
// character; an End equal to Start marks a single point.
type Span struct {
	File  string   `json:"file"`
	Start Position `json:"start"`
	End   Position `json:"end"`
}

// String gives the span as file:line:column, or the file alone where the place
// inside it is not known.
func (s Span) String() string {
	switch {
	case s.Start.Line == 0:
		return s.File
	case s.Start.Column == 0:
		return fmt.Sprintf("%s:%d", s.File, s.Start.Line)
	}
	return fmt.Sprintf("%s:%d:%d", s.File, s.Start.Line, s.Start.Column)
}

// IsZero reports whether the span names no place.
func (s Span) IsZero() bool { return s == Span{} }

// Related is a second place that explains a diagnostic, such as the first of two
// equal keys or the row of a data file.
type Related struct {
	Span    Span   `json:"span"`
	Message string `json:"message"`
	// Excerpt is the text at Span where the file itself is not at hand.
	Excerpt string `json:"excerpt,omitempty"`
}

// Diagnostic is one thing that is wrong, or dubious, in a user's input.
type Diagnostic struct {
	Code     Code      `json:"code"`
	Rule     string    `json:"rule,omitempty"` // name of the lint rule, where one gave it
	Severity Severity  `json:"severity"`
	Span     Span      `json:"span"`
	Message  string    `json:"message"`
	Related  []Related `json:"related,omitempty"`
	Hint     string    `json:"hint,omitempty"`
	URL      string    `json:"url,omitempty"`
	// Sensitive says that the text at Span may hold a secret: no excerpt is shown.
	Sensitive bool `json:"sensitive,omitempty"`
}

// Name is the code, with the name of the lint rule where there is one: MB6001
// (latest-tag).
func (d Diagnostic) Name() string {
	if d.Rule == "" {
		return string(d.Code)
	}
	return fmt.Sprintf("%s (%s)", d.Code, d.Rule)
}

// Error gives the diagnostic without its excerpt: place, message, hint.
func (d Diagnostic) Error() string {
	var b strings.Builder
	if !d.Span.IsZero() {
		fmt.Fprintf(&b, "%s: ", d.Span)
	}
	fmt.Fprintf(&b, "%s %s: %s", d.Severity, d.Name(), d.Message)
	for _, r := range d.Related {
		fmt.Fprintf(&b, "\n  %s: %s", r.Span, r.Message)
		if r.Excerpt != "" {
			fmt.Fprintf(&b, "\n    | %s", r.Excerpt)
		}
	}
	if d.Hint != "" {
		fmt.Fprintf(&b, "\n  hint: %s", d.Hint)
	}
	if d.URL != "" {
		fmt.Fprintf(&b, "\n  docs: %s", d.URL)
	}
	return b.String()
}

// List collects diagnostics. The zero List is empty and ready to use.
type List []Diagnostic

// Add appends an error with the code's docs page.
func (l *List) Add(code Code, at Span, hint, format string, args ...any) *Diagnostic {
	*l = append(*l, Diagnostic{
		Code:     code,
		Severity: Error,
		Span:     at,
		Message:  fmt.Sprintf(format, args...),
		Hint:     hint,
		URL:      code.URL(),
	})
	return &(*l)[len(*l)-1]
}

// Warn appends a warning with the code's docs page.
func (l *List) Warn(code Code, at Span, hint, format string, args ...any) *Diagnostic {
	d := l.Add(code, at, hint, format, args...)
	d.Severity = Warning
	return d
}

// Sorted returns the diagnostics by file and place, equal ones once.
func (l List) Sorted() List {
	out := slices.Clone(l)
	slices.SortStableFunc(out, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Span.File, b.Span.File),
			cmp.Compare(a.Span.Start.Line, b.Span.Start.Line),
			cmp.Compare(a.Span.Start.Column, b.Span.Start.Column),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.CompactFunc(out, func(a, b Diagnostic) bool {
		return a.Code == b.Code && a.Span == b.Span && a.Message == b.Message
	})
}

// Errors returns the diagnostics that stop a build.
func (l List) Errors() List { return l.only(Error) }

// Warnings returns the diagnostics that do not stop a build.
func (l List) Warnings() List { return l.only(Warning) }

func (l List) only(s Severity) List {
	var out List
	for _, d := range l {
		if d.Severity == s {
			out = append(out, d)
		}
	}
	return out
}

// Err returns the errors of the list, sorted, or nil when there are none.
func (l List) Err() error {
	errs := l.Errors()
	if len(errs) == 0 {
		return nil
	}
	return errs.Sorted()
}

// Error joins the diagnostics, one after the other.
func (l List) Error() string {
	parts := make([]string, len(l))
	for i, d := range l {
		parts[i] = d.Error()
	}
	return strings.Join(parts, "\n")
}

// From returns the diagnostics that err carries, if any.
func From(err error) (List, bool) {
	var l List
	if errors.As(err, &l) {
		return l, true
	}
	var d Diagnostic
	if errors.As(err, &d) {
		return List{d}, true
	}
	return nil, false
}
