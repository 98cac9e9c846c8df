package lint

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// knownSecrets are the forms of keys whose issuers made them recognisable.
var knownSecrets = []struct {
	kind string
	form *regexp.Regexp
}{
	{"an AWS access key", regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{16}\b`)},
	{"a GitHub token", regexp.MustCompile(`\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})`)},
	{"a GitLab token", regexp.MustCompile(`\bglpat-[A-Za-z0-9_-]{20,}`)},
	{"a Hugging Face token", regexp.MustCompile(`\bhf_[A-Za-z0-9]{30,}\b`)},
	{"an OpenAI or Anthropic key", regexp.MustCompile(`\bsk-(ant-|proj-)?[A-Za-z0-9_-]{20,}`)},
	{"a Slack token", regexp.MustCompile(`\bxox[abprs]-[A-Za-z0-9-]{10,}`)},
	{"a Google API key", regexp.MustCompile(`\bAIza[A-Za-z0-9_-]{35}`)},
	{"an npm or PyPI token", regexp.MustCompile(`\b(npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{20,})`)},
	{"a private key", regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)},
	{"a JSON Web Token", regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}`)},
}

func knownSecret(text string) string {
	for _, k := range knownSecrets {
		if k.form.MatchString(text) {
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

var keyText = regexp.MustCompile(`^[A-Za-z0-9+/_=-]+$`)

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
