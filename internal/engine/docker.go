package engine

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/moby/buildkit/client"
)

// defaultDocker is where a Docker engine listens unless DOCKER_HOST says otherwise.
const defaultDocker = "unix:///var/run/docker.sock"

// probeDocker asks a Docker engine for the BuildKit inside it. Only an engine with the containerd image store is
// used: the older store keeps no attestations and cannot export an OCI layout.
func probeDocker(ctx context.Context, _ DetectOptions) (*found, error) {
	address := os.Getenv("DOCKER_HOST")
	if address == "" {
		address = defaultDocker
	}
	d, err := newDockerDialer(address)
	if err != nil {
		return nil, absent("%v", err)
	}
	limited, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	info, err := d.info(limited)
	if err != nil {
		return nil, absent("no Docker engine answers at %s: %v", address, err)
	}
	if !info.containerdStore() {
		return nil, absent("the Docker engine at %s lacks the containerd image store, which attestations need", address)
	}
	version, err := answers(ctx, probeTimeout, d.connect)
	if err != nil {
		return nil, absent("the Docker engine at %s gives no BuildKit: %v", address, err)
	}
	return &found{name: address, connect: d.connect,
		reason: fmt.Sprintf("Docker engine %s at %s answers, BuildKit %s", info.ServerVersion, address, version)}, nil
}

// dockerDialer opens connections to a Docker engine's API.
type dockerDialer struct{ network, address string }

func newDockerDialer(host string) (*dockerDialer, error) {
	u, err := url.Parse(host)
	if err != nil {
		return nil, fmt.Errorf("read DOCKER_HOST: %w", err)
	}
	switch u.Scheme {
	case "unix":
		if _, err := os.Stat(u.Path); err != nil {
			return nil, fmt.Errorf("no Docker engine: %s does not exist", u.Path)
		}
		return &dockerDialer{network: "unix", address: u.Path}, nil
	case "tcp":
		if os.Getenv("DOCKER_TLS_VERIFY") != "" {
			return nil, errors.New("a Docker engine over TLS is reached through a buildx builder: `docker buildx create`")
		}
		return &dockerDialer{network: "tcp", address: u.Host}, nil
	}
	return nil, fmt.Errorf("a Docker engine at %s is reached through a buildx builder: `docker buildx create`", host)
}

func (d *dockerDialer) dial(ctx context.Context) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, d.network, d.address)
}

// connect makes a BuildKit client over the engine's /grpc endpoint, with build sessions over /session.
func (d *dockerDialer) connect(ctx context.Context) (*Connection, error) {
	c, err := client.New(ctx, "",
		client.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return d.upgrade(ctx, "/grpc", "h2c", nil)
		}),
		client.WithSessionDialer(func(ctx context.Context, proto string, meta map[string][]string) (net.Conn, error) {
			return d.upgrade(ctx, "/session", proto, meta)
		}))
	if err != nil {
		return nil, err
	}
	return &Connection{Client: c}, nil
}

// upgrade turns a request to the engine's API into a raw connection.
func (d *dockerDialer) upgrade(ctx context.Context, path, proto string, meta map[string][]string) (net.Conn, error) {
	conn, err := d.dial(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	req, err := http.NewRequest(http.MethodPost, "http://docker"+path, http.NoBody)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	maps.Copy(req.Header, meta)
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", proto)
	reader := bufio.NewReader(conn)
	resp, err := exchange(conn, reader, req) //nolint:bodyclose // the connection itself is what is wanted
	if err == nil && resp.StatusCode != http.StatusSwitchingProtocols {
		err = fmt.Errorf("the Docker engine answers %s to an upgrade of %s", resp.Status, path)
	}
	if !stop() {
		err = errors.Join(err, ctx.Err())
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &bufferedConn{Conn: conn, reader: reader}, nil
}

func exchange(conn net.Conn, reader *bufio.Reader, req *http.Request) (*http.Response, error) {
	if err := req.Write(conn); err != nil {
		return nil, err
	}
	return http.ReadResponse(reader, req)
}

// bufferedConn first gives what was read ahead along with the upgrade's response.
type bufferedConn struct {
	net.Conn
	reader *bufio.Reader
}

func (c *bufferedConn) Read(p []byte) (int, error) { return c.reader.Read(p) }

// dockerInfo is what of the engine's description matters here.
type dockerInfo struct {
	ServerVersion string
	DriverStatus  [][2]string
}

func (i *dockerInfo) containerdStore() bool {
	for _, kv := range i.DriverStatus {
		if kv[0] == "driver-type" && strings.HasPrefix(kv[1], "io.containerd.snapshotter") {
			return true
		}
	}
	return false
}

// maxDockerInfo bounds the engine's description, in bytes.
const maxDockerInfo = 4 << 20

func (d *dockerDialer) info(ctx context.Context) (*dockerInfo, error) {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return d.dial(ctx) }}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://docker/info", nil)
	if err != nil {
		return nil, err
	}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s", resp.Status)
	}
	var info dockerInfo
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxDockerInfo)).Decode(&info); err != nil {
		return nil, fmt.Errorf("read its description: %w", err)
	}
	return &info, nil
}
