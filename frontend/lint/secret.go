package lint

import (
	"net/url"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/spec"
)

// checkSecrets looks at every value as it is written, so that the value of an
// argument, which a build gives, is not taken for one of the file.
func checkSecrets(c *Context) {
	for _, s := range c.Scalars {
		if why := secretIn(s); why != "" {
			d := c.warn(s.At, "take it out and revoke it: the spec is in the repository, in provenance and in the build's history"+instead(s),
				"%s: this looks like %s", s.Path, why)
			d.Sensitive = true
		}
	}
	for _, a := range c.Model.Args {
		if !a.Sensitive.V && secretName(a.Name()) && !a.Default.Set {
			c.warn(c.Model.At("args."+a.Name()), "write sensitive: true, or use a build secret", "args.%s: its value is published in provenance", a.Name())
		}
	}
}

// instead says where a secret of that kind belongs.
func instead(s spec.Scalar) string {
	switch {
	case within(s.Path, "train.env"):
		return "; name it under train.secrets and give it with --secret id=…"
	case strings.HasPrefix(s.Path, "args."):
		return "; write sensitive: true without a default"
	}
	return ""
}

// SecretOption says what kind of secret the value of a build's option looks like, by itself
// or by the name of the option; "" where it looks like none.
func SecretOption(name, value string) string {
	switch {
	case knownSecret(value) != "":
		return knownSecret(value)
	case SecretAddress(value):
		return "a secret in an address"
	case secretName(name) && value != "":
		return "the value of a secret, by its name"
	}
	return ""
}

// SecretAddress reports whether an address has a password or a token in it.
func SecretAddress(address string) bool {
	if _, rest, ok := strings.Cut(address, "://"); ok {
		authority, _, _ := strings.Cut(rest, "/")
		user, host, ok := strings.Cut(authority, "@")
		if ok && !strings.HasPrefix(host, "sha256:") && (strings.Contains(user, ":") || !strings.Contains(address, "ssh://") && user != "git") {
			return true
		}
	}
	return secretParameter(address) != ""
}

// secretIn says what kind of secret a value looks like, "" where it does not.
func secretIn(s spec.Scalar) string {
	if s.Tag == "!!null" || s.Tag == "!!bool" || s.Text == "" {
		return ""
	}
	if kind := knownSecret(s.Text); kind != "" {
		return kind
	}
	if SecretAddress(s.Text) {
		return "a secret in an address"
	}
	if name, value, ok := strings.Cut(s.Text, "="); ok && command(s.Path) && secretName(strings.TrimLeft(name, "-")) && secretText(value) {
		return "the value of a secret, by its name"
	}
	if !freeText(s.Path) {
		return ""
	}
	name := s.Key
	if within(s.Path, "args") && s.Key == "default" {
		name = strings.TrimSuffix(s.Path[strings.LastIndex(s.Path, "args.")+len("args."):], ".default")
	}
	if secretName(name) && secretValue(s) {
		return "the value of a secret, by its name"
	}
	if randomText(s.Text) {
		return "a random key"
	}
	return ""
}

// freeText reports whether people may write what they like at a path, so that a
// name or the look of a text says something.
func freeText(path string) bool {
	return within(path, "train.env") || within(path, "prepare.env") || within(path, "evaluate.env") || within(path, "train.params") || within(path, "image.labels") ||
		within(path, "args") && strings.HasSuffix(path, ".default") ||
		strings.HasSuffix(path, "description")
}

// within reports whether a path lies below a stanza, of the file or of a target.
func within(path, stanza string) bool {
	if strings.HasPrefix(path, stanza+".") {
		return true
	}
	rest, ok := strings.CutPrefix(path, "targets.")
	if !ok {
		return false
	}
	_, rest, ok = strings.Cut(rest, ".")
	return ok && strings.HasPrefix(rest, stanza+".")
}

// command reports whether a path is that of an argument of a program.
func command(path string) bool {
	at, _, _ := strings.Cut(path, "[")
	return strings.HasSuffix(at, ".run") || at == "image.entrypoint" || at == "image.cmd"
}

// secretValue reports whether a value under the name of a secret can be one: a
// reference to an argument, the path of a file or an empty one is none.
func secretValue(s spec.Scalar) bool { return secretText(strings.TrimSpace(s.Text)) }

func secretText(text string) bool {
	switch {
	case reference.MatchString(text), strings.HasPrefix(text, "/"), len(text) < 4:
		return false
	case strings.HasPrefix(text, "[") || strings.HasPrefix(text, "<"): // a token of text, as in [PAD]
		return false
	}
	return true
}

// secretParameters are those of addresses that are signed or give access, by their names in lower case, besides those
// that [secretName] knows.
var secretParameters = []string{
	"key", "sig", "sign", "signature", "auth", "authorization", "sas", "pwd", "jwt",
	"x-amz-signature", "x-amz-credential", "x-amz-security-token", "awsaccesskeyid", "x-goog-signature", "x-goog-credential",
	"googleaccessid", "x-oss-signature", "ossaccesskeyid", "key-pair-id", "hdnea", "oauth_signature",
}

// secretParameter is the name of a parameter in the query of an address that holds
// a secret.
func secretParameter(text string) string {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || strings.ContainsAny(scheme, " \t\n") {
		return ""
	}
	_, query, ok := strings.Cut(rest, "?")
	if !ok {
		return ""
	}
	query, _, _ = strings.Cut(query, "#")
	for pair := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if name, err := url.QueryUnescape(key); err == nil {
			key = name
		}
		if value == "" || reference.MatchString(value) {
			continue
		}
		if secretName(key) || randomText(value) || slices.Contains(secretParameters, strings.ToLower(key)) || knownSecret(value) != "" {
			return key
		}
	}
	return ""
}
