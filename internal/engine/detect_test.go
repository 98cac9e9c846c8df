package engine

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cleanEnv hides every place that a build could run on, and leaves the tools that hack/setup compiled.
func cleanEnv(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"BUILDKIT_HOST", "BUILDX_BUILDER", "DOCKER_TLS_VERIFY", "DOCKER_CONTEXT"} {
		t.Setenv(name, "")
	}
	t.Setenv(ToolsEnv, tools(t))
	t.Setenv("DOCKER_HOST", "unix://"+filepath.Join(dir, "no-docker.sock"))
	t.Setenv("DOCKER_CONFIG", filepath.Join(dir, "docker"))
	t.Setenv("BUILDX_CONFIG", filepath.Join(dir, "buildx"))
}

// daemon starts a buildkitd for the test.
func daemon(t *testing.T) *Engine {
	t.Helper()
	e, err := Start(t.Context(), testOptions(t))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, e.Stop()) })
	return e
}

// usable asks a target's daemon for its workers.
func usable(t *testing.T, target *Target) {
	t.Helper()
	c, err := target.Connect(t.Context())
	require.NoError(t, err)
	workers, err := c.ListWorkers(t.Context())
	require.NoError(t, err)
	assert.Len(t, workers, 1)
	require.NoError(t, c.Close())
}

func kinds(target *Target) []Kind {
	var out []Kind
	for _, p := range target.Probes {
		out = append(out, p.Kind)
	}
	return out
}

func TestDetectPrefersBuildkitHost(t *testing.T) {
	cleanEnv(t)
	e := daemon(t)
	t.Setenv("BUILDKIT_HOST", e.Address())
	target, err := Detect(t.Context(), DetectOptions{Managed: testOptions(t)})
	require.NoError(t, err)
	assert.Equal(t, KindHost, target.Kind)
	assert.Equal(t, []Kind{KindHost}, kinds(target))
	assert.Contains(t, target.Probes[0].Reason, "answers, BuildKit v")
	usable(t, target)
}

func TestDetectNeverReplacesABuildkitHostThatFails(t *testing.T) {
	cleanEnv(t)
	t.Setenv("BUILDKIT_HOST", "unix://"+filepath.Join(t.TempDir(), "none.sock"))
	target, err := Detect(t.Context(), DetectOptions{Managed: testOptions(t)})
	require.ErrorContains(t, err, "does not answer")
	assert.Equal(t, []Kind{KindHost}, kinds(target))
}

// builder makes a buildx builder for a daemon.
func builder(t *testing.T, name, address string, use bool) {
	t.Helper()
	args := []string{"create", "--name", name, "--driver", "remote", address}
	if use {
		args = append(args, "--use")
	}
	out, err := exec.Command(filepath.Join(tools(t), "buildx"), args...).CombinedOutput()
	require.NoError(t, err, string(out))
}

func TestDetectUsesTheCurrentBuilder(t *testing.T) {
	cleanEnv(t)
	e := daemon(t)
	builder(t, "mine", e.Address(), true)
	target, err := Detect(t.Context(), DetectOptions{Managed: testOptions(t)})
	require.NoError(t, err)
	assert.Equal(t, KindBuildx, target.Kind)
	assert.Equal(t, "mine", target.Name)
	assert.Equal(t, []Kind{KindHost, KindBuildx}, kinds(target))
	assert.Contains(t, target.Probes[1].Reason, "driver remote")
	usable(t, target)
}

func TestDetectHonoursBuilderNames(t *testing.T) {
	cleanEnv(t)
	e := daemon(t)
	builder(t, "other", e.Address(), false)

	t.Setenv("BUILDX_BUILDER", "other")
	target, err := Detect(t.Context(), DetectOptions{Managed: testOptions(t)})
	require.NoError(t, err)
	assert.Equal(t, "other", target.Name)

	t.Setenv("BUILDX_BUILDER", "absent")
	_, err = Detect(t.Context(), DetectOptions{Managed: testOptions(t)})
	require.ErrorContains(t, err, "absent", "a builder that the user named is not replaced")

	t.Setenv("BUILDKIT_HOST", "unix:///nowhere")
	target, err = Detect(t.Context(), DetectOptions{Builder: "other"})
	require.NoError(t, err, "--builder comes before everything in the environment")
	assert.Equal(t, []Kind{KindBuildx}, kinds(target))
	usable(t, target)

	_, err = Detect(t.Context(), DetectOptions{Builder: "absent"})
	require.ErrorContains(t, err, "absent")
}

