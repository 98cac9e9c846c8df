package lock

import (
	"compress/gzip"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/frontend/diag"
)

const content = "height,size\n1.0,small\n"

// newServer answers as a web server on a bad day does, by path.
func newServer(t *testing.T) *httptest.Server {
	t.Helper()
	stop := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/good", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, content) })
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/good", http.StatusFound) })
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("/gzip", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		fmt.Fprint(z, content)
		z.Close()
	})
	mux.HandleFunc("/short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, content)
	})
	mux.HandleFunc("/chunked-cut", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, content)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	mux.HandleFunc("/stall", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, content)
		w.(http.Flusher).Flush()
		<-stop
	})
	mux.HandleFunc("/silent", func(http.ResponseWriter, *http.Request) { <-stop })
	mux.HandleFunc("/slow", func(w http.ResponseWriter, _ *http.Request) {
		for _, c := range content { // longer than the timeout in all, never silent for so long
			fmt.Fprint(w, string(c))
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	})
	mux.HandleFunc("/partial", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusPartialContent)
		fmt.Fprint(w, content)
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(func() { close(stop); srv.Close() })
	return srv
}

func newResolver(timeout time.Duration) *resolver {
	return &resolver{o: Options{Jobs: 2, Timeout: timeout}, client: newClient(timeout), project: &Project{Sources: diag.Sources{}}}
}

func TestDownload(t *testing.T) {
	srv := newServer(t)
	r := newResolver(300 * time.Millisecond)
	for _, path := range []string{"/good", "/redirect", "/gzip", "/slow"} {
		dgst, size, err := r.download(t.Context(), webFile{address: srv.URL + path}, (*Progress)(nil).start("", ""))
		require.NoError(t, err, path)
		require.Equal(t, digest.FromString(content).String(), dgst, path)
		require.EqualValues(t, len(content), size, path)
	}
}

func TestDownloadFailures(t *testing.T) {
	srv := newServer(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	nobody := "http://" + closed.Addr().String()
	require.NoError(t, closed.Close())
	cases := map[string]struct {
		address string
		code    diag.Code
		text    string
	}{
		"not there":       {srv.URL + "/absent", diag.SourceHTTP, "the server answered 404 Not Found"},
		"a part":          {srv.URL + "/partial", diag.SourceHTTP, "the server answered 206 Partial Content"},
		"shorter":         {srv.URL + "/short", diag.SourceUnreadable, "the server ended the file too early after 22 bytes"},
		"cut":             {srv.URL + "/chunked-cut", diag.SourceUnreadable, "the server ended the file too early after 22 bytes"},
		"stalls":          {srv.URL + "/stall", diag.SourceUnreadable, "the server sent nothing for 300ms after 22 bytes"},
		"never answers":   {srv.URL + "/silent", diag.SourceUnreadable, "cannot fetch: the server did not answer in time"},
		"redirect loop":   {srv.URL + "/loop", diag.SourceUnreadable, "more than 10 redirects"},
		"nobody there":    {nobody + "/x?token=secret", diag.SourceUnreadable, "connection refused"},
		"not an address":  {"http://[bad", diag.SourceUnreadable, "not a web address"},
		"unknown scheme":  {"gopher://example.org/x", diag.SourceUnreadable, "unsupported protocol scheme"},
		"space in a host": {"http://exa mple.org/x", diag.SourceUnreadable, "not a web address"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, _, err := newResolver(300*time.Millisecond).download(t.Context(), webFile{address: c.address}, (*Progress)(nil).start("", ""))
			var f *Failure
			require.ErrorAs(t, err, &f)
			require.Equal(t, c.code, f.Code)
			require.Contains(t, f.Error(), c.text)
			require.NotContains(t, f.Error(), "secret")
			require.Less(t, time.Since(start), 3*time.Second)
		})
	}
}

func TestDownloadRefusesADowngrade(t *testing.T) {
	plain := newServer(t)
	srv := httptest.NewTLSServer(http.RedirectHandler(plain.URL+"/good", http.StatusFound))
	t.Cleanup(srv.Close)
	r := newResolver(time.Second)
	transport := srv.Client().Transport.(*http.Transport).Clone()
	r.client.Transport = transport
	_, _, err := r.download(t.Context(), webFile{address: srv.URL}, (*Progress)(nil).start("", ""))
	require.ErrorContains(t, err, "redirects from https to http")
}

func TestDownloadEndsWithItsContext(t *testing.T) {
	srv := newServer(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, _, err := newResolver(time.Minute).download(ctx, webFile{address: srv.URL + "/stall"}, (*Progress)(nil).start("", ""))
	require.Error(t, err)
	require.Less(t, time.Since(start), 5*time.Second)
}

func TestPickRef(t *testing.T) {
	a, b, c := strings.Repeat("a", 40), strings.Repeat("b", 40), strings.Repeat("c", 40)
	refs := map[string]string{
		"HEAD": a, "refs/heads/main": a, "refs/heads/both": a, "refs/tags/both": b, "refs/heads/same": a, "refs/tags/same": a,
		"refs/tags/v1": b, "refs/tags/v1^{}": c, "refs/tags/light": b, "refs/pull/1/head": c,
	}
	for ref, want := range map[string]string{
		"": a, "HEAD": a, "main": a, "v1": c, "light": b, "refs/tags/v1": c, "refs/heads/both": a, "refs/tags/both": b, "refs/pull/1/head": c, "same": a,
	} {
		got, err := pickRef(refs, ref)
		require.NoError(t, err, ref)
		require.Equal(t, want, got, ref)
	}
	for ref, want := range map[string]string{
		"absent": `no branch or tag "absent"`, "both": "is a branch and a tag", "deadbeef": "a shortened commit id cannot be looked up", "refs/heads/x": "no branch or tag",
	} {
		_, err := pickRef(refs, ref)
		require.ErrorContains(t, err, want, ref)
	}
	_, err := pickRef(nil, "")
	require.ErrorContains(t, err, "no default branch")
}
