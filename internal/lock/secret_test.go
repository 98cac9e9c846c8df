package lock

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"
)

// TestSecretStaysAtItsServer: a redirect to another server, also one on another port, is followed without it.
func TestSecretStaysAtItsServer(t *testing.T) {
	const planted = "Bearer planted-value"
	seen := map[string]string{}
	serve := func(name string) *httptest.Server {
		mux := http.NewServeMux()
		mux.HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) {
			seen[name] = r.Header.Get("Authorization")
			fmt.Fprint(w, content)
		})
		mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) {
			seen[name] = r.Header.Get("Authorization")
			http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
		})
		srv := httptest.NewServer(mux)
		t.Cleanup(srv.Close)
		return srv
	}
	one, other := serve("one"), serve("other")
	for to, leaves := range map[string]bool{"/file": false, one.URL + "/file": false, other.URL + "/file": true,
		strings.Replace(other.URL, "127.0.0.1", "localhost", 1) + "/file": true} {
		clear(seen)
		dgst, _, err := newResolver(time.Second).download(t.Context(), webFile{one.URL + "/moved?to=" + url.QueryEscape(to), planted}, (*Progress)(nil).start("", ""))
		require.NoError(t, err)
		require.Equal(t, digest.FromString(content).String(), dgst)
		require.Equal(t, planted, seen["one"], to)
		require.Empty(t, seen["other"], to)
		_, reached := seen["other"]
		require.Equal(t, leaves, reached, to)
	}
}

func TestSameServer(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"https://example.org/a", "https://EXAMPLE.org:443/b", true},
		{"http://example.org:80/a", "http://example.org/b", true},
		{"https://example.org/a", "https://sub.example.org/a", false},
		{"https://example.org/a", "https://example.org:8443/a", false},
		{"http://example.org/a", "https://example.org/a", false},
		{"https://[::1]/a", "https://[::1]:443/a", true},
	} {
		a, err := url.Parse(c.a)
		require.NoError(t, err)
		b, err := url.Parse(c.b)
		require.NoError(t, err)
		require.Equal(t, c.same, sameServer(a, b), "%s %s", c.a, c.b)
	}
}
