package build_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

// sshHost is an SSH server on loopback that takes one key, and the agent that has it.
type sshHost struct {
	address string // HOST:PORT
	user    string
	key     string // of the host, as a known_hosts file has it
	dir     string
}

// newSSHHost starts a server and an agent, and gives the agent to what the sandbox runs.
func newSSHHost(t *testing.T, sb *testenv.Sandbox) *sshHost {
	t.Helper()
	me, err := user.Current()
	require.NoError(t, err)
	h := &sshHost{user: me.Username, dir: t.TempDir(), address: freeAddress(t)}
	h.keygen(t, sb, "host")
	h.keygen(t, sb, "user")
	h.keygen(t, sb, "other")
	require.NoError(t, os.Rename(h.file("user.pub"), h.file("authorized")))
	h.key = h.public(t, "host.pub")
	host, port, err := net.SplitHostPort(h.address)
	require.NoError(t, err)
	config := fmt.Sprintf("ListenAddress %s\nPort %s\nHostKey %s\nAuthorizedKeysFile %s\nPidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"+
		"KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n", host, port, h.file("host"), h.file("authorized"))
	require.NoError(t, os.WriteFile(h.file("sshd_config"), []byte(config), 0o600))
	if os.Getuid() == 0 {
		require.NoError(t, os.MkdirAll("/run/sshd", 0o755)) // where sshd shuts its unprivileged part in
	}
	sshd, err := exec.LookPath("sshd")
	if err != nil {
		sshd = "/usr/sbin/sshd"
	}
	start(t, exec.Command(sshd, "-D", "-e", "-f", h.file("sshd_config")))
	start(t, exec.Command("ssh-agent", "-D", "-a", h.file("agent")))
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", h.address)
		if err != nil {
			return false
		}
		_, agent := os.Stat(h.file("agent"))
		return conn.Close() == nil && agent == nil
	}, 10*time.Second, 20*time.Millisecond)
	sb.Setenv("SSH_AUTH_SOCK", h.file("agent"))
	return h
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// start runs a program until the test ends.
func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

func (h *sshHost) file(name string) string { return filepath.Join(h.dir, name) }

func (h *sshHost) keygen(t *testing.T, sb *testenv.Sandbox, name string) {
	t.Helper()
	sb.Run(h.dir, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", h.file(name)).OK()
}

// public is a public key without its comment.
func (h *sshHost) public(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(h.file(name))
	require.NoError(t, err)
	return strings.Join(strings.Fields(string(text))[:2], " ")
}

// trust writes the known_hosts of the user that the sandbox runs programs as.
func (h *sshHost) trust(t *testing.T, sb *testenv.Sandbox, key string) {
	t.Helper()
	host, port, err := net.SplitHostPort(h.address)
	require.NoError(t, err)
	home := h.file("home")
	require.NoError(t, os.MkdirAll(filepath.Join(home, ".ssh"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(home, ".ssh", "known_hosts"), []byte("["+host+"]:"+port+" "+key+"\n"), 0o600))
	sb.Setenv("HOME", home)
	sb.Setenv("GIT_SSH_COMMAND", "ssh -F none -o BatchMode=yes -o UserKnownHostsFile="+filepath.Join(home, ".ssh", "known_hosts"))
}

// TestGitOverSSH trains on a file of a repository behind a real SSH server, whose key
// the lock holds, with a key that only the agent has.
func TestGitOverSSH(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	want := localModel(t, sb)
	host := newSSHHost(t, sb)
	repo, commit := bareRepository(t, sb, filepath.Join(dir, "data"))
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "data")))
	source := "git+ssh://" + host.user + "@" + host.address + repo + "#main:penguins.csv"
	edit(t, dir, "model.yaml", local, "source: "+source)
	lock := func() testenv.Result {
		return sb.Run(dir, filepath.Join(sb.Bin(), "modelbuild"), "lock", "--registry-mirror", "docker.io="+sb.Registry())
	}
	sb.Setenv("HOME", t.TempDir())
	require.Contains(t, lock().Failed().Stderr, "the key of "+host.address+" is not in your known_hosts")

	host.trust(t, sb, host.key)
	sb.Run(dir, "ssh-add", "-q", host.file("user")).OK()
	lock().OK()
	text, err := os.ReadFile(filepath.Join(dir, "modelbuild.lock"))
	require.NoError(t, err)
	require.Contains(t, string(text), "ssh://"+host.address+": {kind: ssh-host, keys: ["+host.key+"]}")
	require.Contains(t, string(text), source+": {kind: git, commit: "+commit+"}")

	bad := failedBuild(sb, dir)
	require.Contains(t, bad, "MB3007: data.train: the build is given no ssh agent")
	other := strings.Replace(string(text), host.key, host.public(t, "other.pub"), 1)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "modelbuild.lock"), []byte(other), 0o644))
	bad = failedBuild(sb, dir, "--ssh", "default")
	require.Contains(t, bad, "MB3004: data.train: "+host.address+" shows another key than the one that is locked")
	require.Contains(t, bad, "modelbuild lock --update ssh://"+host.address)

	require.NoError(t, os.WriteFile(filepath.Join(dir, "modelbuild.lock"), text, 0o644))
	sb.Run(dir, "ssh-add", "-q", "-D").OK()
	sb.Run(dir, "ssh-add", "-q", host.file("other")).OK()
	bad = failedBuild(sb, dir, "--ssh", "default")
	require.Contains(t, bad, "MB3004: data.train: "+host.address+" takes none of the keys of the ssh agent")

	sb.Run(dir, "ssh-add", "-q", host.file("user")).OK()
	ref := sb.Ref("1")
	img := push(t, sb, dir, ref, append([]string{"--ssh", "default", "--build-arg", "MODELBUILD_LOCKED=1"}, attested...)...)
	require.Equal(t, commit, material(t, inspect(t, sb, ref), "/data.git")["sha1"])
	files, err := img.Manifests[0].ReadFiles(t.Context(), "/model/provenance.intoto.json", "/model/model.onnx")
	require.NoError(t, err)
	require.Equal(t, want, string(files["/model/model.onnx"]))
	require.Contains(t, string(files["/model/provenance.intoto.json"]), commit)
	require.NotContains(t, string(files["/model/provenance.intoto.json"]), host.user+"@")
	sb.Run(dir, filepath.Join(sb.Bin(), "modelbuild"), "build", "--ssh", "default", "--no-cache", "--output", "type=local,dest="+filepath.Join(dir, "out")).OK()

	edit(t, dir, "model.yaml", "#main:", "#"+commit+":")
	require.NoError(t, os.Remove(filepath.Join(dir, "modelbuild.lock")))
	require.Contains(t, failedBuild(sb, dir, "--ssh", "default"), "MB1021: data.train.source: the key of the host "+host.address+" is not locked")
}

// bareRepository commits a folder's files to a repository on disk.
func bareRepository(t *testing.T, sb *testenv.Sandbox, dir string) (repo, commit string) {
	t.Helper()
	repo = filepath.Join(t.TempDir(), "data.git")
	git := func(args ...string) string {
		return sb.Run(dir, append([]string{"git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", dir}, args...)...).OK().Stdout
	}
	git("init", "-q", "-b", "main")
	git("add", ".")
	git("commit", "-q", "-m", "data")
	git("clone", "-q", "--bare", dir, repo)
	return repo, strings.TrimSpace(git("rev-parse", "HEAD"))
}
