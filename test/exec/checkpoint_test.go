package exec_test

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/modelbuild/modelbuild/internal/engine"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

const parts = `# syntax=org/modelbuild:1
name: parts
data:
  train: {source: context://data/penguins.csv}
train:
  engine: exec
  base: image://docker.io/test/trainer:1@BASE
  run: [trainer, epochs]
  outputs: {model: /out/model.json, metrics: /out/metrics.json}
  secrets: [stall]
checkpoint: {every: 10, epochs: 30, keep: 2}
evaluate:
  gates: {sum: "> 0"}
`

// TestCheckpoints: a training in parts gives what the last of them makes, keeps the last checkpoints, and is the same again.
func TestCheckpoints(t *testing.T) {
	sb := testenv.New(t)
	dir := folder(t, sb, parts)
	write(t, dir, map[string]string{"stall": "never"})
	out, record := export(t, sb, dir, "--secret", "id=stall,src="+filepath.Join(dir, "stall"))
	model := filepath.Join(out, "model")
	require.JSONEq(t, `{"Done": 30, "Sum": 465}`, readFile(t, filepath.Join(model, "model.json")))
	require.NoDirExists(t, filepath.Join(model, "checkpoint"))
	require.NoDirExists(t, filepath.Join(model, "checkpoints", "10"), "two are kept")
	require.JSONEq(t, `{"Done": 20, "Sum": 210}`, readFile(t, filepath.Join(model, "checkpoints", "20", "state.json")))
	require.FileExists(t, filepath.Join(model, "checkpoints", "30", "deep", "copy.json"))

	require.Equal(t, uint64(20), record.Program.Epochs.From)
	require.Len(t, record.Program.Steps, 2)
	require.Equal(t, "train-2", record.Program.Steps[1].Name)
	require.Equal(t, uint64(20), record.Program.Steps[1].Epochs.Until)
	statement := readFile(t, filepath.Join(model, "provenance.intoto.json"))
	for _, uri := range []string{"step:train-1/checkpoint", "step:train-2/checkpoint"} {
		require.Equal(t, 1, strings.Count(statement, `"`+uri+`"`), uri)
	}

	secret := []string{"--no-cache", "--secret", "id=stall,src=" + filepath.Join(dir, "stall")}
	a := push(t, sb, dir, sb.Ref("a"), secret...).Manifests[0]
	b := push(t, sb, dir, sb.Ref("b"), secret...).Manifests[0]
	require.Equal(t, a.Descriptor.Digest, b.Descriptor.Digest)
}

// TestCheckpointsOutliveTheDaemon kills the daemon in the third part of a training. Another one on the same folder goes on from the
// second, and more epochs from where that ended.
func TestCheckpointsOutliveTheDaemon(t *testing.T) {
	sb := testenv.New(t)
	dir := folder(t, sb, parts)
	o := engine.Options{Root: daemonRoot(t), Tools: os.Getenv(engine.ToolsEnv), DieWithParent: true,
		Mirrors: map[string][]string{"docker.io": {sb.Registry()}}, PlainHTTP: []string{sb.Registry()}}
	first, err := engine.Start(t.Context(), o)
	require.NoError(t, err)
	sb.Setenv("BUILDKIT_HOST", first.Address())
	args := []string{filepath.Join(sb.Bin(), "modelbuild"), "build", "-f", filepath.Join(dir, "model.yaml"), "--secret", "id=stall,src=" + filepath.Join(dir, "stall"),
		"-o", "type=local,dest=" + filepath.Join(dir, "out")}

	write(t, dir, map[string]string{"stall": "20"})
	var log buffer
	cmd := sb.Command(dir, args...)
	cmd.Stdout, cmd.Stderr = &log, &log
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "stalling") }, time.Minute, 20*time.Millisecond, "%s", &log)
	kill(t, first.Address())
	require.Error(t, cmd.Wait(), "the build is lost")
	require.NoError(t, first.Stop())

	write(t, dir, map[string]string{"stall": "never"})
	second, err := engine.Start(t.Context(), o)
	require.NoError(t, err)
	defer func() { require.NoError(t, second.Stop()) }()
	again := sb.Run(dir, args...).OK().Stderr
	require.Equal(t, []string{"21", "30"}, epochsOf(again), "the first two parts are not lost")
	require.Regexp(t, `(?m)^(#\d+) \[inputs\] digests of 1 dataset.*(\n.*)*\n(#\d+) CACHED`, again, "nothing is hashed again")
	require.JSONEq(t, `{"Done": 30, "Sum": 465}`, readFile(t, filepath.Join(dir, "out", "model", "model.json")))

	spec := readFile(t, filepath.Join(dir, "model.yaml"))
	write(t, dir, map[string]string{"model.yaml": strings.Replace(spec, "epochs: 30", "epochs: 45", 1)})
	require.Equal(t, []string{"31", "45"}, epochsOf(sb.Run(dir, args...).OK().Stderr), "more epochs begin where the last ones ended")
	require.JSONEq(t, `{"Done": 45, "Sum": 1035}`, readFile(t, filepath.Join(dir, "out", "model", "model.json")))
	require.Empty(t, epochsOf(sb.Run(dir, args...).OK().Stderr))
}

// epochsOf are the first and the last epoch that a log tells of, in the order of its lines.
func epochsOf(log string) []string {
	var all []string
	for line := range strings.Lines(log) {
		if _, epoch, ok := strings.Cut(line, " epoch "); ok {
			all = append(all, strings.TrimSpace(epoch))
		}
	}
	if len(all) == 0 {
		return nil
	}
	return []string{all[0], all[len(all)-1]}
}

// daemonRoot is a folder for a daemon that is killed, with a short path. What that left mounted is unmounted in the end.
func daemonRoot(t *testing.T) string {
	t.Helper()
	root, err := os.MkdirTemp("", "mb-kill-")
	require.NoError(t, err)
	t.Cleanup(func() {
		mounts := strings.Fields(readFile(t, "/proc/self/mounts"))
		slices.Reverse(mounts)
		for _, m := range mounts {
			if strings.HasPrefix(m, root+"/") {
				require.NoError(t, unix.Unmount(m, unix.MNT_DETACH), m)
			}
		}
		require.NoError(t, os.RemoveAll(root))
	})
	return root
}

// kill ends the process that listens at an address as a crash does.
func kill(t *testing.T, address string) {
	t.Helper()
	conn, err := net.Dial("unix", strings.TrimPrefix(address, "unix://"))
	require.NoError(t, err)
	defer conn.Close()
	raw, err := conn.(*net.UnixConn).SyscallConn()
	require.NoError(t, err)
	var cred *unix.Ucred
	require.NoError(t, raw.Control(func(fd uintptr) { cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }))
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(int(cred.Pid), syscall.SIGKILL))
}

// buffer is one that is read while it is written to.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
