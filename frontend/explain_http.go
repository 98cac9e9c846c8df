package frontend

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/frontend/spec"
)

// httpDiagnostics asks the server once more, without a checksum: BuildKit does
// not look at the status of a response whose checksum is known, so that a 404
// page shows as a digest mismatch.
func (b *build) httpDiagnostics(ctx context.Context, s spec.Placed, cause error) diag.List {
	var l diag.List
	if secretMissing(s, cause) {
		return missingSecret(s)
	}
	opts := []bkllb.HTTPOption{bkllb.Filename("probe"), bkllb.WithCustomName("[" + stanza(s) + "] ask again for " + s.Path)}
	if s.Source.Secret != "" {
		opts = append(opts, bkllb.AuthHeaderSecret(s.Source.Secret))
	}
	_, err := b.solve(ctx, bkllb.HTTP(s.Source.URL, opts...), true)
	if err != nil {
		if m := badStatus.FindStringSubmatch(err.Error()); m != nil {
			l.Add(diag.SourceHTTP, s.At, statusHint(s, m[1]), "%s: the server answered %s", s.Path, statusText(m[1]))
			return l
		}
		l.Add(diag.SourceUnreadable, s.At, "check the address and that the builder can reach it",
			"%s: cannot fetch: %s", s.Path, lastCause(err))
		return l
	}
	if m := digestMismatch.FindStringSubmatch(cause.Error()); m != nil {
		at := s.At
		if !s.Digest.IsZero() {
			at = s.Digest
		}
		d := l.Add(diag.SourceDigest, at, "if the new content is what you want, write this digest",
			"%s: the content has digest %s, not %s", s.Path, m[1], s.Source.Digest)
		b.lockedDigest(d, s)
	}
	return l
}

// secretMissing reports whether a source was not fetched for want of its secret.
func secretMissing(s spec.Placed, cause error) bool {
	return s.Source.Secret != "" && strings.Contains(cause.Error(), "secret "+s.Source.Secret+": not found")
}

func missingSecret(s spec.Placed) diag.List {
	var l diag.List
	l.Add(diag.MissingSecret, s.At, "give it with --secret id="+s.Source.Secret+",env=VARIABLE or id="+s.Source.Secret+",src=FILE; it holds the Authorization header, as in Bearer TOKEN",
		"%s: no build secret %s", s.Path, s.Source.Secret)
	return l
}

// statusHint says what to do about a status. Servers answer 404 as well to those who
// may not know what is there.
func statusHint(s spec.Placed, status string) string {
	switch {
	case status != "401" && status != "403" && status != "404":
		return "check the address and that the builder can reach it"
	case s.Source.Secret != "":
		return "check the address, and that the secret " + s.Source.Secret + " holds the whole Authorization header, as in Bearer TOKEN"
	case strings.HasPrefix(s.Path, "data."):
		return "check the address; the build fetches it without credentials, unless auth_secret names a build secret"
	}
	return "check the address; the build fetches it without credentials"
}

// stanza is the first part of the place of a source, for the progress.
func stanza(s spec.Placed) string {
	name, _, _ := strings.Cut(s.Path, ".")
	return name
}

// lockedDigest points a digest mismatch to the lock, where the digest is from
// there.
func (b *build) lockedDigest(d *diag.Diagnostic, s spec.Placed) {
	entry, ok := b.model.Lock().Source(lock.KindHTTP, s.Text)
	if !ok || !s.Source.Locked {
		return
	}
	d.Hint = "if the new content is what you want, run `modelbuild lock --update " + strings.TrimPrefix(s.Path, "data.") + "`"
	d.Related = append(d.Related, diag.Related{Span: entry.At, Message: "locked to " + entry.Digest})
}

// statusText is an HTTP status with its name, as in 404 Not Found.
func statusText(code string) string {
	n, err := strconv.Atoi(code)
	if err != nil || http.StatusText(n) == "" {
		return code
	}
	return code + " " + http.StatusText(n)
}

// lastCause is the innermost part of a wrapped error, which is what went wrong.
func lastCause(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if i := strings.LastIndex(text, ": exit status "); i >= 0 {
		text = strings.TrimRight(text[:i], " :")
	}
	parts := strings.Split(text, ": ")
	return strings.Join(parts[max(len(parts)-2, 0):], ": ")
}
