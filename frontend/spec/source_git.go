package spec

import (
	"fmt"
	"net"
	"net/url"
	"path"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/internal/pattern"
)

var commitID = pattern.New(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// scpForm is git's short form of an address over ssh, USER@HOST:PATH.
var scpForm = pattern.New(`^[a-zA-Z0-9_-]+@([a-zA-Z0-9.-]+):[^:#]+(#|$)`)

// gitSource reads an address of git with #COMMIT:PATH after it. Where the commit is not
// pinned the rest of the source comes with the error.
func gitSource(out Source, src string, l *lock.File) (Source, error) {
	remote, fragment, _ := strings.Cut(src, "#")
	remote = strings.TrimPrefix(remote, "git+")
	commit, p, _ := strings.Cut(fragment, ":")
	host, err := sshHost(remote)
	if err != nil {
		return Source{}, err
	}
	if clean := path.Clean("/" + p)[1:]; clean == "" || clean != p {
		return Source{}, &sourceError{msg: "a git source needs the path of a file after the commit", hint: "as in #" + short(commit) + ":data/train.csv"}
	}
	out.Kind, out.URL, out.Path, out.Host = SourceGit, remote, p, host
	if entry, ok := l.Source(lock.KindHost, hostName(host)); ok && host != "" {
		out.Known = knownHosts(host, entry.Keys)
	}
	if entry, ok := l.Source(lock.KindGit, src); ok && !commitID.MatchString(commit) {
		commit, out.Locked = entry.Commit, true
	}
	if !commitID.MatchString(commit) {
		return out, &sourceError{unpinned: true, msg: fmt.Sprintf("a git source needs a full commit id, not %q", commit),
			hint: "run `modelbuild lock`, or write the id that `git rev-parse REF` prints after the #"}
	}
	out.Commit = commit
	return out, nil
}

// sshHost checks an address of git, and is the host of one over ssh: without the port
// where that is the usual one.
func sshHost(remote string) (string, error) {
	if m := scpForm.FindStringSubmatch(remote); m != nil {
		return m[1], nil
	}
	u, err := url.Parse(remote)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") == "" {
		return "", &sourceError{msg: "not the address of a git repository",
			hint: "as in git+https://example.org/team/data.git#COMMIT:train.csv, or git+ssh://git@example.org/team/data.git#COMMIT:train.csv"}
	}
	if _, secret := u.User.Password(); secret || u.User != nil && u.Scheme != "ssh" {
		return "", &sourceError{sensitive: true, msg: "a password or token in an address ends up in logs and provenance",
			hint: "take it out of the address"}
	}
	if u.Scheme != "ssh" {
		return "", nil
	}
	if port := u.Port(); port != "" && port != "22" {
		return net.JoinHostPort(u.Hostname(), port), nil
	}
	return u.Hostname(), nil
}

// hostName is what the lock calls a host of git over ssh.
func hostName(host string) string { return "ssh://" + host }

// knownHosts writes the keys of a host as a known_hosts file; see sshd(8).
func knownHosts(host string, keys []string) string {
	name := host
	if h, port, err := net.SplitHostPort(host); err == nil {
		name = "[" + h + "]:" + port
	}
	var b strings.Builder
	for _, key := range keys {
		fmt.Fprintf(&b, "%s %s\n", name, key)
	}
	return b.String()
}

// short is a commit id or a ref, shortened for a hint.
func short(commit string) string {
	switch {
	case commit == "":
		return "main"
	case commitID.MatchString(commit):
		return commit[:12] + "…"
	}
	return commit
}
