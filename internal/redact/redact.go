// Package redact removes secrets from URIs before they are published in
// statements and SBOMs.
//
// Two parts of a URI carry secrets in practice: the user information before
// the host and the query string (tokens, signatures of pre-signed links). Both
// go, whatever they hold, because a secret cannot be told from a name. The
// functions work on text, not on parsed URLs, so that a malformed URI is
// cleaned too and never fails.
package redact

import (
	"strings"

	"github.com/modelbuild/modelbuild/internal/pattern"
)

// Marker stands in for a removed query string or fragment.
const Marker = "redacted"

// purlQualifiers are the package-URL qualifiers that identify an artifact.
// All others go: a download_url, for instance, may hold a token.
var purlQualifiers = map[string]bool{
	"arch": true, "digest": true, "distro": true, "platform": true, "ref_type": true,
}

// URI returns uri without user information and with its query string replaced
// by [Marker]. A fragment stays (git refs are written there) unless it has the
// form of parameters. Package URLs keep their identifying qualifiers. URI is
// idempotent.
func URI(uri string) string {
	if strings.HasPrefix(uri, "pkg:") {
		return packageURL(uri)
	}
	scheme, rest, found := strings.Cut(uri, "://")
	if !found {
		return query(scpUser(uri))
	}
	return scheme + "://" + query(authorityUser(rest))
}

// authorityUser drops the user information from what follows "scheme://",
// again and again until none is left.
func authorityUser(rest string) string {
	for {
		at := userEnd(rest)
		if at < 0 {
			return rest
		}
		rest = rest[at+1:]
	}
}

// userEnd returns the index of the "@" that ends the user information, or -1.
// It is normally the last one of the authority. A password with an unescaped
// "/", "?" or "#" makes the authority look shorter than it is: then its port is
// no number, and the last "@" of all counts.
func userEnd(rest string) int {
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	if at := strings.LastIndexByte(rest[:end], '@'); at >= 0 {
		if reference.MatchString(rest[:end]) {
			return -1
		}
		return at
	}
	_, port, hasPort := strings.Cut(rest[:end], ":")
	if !hasPort || digits(port) || strings.HasPrefix(rest, "[") {
		return -1
	}
	return strings.LastIndexByte(rest, '@')
}

// reference is a name with its digest, as in oci-layout://NAME@sha256:…: no host is
// called so.
var reference = pattern.New(`^[^@]+@sha256:[0-9a-f]{64}$`)

// scpUser drops the user from git's user@host:path form. A string without a
// colon after the "@" is a path or a reference with a digest and stays.
func scpUser(s string) string {
	end := strings.IndexAny(s, "/?#")
	if end < 0 {
		end = len(s)
	}
	at := strings.LastIndexByte(s[:end], '@')
	if at < 0 || !strings.Contains(s[at:end], ":") || isDigest(s[at+1:end]) {
		return s
	}
	return s[at+1:]
}

// query replaces the query string, and a fragment that holds parameters.
func query(s string) string {
	base, fragment, hasFragment := strings.Cut(s, "#")
	if path, _, found := strings.Cut(base, "?"); found {
		base = path + "?" + Marker
	}
	switch {
	case !hasFragment:
		return base
	case strings.ContainsAny(fragment, "=&?@"):
		return base + "#" + Marker
	default:
		return base + "#" + fragment
	}
}

// packageURL keeps the qualifiers of purlQualifiers.
func packageURL(uri string) string {
	base, qualifiers, found := strings.Cut(uri, "?")
	if !found {
		return uri
	}
	qualifiers, _, _ = strings.Cut(qualifiers, "#")
	var kept []string
	for q := range strings.SplitSeq(qualifiers, "&") {
		key, _, _ := strings.Cut(q, "=")
		if purlQualifiers[key] {
			kept = append(kept, q)
		}
	}
	if len(kept) == 0 {
		return base
	}
	return base + "?" + strings.Join(kept, "&")
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func isDigest(s string) bool {
	return strings.HasPrefix(s, "sha256:") || strings.HasPrefix(s, "sha512:")
}

// embedded finds URIs inside running text: up to white space or a character
// that closes a quotation.
var embedded = pattern.New("[a-zA-Z][a-zA-Z0-9+.-]*://[^\\s\"'`<>]+")

// Text applies [URI] to every URI with an authority that occurs in s and
// returns s unchanged when none holds anything to remove.
func Text(s string) string {
	if !strings.Contains(s, "://") {
		return s
	}
	return embedded.ReplaceAllStringFunc(s, URI)
}
