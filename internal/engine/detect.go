package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/moby/buildkit/client"
)

// probeTimeout bounds one question to a daemon, so that a dead address does not hold up a build.
const probeTimeout = 5 * time.Second

// Kind is a place where a build can run.
type Kind string

// The kinds, in the order that Detect asks.
const (
	KindHost    Kind = "buildkit-host" // the address in BUILDKIT_HOST
	KindBuildx  Kind = "buildx"        // the current buildx builder
	KindDocker  Kind = "docker"        // the BuildKit inside a Docker engine
	KindManaged Kind = "managed"       // a buildkitd that modelbuild starts
)

// Probe is the outcome of asking one kind.
type Probe struct {
	Kind   Kind          `json:"kind"`
	Chosen bool          `json:"chosen"`
	Reason string        `json:"reason"` // one line: what was found, or why this kind was passed over
	Took   time.Duration `json:"took_ns"`
}

// DetectOptions say how to look. The zero value looks at the process's environment.
type DetectOptions struct {
	Builder string  // a buildx builder by name: then no other kind is asked
	Managed Options // how to start a daemon when nothing else is found
}

// Target is where a build will run.
type Target struct {
	Kind   Kind
	Name   string  // an address, a builder's name, or the managed daemon's folder
	Probes []Probe // every kind that was asked, in order

	connect func(context.Context) (*Connection, error)
}

// Connection is a client of the target, with what has to be ended along with it.
type Connection struct {
	*client.Client
	release func() error
}

// Close ends the connection, and the managed daemon when this was its last user.
func (c *Connection) Close() error {
	err := c.Client.Close()
	if c.release != nil {
		err = errors.Join(err, c.release())
	}
	return err
}

// Connect connects to the target, starting the managed daemon when that is what was chosen.
func (t *Target) Connect(ctx context.Context) (*Connection, error) {
	c, err := t.connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to %s %s: %w", t.Kind, t.Name, err)
	}
	return c, nil
}

// found is what a probe gives when the kind can be used.
type found struct {
	name    string
	reason  string
	connect func(context.Context) (*Connection, error)
}

// errAbsent is the probe error of a kind that is not there at all, as opposed to one that was asked for and fails.
var errAbsent = errors.New("absent")

type prober struct {
	kind  Kind
	probe func(context.Context, DetectOptions) (*found, error)
}

// Detect finds where a build runs: the first kind, in the documented order, that answers. A place that the user named,
// by BUILDKIT_HOST or a builder's name, is used or is an error; it is never silently replaced by the next one.
func Detect(ctx context.Context, o DetectOptions) (*Target, error) {
	probers := []prober{{KindHost, probeHost}, {KindBuildx, probeBuildx}, {KindDocker, probeDocker}, {KindManaged, probeManaged}}
	if o.Builder != "" {
		probers = []prober{{KindBuildx, probeBuildx}}
	}
	t := &Target{}
	for _, p := range probers {
		began := time.Now()
		f, err := p.probe(ctx, o)
		probe := Probe{Kind: p.kind, Took: time.Since(began)}
		if err == nil {
			probe.Chosen, probe.Reason = true, f.reason
			t.Kind, t.Name, t.connect = p.kind, f.name, f.connect
			t.Probes = append(t.Probes, probe)
			return t, nil
		}
		probe.Reason = oneLine(err)
		t.Probes = append(t.Probes, probe)
		if !errors.Is(err, errAbsent) {
			return t, fmt.Errorf("find where to build: %s: %w", p.kind, err)
		}
	}
	return t, &NoEngineError{Probes: t.Probes}
}

// NoEngineError says that there is nowhere to build, with what was tried.
type NoEngineError struct {
	Probes []Probe
}

// Error lists what was tried, a line each.
func (e *NoEngineError) Error() string {
	var b strings.Builder
	b.WriteString("there is nowhere to run a build:")
	for _, p := range e.Probes {
		fmt.Fprintf(&b, "\n  %s: %s", p.Kind, p.Reason)
	}
	return b.String()
}

// absent makes the error of a kind that is not there.
func absent(format string, args ...any) error {
	return absentError{fmt.Sprintf(format, args...)}
}

type absentError struct{ reason string }

func (e absentError) Error() string   { return e.reason }
func (absentError) Is(err error) bool { return err == errAbsent }

func oneLine(err error) string {
	text, _, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
	return text
}

func probeHost(ctx context.Context, _ DetectOptions) (*found, error) {
	address := os.Getenv("BUILDKIT_HOST")
	if address == "" {
		return nil, absent("BUILDKIT_HOST is not set")
	}
	connect := func(ctx context.Context) (*Connection, error) {
		c, err := client.New(ctx, address)
		if err != nil {
			return nil, err
		}
		return &Connection{Client: c}, nil
	}
	version, err := answers(ctx, probeTimeout, connect)
	if err != nil {
		return nil, fmt.Errorf("BUILDKIT_HOST=%s does not answer: %w", address, err)
	}
	return &found{name: address, connect: connect, reason: fmt.Sprintf("BUILDKIT_HOST=%s answers, BuildKit %s", address, version)}, nil
}

func probeManaged(_ context.Context, o DetectOptions) (*found, error) {
	managed, err := withDefaults(o.Managed)
	if err != nil {
		return nil, absent("%v", err)
	}
	if _, err := newSpec(managed); err != nil {
		return nil, absent("%v", err)
	}
	connect := func(ctx context.Context) (*Connection, error) {
		e, err := Start(ctx, managed)
		if err != nil {
			return nil, err
		}
		c, err := e.Client(ctx)
		if err != nil {
			return nil, errors.Join(err, e.Stop())
		}
		return &Connection{Client: c, release: e.Stop}, nil
	}
	return &found{name: managed.Root, connect: connect, reason: "buildkitd of our own, state in " + managed.Root}, nil
}

// answers connects, asks for the daemon's version and disconnects.
func answers(ctx context.Context, limit time.Duration, connect func(context.Context) (*Connection, error)) (string, error) {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	c, err := connect(limited)
	if err != nil {
		return "", err
	}
	defer c.Close()
	info, err := c.Info(limited)
	if err != nil {
		return "", err
	}
	return info.BuildkitVersion.Version, nil
}
