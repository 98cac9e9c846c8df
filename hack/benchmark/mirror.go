package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// aptHost is the host of Debian's archives that apt on this machine is set up with; apt checks the signatures of what it
// reads there, and a lock the digests.
func aptHost(ctx context.Context) (*url.URL, error) {
	out, err := exec.CommandContext(ctx, "apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages").Output()
	if err != nil {
		return nil, fmt.Errorf("ask apt for its archives: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		u, err := url.Parse(strings.TrimSpace(line))
		if err == nil && u.Host != "" && strings.Trim(u.Path, "/") == "debian" {
			return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
		}
	}
	return nil, errors.New("apt has no source of the archive /debian")
}

// mirror hands on Debian's archives, and keeps packages in a folder, so that no side waits for a network and the other
// does not.
type mirror struct {
	dir      string
	host     string
	archives *url.URL
	server   *http.Server
	pass     http.Handler
}

func startMirror(ctx context.Context, dir string, archives *url.URL) (*mirror, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("create folder of packages: %w", err)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for apt: %w", err)
	}
	m := &mirror{dir: dir, host: l.Addr().String(), archives: archives, pass: &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(archives); r.Out.Host = archives.Host },
	}}
	m.server = &http.Server{Handler: m} //nolint:gosec // it listens to this machine alone
	go m.server.Serve(l)                //nolint:errcheck // ends with the server
	return m, nil
}

func (m *mirror) url(archive string) string { return "http://" + m.host + "/" + archive }

// sources are the lines of a sources.list.
func (m *mirror) sources(suite string) []string {
	return []string{
		"deb " + m.url("debian") + " " + suite + " main",
		"deb " + m.url("debian") + " " + suite + "-updates main",
		"deb " + m.url("debian-security") + " " + suite + "-security main",
	}
}

// buildArg tells a build of ours the same.
func (m *mirror) buildArg() string {
	return "MODELBUILD_DEBIAN_MIRROR=" + m.url("debian") + ",Debian-Security=" + m.url("debian-security")
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, ".deb") {
		m.pass.ServeHTTP(w, r)
		return
	}
	path := filepath.Join(m.dir, url.PathEscape(r.URL.Path))
	if _, err := os.Stat(path); err != nil {
		if err := m.keep(r.Context(), r.URL, path); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
	}
	http.ServeFile(w, r, path)
}

// keep fetches a package under a name of its own, so that one that is there is whole.
func (m *mirror) keep(ctx context.Context, from *url.URL, path string) (err error) {
	address := *m.archives
	address.Path, address.RawPath = from.Path, from.RawPath
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), http.NoBody)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", address.String(), res.Status)
	}
	f, err := os.CreateTemp(m.dir, "part-")
	if err != nil {
		return err
	}
	_, err = io.Copy(f, res.Body)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), path)
}

func (m *mirror) close() error { return m.server.Close() }
