// Package pattern has regular expressions that are compiled when they are first
// used: a command that needs none of them does not wait for them to be.
package pattern

import (
	"regexp"
	"sync"
)

// Pattern is a regular expression in Go's syntax. It is safe for use by several
// goroutines.
type Pattern struct {
	text string
	get  func() *regexp.Regexp
}

// New is the pattern with that text. One that does not compile panics at its first
// use.
func New(text string) *Pattern {
	return &Pattern{text: text, get: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })}
}

// String is the text of the pattern.
func (p *Pattern) String() string { return p.text }

// MatchString reports whether s contains a match.
func (p *Pattern) MatchString(s string) bool { return p.get().MatchString(s) }

// FindStringSubmatch is regexp's method of that name.
func (p *Pattern) FindStringSubmatch(s string) []string { return p.get().FindStringSubmatch(s) }

// FindStringSubmatchIndex is regexp's method of that name.
func (p *Pattern) FindStringSubmatchIndex(s string) []int { return p.get().FindStringSubmatchIndex(s) }

// FindAllStringSubmatch is regexp's method of that name.
func (p *Pattern) FindAllStringSubmatch(s string, n int) [][]string {
	return p.get().FindAllStringSubmatch(s, n)
}

// ReplaceAllString is regexp's method of that name.
func (p *Pattern) ReplaceAllString(s, repl string) string { return p.get().ReplaceAllString(s, repl) }

// ReplaceAllStringFunc is regexp's method of that name.
func (p *Pattern) ReplaceAllStringFunc(s string, repl func(string) string) string {
	return p.get().ReplaceAllStringFunc(s, repl)
}

// Match reports whether data contains a match.
func (p *Pattern) Match(data []byte) bool { return p.get().Match(data) }
