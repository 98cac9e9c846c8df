package lock

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
)

// authorization is the header that a secret is sent in.
const authorization = "Authorization"

// ErrNoSecret says that there is no secret of an id.
var ErrNoSecret = errors.New("no such secret")

// authorization is what is sent as that header, where the input names a secret: the secret as it is, as in a build. It is
// in no message.
func (r *resolver) authorization(ctx context.Context, id string) (string, error) {
	if id == "" {
		return "", nil
	}
	value, err := "", ErrNoSecret
	if r.o.Secret != nil {
		value, err = r.o.Secret(ctx, id)
	}
	switch {
	case errors.Is(err, ErrNoSecret):
		return "", fail(diag.MissingSecret, "give it with --secret id="+id+",env=VARIABLE or id="+id+",src=FILE; it holds the Authorization header, as in Bearer TOKEN",
			"no secret %s", id)
	case err != nil:
		return "", fail(diag.MissingSecret, "check what --secret names", "cannot read the secret %s: %w", id, err)
	case value == "" || strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }):
		return "", fail(diag.MissingSecret, "it is one line without its end: write it with printf", "the secret %s is no value of a header", id)
	}
	return value, nil
}

// sameServer reports whether two addresses are of one server, which alone may see what is sent to it.
func sameServer(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	switch p := u.Port(); {
	case p != "":
		return p
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}