func TestDetectFallsBackToTheManagedDaemon(t *testing.T) {
	cleanEnv(t)
	o := testOptions(t)
	target, err := Detect(t.Context(), DetectOptions{Managed: o})
	require.NoError(t, err)
	assert.Equal(t, KindManaged, target.Kind)
	assert.Equal(t, []Kind{KindHost, KindBuildx, KindDocker, KindManaged}, kinds(target))
	for _, p := range target.Probes {
		assert.NotEmpty(t, p.Reason)
		assert.NotContains(t, p.Reason, "\n")
	}
	usable(t, target)
	_, err = socketPID(socketPath(o.Root))
	require.Error(t, err, "closing the last connection ends the daemon")
}

func TestDetectListsWhatWasTriedWhenThereIsNothing(t *testing.T) {
	cleanEnv(t)
	cache := testOptions(t).Root
	t.Setenv(ToolsEnv, "")
	t.Setenv("PATH", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", cache)
	_, err := Detect(t.Context(), DetectOptions{})
	var none *NoEngineError
	require.ErrorAs(t, err, &none)
	assert.Len(t, none.Probes, 4)
	assert.Contains(t, err.Error(), "buildkitd was not found")
}

// fakeDocker is a Docker engine's API in front of a real buildkitd: it upgrades /grpc to a connection to that daemon,
// as the engine does.
func fakeDocker(t *testing.T, socket, store string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mb-docker-")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(dir)) })
	path := filepath.Join(dir, "docker.sock")
	l, err := net.Listen("unix", path)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /info", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"ServerVersion":"28.0.0","DriverStatus":[["driver-type","` + store + `"]]}`))
	})
	mux.HandleFunc("POST /grpc", func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "h2c", r.Header.Get("Upgrade"))
		splice(t, w, socket)
	})
	server := &http.Server{Handler: mux}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return "unix://" + path
}

// splice hands the request's connection over to a socket.
func splice(t *testing.T, w http.ResponseWriter, socket string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if !assert.NoError(t, err) {
		return
	}
	back, err := net.Dial("unix", socket)
	if !assert.NoError(t, err) {
		return
	}
	_, err = conn.Write([]byte("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"))
	assert.NoError(t, err)
	go func() { _, _ = io.Copy(conn, back); _ = conn.Close() }()
	go func() { _, _ = io.Copy(back, conn); _ = back.Close() }()
}

func TestDetectUsesADockerEngine(t *testing.T) {
	cleanEnv(t)
	e := daemon(t)
	t.Setenv("DOCKER_HOST", fakeDocker(t, strings.TrimPrefix(e.Address(), "unix://"), "io.containerd.snapshotter.v1"))
	d, err := newDockerDialer(os.Getenv("DOCKER_HOST"))
	require.NoError(t, err)
	f, err := probeDocker(t.Context(), DetectOptions{})
	require.NoError(t, err)
	assert.Contains(t, f.reason, "Docker engine 28.0.0")
	c, err := d.connect(t.Context())
	require.NoError(t, err)
	_, err = c.ListWorkers(t.Context())
	require.NoError(t, err)
	require.NoError(t, c.Close())
}

func TestDockerEngineWithoutTheContainerdStoreIsPassedOver(t *testing.T) {
	cleanEnv(t)
	t.Setenv("DOCKER_HOST", fakeDocker(t, "", "overlay2"))
	_, err := probeDocker(t.Context(), DetectOptions{})
	require.ErrorIs(t, err, errAbsent)
	require.ErrorContains(t, err, "lacks the containerd image store")
}

func TestCommandConnectionReportsWhatTheCommandSaid(t *testing.T) {
	conn, err := dialCommand(exec.Command("sh", "-c", "echo it went wrong >&2; exit 1"))
	require.NoError(t, err)
	_, err = conn.Read(make([]byte, 1))
	require.ErrorContains(t, err, "it went wrong")
	require.NoError(t, conn.Close())
}

func TestCommandConnectionEndsACommandThatStays(t *testing.T) {
	conn, err := dialCommand(exec.Command("sleep", "600"))
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	assert.False(t, alive(conn.(*commandConn).cmd.Process.Pid))
}

func TestStartRegistryServesAndStops(t *testing.T) {
	r, err := StartRegistry(t.Context(), RegistryOptions{Root: t.TempDir(), Tools: tools(t), DieWithParent: true})
	require.NoError(t, err)
	resp, err := http.Get("http://" + r.Host() + "/v2/")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	r.Stop()
	_, err = (&net.Dialer{}).DialContext(context.Background(), "tcp", r.Host())
	require.Error(t, err)
}
