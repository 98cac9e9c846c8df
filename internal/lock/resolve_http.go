package lock

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/internal/redact"
)

// maxRedirects is how often a server may point elsewhere.
const maxRedirects = 10

var errDowngrade = errors.New("the server redirects from https to http")

// newClient gives up on a server that is silent for that long. Like BuildKit's
// own client it sends no credentials but those of a request, and these to its server
// alone, and lets a server compress what it sends: the digest is that of the content.
func newClient(timeout time.Duration) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = (&net.Dialer{Timeout: timeout, KeepAlive: timeout}).DialContext
	transport.TLSHandshakeTimeout = timeout
	transport.ResponseHeaderTimeout = timeout
	return &http.Client{Transport: transport, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return fmt.Errorf("more than %d redirects", maxRedirects)
		}
		if via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https" {
			return errDowngrade
		}
		if !sameServer(via[0].URL, req.URL) {
			req.Header.Del(authorization)
		}
		return nil
	}}
}

// webFile is a file of a web server, and what is sent as the Authorization header for it.
type webFile struct{ address, auth string }

// download reads a file to its end and returns its digest and size.
func (r *resolver) download(ctx context.Context, f webFile, t *task) (dgst string, size int64, err error) {
	body, err := r.get(ctx, f, "")
	if err != nil {
		return "", 0, err
	}
	defer body.Close()
	t.total(body.length)
	h := sha256.New()
	size, err = io.Copy(io.MultiWriter(h, t), body)
	if err != nil {
		return "", 0, fail(diag.SourceUnreadable, "try again; nothing was locked", "%s after %d bytes", describe(err), size)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), size, nil
}

// response is the body of an answer, guarded against silence.
type response struct {
	io.ReadCloser
	watch   *time.Timer
	cancel  context.CancelCauseFunc
	timeout time.Duration
	ctx     context.Context
	length  int64 // -1 where the server does not tell
	kind    string
	url     string // where redirects led
}

// Read fails once the server has been silent for the timeout.
func (b *response) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.watch.Reset(b.timeout)
	if err != nil && !errors.Is(err, io.EOF) {
		if cause := context.Cause(b.ctx); cause != nil {
			err = cause
		}
	}
	return n, err
}

// Close ends the request.
func (b *response) Close() error {
	b.watch.Stop()
	defer b.cancel(nil)
	return b.ReadCloser.Close()
}

// get asks for a file; accept may be empty.
func (r *resolver) get(ctx context.Context, f webFile, accept string) (*response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.address, nil)
	if err != nil {
		cancel(nil)
		return nil, fail(diag.SourceUnreadable, "check the address", "not a web address")
	}
	req.Header.Set("User-Agent", "modelbuild")
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	hint := "check the address; it is fetched without credentials, unless auth_secret names a secret that --secret gives"
	if f.auth != "" {
		req.Header.Set(authorization, f.auth)
		hint = "check the address, and that the secret holds the whole Authorization header, as in Bearer TOKEN"
	}
	res, err := r.client.Do(req)
	if err != nil {
		cancel(nil)
		return nil, fail(diag.SourceUnreadable, "check the address and that this machine can reach it", "cannot fetch: %s", describe(err))
	}
	if res.StatusCode != http.StatusOK {
		res.Body.Close()
		cancel(nil)
		return nil, fail(diag.SourceHTTP, hint, "the server answered %s", res.Status)
	}
	silence := fmt.Errorf("the server sent nothing for %s", r.o.Timeout)
	return &response{ReadCloser: res.Body, ctx: ctx, cancel: cancel, timeout: r.o.Timeout, length: res.ContentLength,
		watch: time.AfterFunc(r.o.Timeout, func() { cancel(silence) }),
		kind:  res.Header.Get("Content-Type"), url: res.Request.URL.String()}, nil
}

// describe is an error without the address, which may hold a token in its query.
func describe(err error) string {
	var netErr net.Error
	switch {
	case errors.Is(err, errDowngrade):
		return errDowngrade.Error()
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the server ended the file too early"
	case errors.As(err, &netErr) && netErr.Timeout():
		return "the server did not answer in time"
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		err = inner
		var op *net.OpError
		if errors.As(err, &op) {
			return op.Error()
		}
	}
	return err.Error()
}

// shown is an address as it may be printed.
func shown(address string) string { return redact.URI(address) }
