// Package pep440 compares names and versions of Python distributions for equality.
package pep440

import (
	"strings"

	"github.com/modelbuild/modelbuild/internal/pattern"
)

// form is the permissive pattern of PEP 440, appendix B.
var form = pattern.New(`^(?i)v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)` +
	`(?:[-_.]?(a|b|c|rc|alpha|beta|pre|preview)[-_.]?([0-9]*))?` +
	`(?:-([0-9]+)|[-_.]?(post|rev|r)[-_.]?([0-9]*))?` +
	`(?:[-_.]?(dev)[-_.]?([0-9]*))?` +
	`(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$`)

// Groups of form.
const (
	epoch = iota + 1
	release
	preKind
	preNumber
	postBare
	postKind
	postNumber
	devKind
	devNumber
	local
)

var preNames = map[string]string{"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}

// Valid reports whether a text is a version.
func Valid(v string) bool { return form.MatchString(v) }

// Canonical is a version in a form that is equal for equal versions: 1.0, v1 and
// 1.0.0 are one. A text that is no version is returned in lower case.
func Canonical(v string) string {
	m := form.FindStringSubmatch(strings.TrimSpace(v))
	if m == nil {
		return strings.ToLower(v)
	}
	var b strings.Builder
	if e := number(m[epoch]); e != "0" {
		b.WriteString(e + "!")
	}
	parts := strings.Split(m[release], ".")
	for i := range parts {
		parts[i] = number(parts[i])
	}
	for len(parts) > 1 && parts[len(parts)-1] == "0" {
		parts = parts[:len(parts)-1]
	}
	b.WriteString(strings.Join(parts, "."))
	if kind := strings.ToLower(m[preKind]); kind != "" {
		if short, ok := preNames[kind]; ok {
			kind = short
		}
		b.WriteString(kind + number(m[preNumber]))
	}
	if m[postKind] != "" || m[postBare] != "" {
		b.WriteString(".post" + number(m[postBare]+m[postNumber]))
	}
	if m[devKind] != "" {
		b.WriteString(".dev" + number(m[devNumber]))
	}
	if m[local] != "" {
		b.WriteString("+" + strings.NewReplacer("-", ".", "_", ".").Replace(strings.ToLower(m[local])))
	}
	return b.String()
}

// number drops leading zeros; nothing counts as 0.
func number(digits string) string {
	if digits = strings.TrimLeft(digits, "0"); digits == "" {
		return "0"
	}
	return digits
}

var nameRuns = pattern.New(`[-_.]+`)

// Name is the name that all spellings of a project share: PEP 503.
func Name(name string) string { return strings.ToLower(nameRuns.ReplaceAllString(name, "-")) }
