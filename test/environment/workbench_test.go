package environment_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// desk is a container of a workbench that runs, as a container engine runs it: with its user and start, and no network.
type desk struct {
	t            *testing.T
	root, bundle string
}

// startDesk unpacks the root filesystem of a workbench and starts a container that waits.
func startDesk(t *testing.T, rootfs string) *desk {
	t.Helper()
	dir, err := os.MkdirTemp("", "mb-desk-") // short: runc puts a socket below it
	require.NoError(t, err)
	d := &desk{t, filepath.Join(dir, "runc"), dir}
	t.Cleanup(func() {
		_ = exec.Command("runc", "--root", d.root, "delete", "--force", "desk").Run()
		require.NoError(t, os.RemoveAll(dir))
	})
	require.NoError(t, os.Mkdir(filepath.Join(dir, "rootfs"), 0o755))
	require.NoError(t, exec.Command("tar", "-xpf", rootfs, "-C", filepath.Join(dir, "rootfs")).Run())
	require.NoError(t, exec.Command("runc", "spec", "--bundle", dir).Run())
	file := filepath.Join(dir, "config.json")
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var config map[string]any
	require.NoError(t, json.Unmarshal(data, &config))
	config["root"] = map[string]any{"path": "rootfs"}
	process := config["process"].(map[string]any)
	process["terminal"], process["user"], process["cwd"] = false, map[string]int{"uid": 65532, "gid": 65532}, "/out"
	process["args"] = []string{"/usr/local/bin/workbench", "sleep", "300"}
	data, err = json.Marshal(config)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, data, 0o600))
	cmd := exec.Command("runc", "--root", d.root, "run", "--detach", "--bundle", dir, "desk")
	require.NoError(t, cmd.Run()) // with no pipes of ours, which it would hold
	return d
}

// run gives a command to the container, and returns what it prints.
func (d *desk) run(command ...string) (string, error) {
	d.t.Helper()
	cmd := exec.Command("runc", append([]string{"--root", d.root, "exec", "desk", "/usr/local/bin/workbench"}, command...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return strings.TrimSpace(out.String()), err
}

// listening prints the local addresses of sockets that listen: state 0A of proc(5).
const listening = `
for name in ("tcp", "tcp6"):
    for line in open("/proc/net/" + name).readlines()[1:]:
        if line.split()[3] == "0A": print(line.split()[1])
`

// workbench builds the project's workbench and works in it: nobody is root there or can become it, nothing listens, and
// data, variables and the folder to write to are those of the program.
func workbench(t *testing.T, p *project) {
	t.Helper()
	rootfs := filepath.Join(t.TempDir(), "root.tar")
	p.sb.CLI("build", "--progress", "plain", "-f", filepath.Join(p.dir, "model.yaml"), "--target", "dev", "-o", "type=tar,dest="+rootfs).OK()
	d := startDesk(t, rootfs)
	says := func(command ...string) string {
		out, err := d.run(command...)
		require.NoError(t, err, out)
		return out
	}
	require.Equal(t, "uid=65532(workbench) gid=65532(workbench) groups=65532(workbench)", says("id"))
	require.Empty(t, says("sh", "-c", "command -v sudo su doas pkexec; find / -xdev -type f -perm /6000 2>/dev/null; true"))
	require.Empty(t, says("python3", "-c", listening))
	require.Equal(t, "/in/data/train", says("sh", "-c", "echo $MODELBUILD_DATA_TRAIN"))
	_, err := d.run("touch", "/etc/mine")
	require.Error(t, err)
	require.Equal(t, "a\n1", says("cat", "/in/data/train"))
	require.Empty(t, says("cp", "/in/data/train", "/out/model.txt"))
	out, err := d.run("jupyter")
	require.Error(t, err)
	require.Equal(t, "workbench: the environment has neither jupyter-lab nor jupyter-notebook; add one to train.packages", out)
}
