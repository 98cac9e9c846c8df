package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// RegistryOptions say how a registry of our own runs.
type RegistryOptions struct {
	Root          string // the folder for its content; it stays after Stop
	Tools         string // a folder to find the registry program in first; see [Tool]
	DieWithParent bool   // the kernel ends it when this process dies (Linux), for tests
}

// Registry is a running registry that speaks plain HTTP on the loopback interface.
type Registry struct {
	host  string
	log   string
	child *child
}

const registryConfig = `version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage:
  filesystem: {rootdirectory: %s}
  delete: {enabled: true}
  cache: {blobdescriptor: inmemory}
http:
  addr: %s
  secret: %s
`

// startAttempts covers another process taking the free port before the registry does.
const startAttempts = 3

// StartRegistry runs a registry on a free loopback port.
func StartRegistry(ctx context.Context, o RegistryOptions) (*Registry, error) {
	program, err := Tool(o.Tools, "registry")
	if err != nil {
		return nil, err
	}
	root, err := filepath.Abs(o.Root)
	if err != nil {
		return nil, fmt.Errorf("resolve registry folder: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(root, "content"), 0o700); err != nil {
		return nil, fmt.Errorf("create registry folder: %w", err)
	}
	for range startAttempts {
		var r *Registry
		if r, err = startRegistryOnce(ctx, program, root, o); err == nil {
			return r, nil
		}
	}
	return nil, fmt.Errorf("start registry: %w", err)
}

func startRegistryOnce(ctx context.Context, program, root string, o RegistryOptions) (*Registry, error) {
	host, err := freeHost()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(root, "registry.yml")
	text := fmt.Sprintf(registryConfig, strconv.Quote(filepath.Join(root, "content")), host, strconv.Quote(host))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("write settings: %w", err)
	}
	r := &Registry{host: host, log: filepath.Join(root, "registry.log")}
	cmd := exec.Command(program, "serve", config)
	cmd.Env = append(os.Environ(), "OTEL_TRACES_EXPORTER=none")
	if r.child, err = startChild(cmd, r.log, childOptions{dieWithParent: o.DieWithParent}); err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	if err := wait(limited, func() error { return r.ready(limited, cancel) }); err != nil {
		r.child.stop(stopTimeout)
		return nil, fmt.Errorf("%w (log: %s)", err, r.log)
	}
	return r, nil
}

// ready asks for the API's root; giveUp is called when the process has ended.
func (r *Registry) ready(ctx context.Context, giveUp func()) error {
	select {
	case <-r.child.done:
		giveUp()
		return fmt.Errorf("it ended at once: %w", errors.Join(r.child.err, errors.New(logTail(r.log))))
	default:
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.host+"/v2/", nil)
	if err != nil {
		return err
	}
	resp, err := (&http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s", resp.Status)
	}
	return nil
}

// freeHost is 127.0.0.1 with a port that nothing listened on a moment ago.
func freeHost() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// Host is the registry's address as image references have it: 127.0.0.1:PORT.
func (r *Registry) Host() string { return r.host }

// Stop ends the registry. Its content stays.
func (r *Registry) Stop() { r.child.stop(stopTimeout) }
