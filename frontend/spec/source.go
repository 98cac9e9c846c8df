package spec

import (
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/internal/pattern"
	"github.com/opencontainers/go-digest"
)

// SourceKind says where a dataset comes from.
type SourceKind string

// The kinds of source that this version builds.
const (
	SourceContext SourceKind = "context" // a file of the build context
	SourceHTTP    SourceKind = "http"    // a file on a web server, pinned by sha256
	SourceGit     SourceKind = "git"     // a file of a git repository, pinned by commit
	SourceTarget  SourceKind = "target"  // a file that another target of the spec makes
	SourceImage   SourceKind = "image"   // a file of an image in a registry, pinned by the image's digest
	SourceLayout  SourceKind = "layout"  // a file of an image in an OCI layout that the client shares
	SourceBlob    SourceKind = "blob"    // a blob of a registry, pinned by its digest

	SourceLayoutBlob SourceKind = "layout-blob" // a blob of an OCI layout that the client shares
)

// Source is a parsed data.<name>.source.
type Source struct {
	Kind   SourceKind
	Path   string        // slash-separated path of the file in its context, commit or image; target: its name, empty for all of them; blob: its title, where it was found by one
	Name   string        // context: the named context, empty for the build context itself; layout and layout-blob: the named context; target: the target
	URL    string        // http: the address; git: the remote; image and blob: the reference, without its digest
	Commit string        // git: the full commit id
	Image  digest.Digest // image and layout: the digest of the image; empty for a layout that the spec does not pin
	Digest digest.Digest // sha256 of the file; empty where none is given
	Secret string        // http and git: id of the build secret that holds the Authorization header; empty for none
	Host   string        // git over ssh: HOST or HOST:PORT; empty for git over anything else
	Known  string        // git over ssh: the keys of the host, as lines of a known_hosts file; empty where the lock has none
	Locked bool          // what pins it is from modelbuild.lock
}

// Checked reports whether BuildKit itself holds the file to its digest.
func (s Source) Checked() bool {
	return s.Kind == SourceHTTP || s.Kind == SourceBlob || s.Kind == SourceLayoutBlob
}

// schemes lists the forms of source, for hints.
const schemes = "context://PATH, context+NAME://PATH, https://HOST/FILE, git+https://HOST/REPO.git#COMMIT:PATH, git+ssh://…, " +
	"image://REF@sha256:…#PATH, oci-layout://NAME#PATH, image+blob://REF@sha256:…, oci-layout+blob://NAME@sha256:… or target://NAME/FILE"

var contextName = pattern.New(`^[a-z0-9]+([._-][a-z0-9]+)*$`)

// sourceError is a source that cannot be read as one, with a hint.
type sourceError struct {
	msg, hint string
	unpinned  bool
	sensitive bool // the source holds a credential
}

func (e *sourceError) Error() string { return e.msg }

// ParseSource reads a source and its optional digest. A remote source must be
// pinned by the spec itself.
func ParseSource(src, dgst string) (Source, error) { return parseSource(src, dgst, nil) }

// parseSource is [ParseSource] with a lock, which may be nil, for what the spec
// does not pin.
func parseSource(src, dgst string, l *lock.File) (Source, error) {
	scheme, rest, ok := strings.Cut(src, "://")
	if !ok && scpForm.MatchString(src) {
		scheme, ok = "ssh", true
	}
	if !ok {
		hint := "a source is " + schemes
		if strings.Trim(src, "./") != "" && !strings.Contains(src, ":") {
			hint = fmt.Sprintf("for a file of the build context write context://%s", strings.TrimPrefix(src, "./"))
		}
		return Source{}, &sourceError{msg: fmt.Sprintf("%q has no scheme", src), hint: hint}
	}
	out := Source{Digest: digest.Digest(dgst)}
	if dgst != "" {
		if err := out.Digest.Validate(); err != nil || out.Digest.Algorithm() != digest.SHA256 {
			return Source{}, &sourceError{msg: fmt.Sprintf("digest %q is not sha256: and 64 hex digits", dgst),
				hint: "sha256sum FILE prints the digits"}
		}
	}
	if name, named := strings.CutPrefix(scheme, "context+"); named {
		if !contextName.MatchString(name) {
			return Source{}, &sourceError{msg: fmt.Sprintf("%q is not the name of a build context", name), hint: "as in context+shared://data/train.csv with --build-context shared=DIR"}
		}
		out.Name, scheme = name, "context"
	}
	switch scheme {
	case "context":
		return contextSource(out, rest)
	case "http", "https":
		return httpSource(out, src, l)
	case "git", "git+https", "git+http", "git+ssh", "ssh":
		return gitSource(out, src, l)
	case "target":
		return targetSource(out, rest)
	case "image":
		return imageSource(out, src, l)
	case "oci-layout":
		return layoutSource(out, rest)
	case "image+blob":
		return blobSource(out, src, l)
	case "oci-layout+blob":
		return layoutBlobSource(out, rest)
	}
	return Source{}, &sourceError{msg: fmt.Sprintf("unknown scheme %q", scheme), hint: "a source is " + schemes}
}

func contextSource(out Source, p string) (Source, error) {
	clean := path.Clean("/" + p)[1:]
	if clean == "" || clean != strings.TrimPrefix(p, "./") {
		return Source{}, &sourceError{msg: fmt.Sprintf("%q is not the path of a file in the build context", p),
			hint: "write the path relative to the context, without .. or a leading /"}
	}
	out.Kind, out.Path = SourceContext, clean
	return out, nil
}

func httpSource(out Source, src string, l *lock.File) (Source, error) {
	u, err := url.Parse(src)
	if err != nil || u.Host == "" {
		return Source{}, &sourceError{msg: "not a web address", hint: "as in https://example.org/data/train.csv"}
	}
	if u.User != nil {
		return Source{}, &sourceError{sensitive: true, msg: "a password or token in an address ends up in logs and provenance",
			hint: "take it out of the address"}
	}
	if entry, ok := l.Source(lock.KindHTTP, src); ok && out.Digest == "" {
		out.Digest, out.Locked = digest.Digest(entry.Digest), true
	}
	if out.Digest == "" {
		return Source{}, &sourceError{unpinned: true, msg: "a remote source needs a digest",
			hint: "run `modelbuild lock`, or add digest: sha256:… beside it"}
	}
	out.Kind, out.URL = SourceHTTP, src
	return out, nil
}
