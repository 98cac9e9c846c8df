package redact

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const hex = "f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93"

func TestURI(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"plain", "https://example.org/a.csv", "https://example.org/a.csv"},
		{"user", "https://alice@example.org/a.csv", "https://example.org/a.csv"},
		{"password", "https://alice:hunter2@example.org:8443/a.csv", "https://example.org:8443/a.csv"},
		{"at in password", "https://alice:hun@ter2@example.org/a", "https://example.org/a"},
		{"slash in password", "https://alice:hun/ter2@example.org/a", "https://example.org/a"},
		{"query", "https://example.org/a.csv?X-Amz-Signature=hunter2&v=1", "https://example.org/a.csv?redacted"},
		{"bare query", "https://example.org/a.csv?hunter2", "https://example.org/a.csv?redacted"},
		{"digest", "oci-layout://shared@sha256:" + hex, "oci-layout://shared@sha256:" + hex},
		{"digest and path", "image://debian:12@sha256:" + hex + "#data/a.csv", "image://debian:12@sha256:" + hex + "#data/a.csv"},
		{"digest after a user", "https://alice:hunter2@b@sha256:" + hex, "https://sha256:" + hex},
		{"no digest", "https://alice@sha256:" + hex[1:], "https://sha256:" + hex[1:]},
		{"at in path", "https://example.org/@scope/a", "https://example.org/@scope/a"},
		{"at after a port", "https://example.org:443/@scope/a", "https://example.org:443/@scope/a"},
		{"IPv6", "http://[::1]:8080/a@b", "http://[::1]:8080/a@b"},
		{"git fragment", "https://example.org/r.git#v1.2:sub", "https://example.org/r.git#v1.2:sub"},
		{"fragment parameters", "https://example.org/a#access_token=hunter2", "https://example.org/a#redacted"},
		{"scp", "git:hunter2@example.org:team/repo.git", "example.org:team/repo.git"},
		{"context", "context://data/penguins.csv", "context://data/penguins.csv"},
		{"reference with digest", "busybox@sha256:abc", "busybox@sha256:abc"},
		{"purl", "pkg:docker/a/b@1?digest=sha256:ab&platform=linux%2Famd64", "pkg:docker/a/b@1?digest=sha256:ab&platform=linux%2Famd64"},
		{"purl secret", "pkg:generic/a@1?download_url=https:%2F%2Fu:hunter2@h&digest=sha256:ab", "pkg:generic/a@1?digest=sha256:ab"},
		{"purl fragment", "pkg:generic/a@1?arch=arm64#hunter2", "pkg:generic/a@1?arch=arm64"},
		{"malformed", "https://u:hunter2%zz@[bad/a?hunter2", "https://[bad/a?redacted"},
		{"empty", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := URI(tc.in)
			assert.Equal(t, tc.want, got)
			assert.Equal(t, got, URI(got), "not idempotent")
		})
	}
}

func TestText(t *testing.T) {
	in := "source: https://u:hunter2@h/a?t=hunter2\nbase: 'http://h/b?hunter2'\nnote: a://b\n"
	want := "source: https://h/a?redacted\nbase: 'http://h/b?redacted'\nnote: a://b\n"
	assert.Equal(t, want, Text(in))
	assert.Equal(t, "no address: a/b?c", Text("no address: a/b?c"))
}

func FuzzURI(f *testing.F) {
	for _, seed := range []string{"https://u:p@h/p?q#f", "git@h:p", "pkg:docker/a?b=c", "a://b@c/d@e", "://", "?#@:"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got := URI(in)
		if got != URI(got) {
			t.Fatalf("URI(%q) = %q, then %q", in, got, URI(got))
		}
	})
}

func FuzzURIDropsPassword(f *testing.F) {
	f.Add("hunter2", "path")
	f.Fuzz(func(t *testing.T, user, path string) {
		secret := "S3CR3T" + user
		if strings.Contains(path, "S3CR3T") {
			t.Skip()
		}
		for _, uri := range []string{"https://u:" + secret + "@host/" + path, "https://host/" + path + "?t=" + secret} {
			if got := URI(uri); strings.Contains(got, "S3CR3T") {
				t.Fatalf("URI(%q) = %q keeps the secret", uri, got)
			}
		}
	})
}
