package lint

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/modelbuild/modelbuild/internal/pattern"
)

// knownSecrets are the forms of keys whose issuers made them recognisable. A text
// without one of the marks has no such form.
var knownSecrets = []struct {
	kind  string
	marks []string
	form  *pattern.Pattern
}{
	{"an AWS access key", []string{"AKIA", "ASIA"}, pattern.New(`\b(AKIA|ASIA)[A-Z0-9]{16}\b`)},
	{"a GitHub token", []string{"gh", "github_pat_"}, pattern.New(`\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})`)},
	{"a GitLab token", []string{"glpat-"}, pattern.New(`\bglpat-[A-Za-z0-9_-]{20,}`)},
	{"a Hugging Face token", []string{"hf_"}, pattern.New(`\bhf_[A-Za-z0-9]{30,}\b`)},
	{"an OpenAI or Anthropic key", []string{"sk-"}, pattern.New(`\bsk-(ant-|proj-)?[A-Za-z0-9_-]{20,}`)},
	{"a Slack token", []string{"xox"}, pattern.New(`\bxox[abprs]-[A-Za-z0-9-]{10,}`)},
	{"a Google API key", []string{"AIza"}, pattern.New(`\bAIza[A-Za-z0-9_-]{35}`)},
	{"an npm or PyPI token", []string{"npm_", "pypi-"}, pattern.New(`\b(npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{20,})`)},
	{"a private key", []string{"PRIVATE KEY"}, pattern.New(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)},
	{"a JSON Web Token", []string{"eyJ"}, pattern.New(`\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}`)},
}

// shortestSecret is a length that every known form has at least.
const shortestSecret = 15

func knownSecret(text string) string {
	if len(text) < shortestSecret {
		return ""
	}
	for _, k := range knownSecrets {
		marked := slices.ContainsFunc(k.marks, func(mark string) bool { return strings.Contains(text, mark) })
		if marked && k.form.MatchString(text) {
			return k.kind
		}
	}
	return ""
}

// textTokens are the tokens of a vocabulary, which are no secrets.
var textTokens = []string{"pad", "eos", "bos", "unk", "sep", "cls", "mask", "stop", "start", "end", "special"}

// secretName reports whether a name is that of a secret: its last word says so.
// Words before it can say otherwise: a pad_token is text, a sort_key a column.
func secretName(name string) bool {
	w := words(name)
	if len(w) == 0 {
		return false
	}
	last, before := w[len(w)-1], ""
	if len(w) > 1 {
		before = w[len(w)-2]
	}
	switch last {
	case "password", "passwd", "passphrase", "secret", "apikey", "credential", "credentials", "pat":
		return true
	case "token":
		return !slices.Contains(textTokens, before)
	case "key":
		return slices.Contains([]string{"api", "access", "secret", "private", "signing", "encryption", "ssh", "auth", "account", "license"}, before)
	}
	return false
}

// Bounds of randomText. A text of n different characters has at most log2(n) bits
// each; words and paths stay below 3.8 at this length.
const (
	minRandomLength = 24
	minRandomBits   = 4.0
)

var keyText = pattern.New(`^[A-Za-z0-9+/_=-]+$`)

// randomText reports whether a text looks like a key made by a machine: long, in
// the characters of base64, upper and lower case and digits mixed, and without the
// order of words. Hexadecimal digits are digests and commits, and stay out.
func randomText(text string) bool {
	if len(text) < minRandomLength || !keyText.MatchString(text) {
		return false
	}
	var upper, lower, digit bool
	for _, r := range text {
		upper, lower, digit = upper || unicode.IsUpper(r), lower || unicode.IsLower(r), digit || unicode.IsDigit(r)
	}
	return upper && lower && digit && entropy(text) >= minRandomBits
}

// entropy is Shannon's, in bits for each character.
func entropy(text string) float64 {
	var sum float64
	n := float64(len(text))
	for _, r := range distinct(text) {
		p := float64(strings.Count(text, string(r))) / n
		sum -= p * math.Log2(p)
	}
	return sum
}

func distinct(text string) []rune {
	r := []rune(text)
	slices.Sort(r)
	return slices.Compact(r)
}
