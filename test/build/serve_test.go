package build_test

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
)

// birds asks for one penguin that is in the data, and one of which little is known.
const birds = `{"inputs":[
{"name":"bill_length_mm","shape":[2],"datatype":"FP32","data":[39.1,null]},{"name":"bill_depth_mm","shape":[2],"datatype":"FP32","data":[18.7,null]},
{"name":"flipper_length_mm","shape":[2],"datatype":"FP32","data":[181,230]},{"name":"body_mass_g","shape":[2],"datatype":"FP32","data":[3750,null]},
{"name":"island","shape":[2],"datatype":"BYTES","data":["Torgersen","Atlantis"]},{"name":"sex","shape":[2],"datatype":"BYTES","data":["male",null]}]}`

// TestServe builds an image with a server for two platforms, and runs it as a container
// engine would: its user, its entrypoint, a root that nobody can write to, no capabilities,
// and a network of its own in which there is only the loopback interface.
func TestServe(t *testing.T) {
	sb := testenv.New(t)
	dir := penguins(t, sb)
	plain := push(t, sb, dir, sb.Ref("plain")).Manifests[0]
	edit(t, dir, "model.yaml", "split:", "image: {serve: {port: 9000}}\nsplit:")
	build := func(tag string, args ...string) *oci.Image {
		ref := sb.Ref(tag)
		all := append([]string{"build", "-f", filepath.Join(dir, "model.yaml"), "--platform", "linux/amd64,linux/arm64",
			"--output", "type=image,name=" + ref + ",push=true,registry.insecure=true,rewrite-timestamp=true"}, args...)
		sb.Buildx(append(all, dir)...).OK()
		img, err := oci.Open(t.Context(), ref)
		require.NoError(t, err)
		require.Len(t, img.Manifests, 2)
		return img
	}
	first := build("1")
	for i, machine := range []elf.Machine{elf.EM_X86_64, elf.EM_AARCH64} {
		m := first.Manifests[i]
		require.Equal(t, []string{"/modelbuild-serve", "--model=/model/model.onnx", "--name=penguins", "--version=1.0.0", "--port=9000"}, m.Config.Config.Entrypoint)
		require.Equal(t, map[string]struct{}{"9000/tcp": {}}, m.Config.Config.ExposedPorts)
		require.Equal(t, "65532", m.Config.Config.User)
		require.Len(t, m.Manifest.Layers, 3, "the server, the model, and what is said of it")
		files, err := m.ReadFiles(t.Context(), "/modelbuild-serve", "/model/model.onnx", "/model/sbom.cdx.json", "/model/provenance.intoto.json")
		require.NoError(t, err)
		program, err := elf.NewFile(bytes.NewReader(files["/modelbuild-serve"]))
		require.NoError(t, err)
		require.Equal(t, machine, program.Machine, m.Config.Architecture)
		listed(t, files["/model/sbom.cdx.json"])
		require.Contains(t, string(files["/model/provenance.intoto.json"]), "#serve/linux-"+m.Config.Architecture+"/modelbuild-serve")
		before, err := plain.ReadFiles(t.Context(), "/model/model.onnx")
		require.NoError(t, err)
		require.Equal(t, before["/model/model.onnx"], files["/model/model.onnx"], "serving changes no model")
	}
	again := build("again", "--no-cache")
	edit(t, dir, "model.yaml", "9000", "9001")
	moved := build("moved")
	for i, m := range first.Manifests {
		require.Equal(t, m.Descriptor.Digest, again.Manifests[i].Descriptor.Digest)
		require.Equal(t, m.Manifest.Layers[:2], moved.Manifests[i].Manifest.Layers[:2], "another port changes neither the server nor the model")
		require.Equal(t, map[string]struct{}{"9001/tcp": {}}, moved.Manifests[i].Config.Config.ExposedPorts)
	}

	rootfs := filepath.Join(t.TempDir(), "root.tar")
	sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=tar,dest="+rootfs, dir).OK()
	c := startServer(t, rootfs, moved.Manifests[strings.Index("amd64arm64", runtime.GOARCH)/5])
	want := served(t, c.client(), "http://127.0.0.1:9001/v2/models/penguins")
	require.Contains(t, want, `"data":["Adelie","Gentoo"]`)
	c.stop(t)

	folder := t.TempDir()
	sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=local,dest="+folder, dir).OK()
	model := filepath.Join(folder, "model", "model.onnx")
	damaged, err := os.ReadFile(model)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(model, append(damaged, 0), 0o600))
	refused := sb.Run(folder, filepath.Join(folder, "modelbuild-serve"), "--model", model).Failed()
	require.Equal(t, 1, refused.Code)
	require.Contains(t, refused.Stderr, "is not the model that was built")

	ref, digest := sb.Frontend()
	edit(t, dir, "model.yaml", "image: {", `image: {base: "image://docker.io/`+ref+"@"+digest+`", `)
	based := t.TempDir()
	sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=local,dest="+based, dir).OK()
	require.FileExists(t, filepath.Join(based, "modelbuild-frontend"), "of the base")
	answers(t, sb, based)
	edit(t, dir, "model.yaml", `base: "image://docker.io/`+ref+"@"+digest+`", `, "")

	res := sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--platform", "linux/riscv64", "--output", "type=cacheonly", dir).Failed()
	require.Contains(t, res.Why(), "MB1011: there is no inference server for linux/riscv64")
}

// listed asks for the server and its modules in a bill of materials: in the scope of the
// image, where what trained is not.
func listed(t *testing.T, data []byte) {
	t.Helper()
	var bom struct {
		Components []struct {
			Ref         string `json:"bom-ref"`
			Name, Scope string
		}
		Dependencies []struct {
			Ref       string
			DependsOn []string
		}
	}
	require.NoError(t, json.Unmarshal(data, &bom))
	scopes := map[string]string{}
	for _, c := range bom.Components {
		scopes[c.Ref] = c.Scope
	}
	require.Contains(t, scopes, "file:/modelbuild-serve")
	for _, d := range bom.Dependencies {
		if d.Ref != "file:/modelbuild-serve" {
			continue
		}
		require.GreaterOrEqual(t, len(d.DependsOn), 4)
		for _, ref := range d.DependsOn {
			require.Equal(t, "required", scopes[ref], ref)
		}
		require.Contains(t, strings.Join(d.DependsOn, " "), "pkg:golang/golang.org/x/net@")
		require.Contains(t, strings.Join(d.DependsOn, " "), "pkg:golang/stdlib@")
		return
	}
	require.Fail(t, "the server depends on nothing")
}

// answers runs the server of an image's folder, by itself and by `modelbuild serve`, which
// says the same.
func answers(t *testing.T, sb *testenv.Sandbox, folder string) {
	t.Helper()
	var said []string
	for _, command := range [][]string{
		{filepath.Join(folder, "modelbuild-serve"), "--model", filepath.Join(folder, "model", "model.onnx"), "--name", "m", "--address", "127.0.0.1"},
		{filepath.Join(sb.Bin(), "modelbuild"), "serve", folder, "--name", "m"},
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		_, port, err := net.SplitHostPort(l.Addr().String())
		require.NoError(t, err)
		require.NoError(t, l.Close())
		cmd := sb.Command(folder, append(command, "--port", port)...)
		require.NoError(t, cmd.Start())
		said = append(said, served(t, http.DefaultClient, "http://127.0.0.1:"+port+"/v2/models/m"))
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
		require.NoError(t, cmd.Wait())
	}
	require.Equal(t, said[0], said[1])
}

// served waits until the model of an address is ready and gives what it answers about birds.
func served(t *testing.T, client *http.Client, model string) string {
	t.Helper()
	require.Eventually(t, func() bool {
		resp, err := client.Get(model + "/ready")
		if err != nil {
			return false
		}
		return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
	}, 10*time.Second, 20*time.Millisecond)
	resp, err := client.Post(model+"/infer", "application/json", strings.NewReader(birds))
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, string(body))
	return string(body)
}

// container is an image that runs under runc.
type container struct {
	root, log string
	pid       int
}

// startServer unpacks a root filesystem and runs what the image says on it.
func startServer(t *testing.T, rootfs string, m *oci.Manifest) *container {
	t.Helper()
	dir, err := os.MkdirTemp("", "mb-serve-") // short: runc puts a socket below it
	require.NoError(t, err)
	c := &container{root: filepath.Join(dir, "runc"), log: filepath.Join(dir, "log")}
	t.Cleanup(func() {
		_ = exec.Command("runc", "--root", c.root, "delete", "--force", "serve").Run()
		require.NoError(t, os.RemoveAll(dir))
	})
	require.NoError(t, os.Mkdir(filepath.Join(dir, "rootfs"), 0o755))
	require.NoError(t, exec.Command("tar", "-xpf", rootfs, "-C", filepath.Join(dir, "rootfs")).Run())
	for _, point := range []string{"proc", "dev", "sys"} { // a container engine makes these where an image has none
		require.NoError(t, os.Mkdir(filepath.Join(dir, "rootfs", point), 0o755))
	}
	require.NoError(t, exec.Command("runc", "spec", "--bundle", dir).Run())
	file := filepath.Join(dir, "config.json")
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var config map[string]any
	require.NoError(t, json.Unmarshal(data, &config))
	config["root"] = map[string]any{"path": "rootfs", "readonly": true}
	process := config["process"].(map[string]any)
	process["terminal"], process["user"], process["cwd"], process["env"] = false, map[string]int{"uid": 65532, "gid": 65532}, "/", []string{}
	process["args"], process["capabilities"], process["noNewPrivileges"] = append(m.Config.Config.Entrypoint, m.Config.Config.Cmd...), map[string]any{}, true
	data, err = json.Marshal(config)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, data, 0o600))
	log, err := os.Create(c.log)
	require.NoError(t, err)
	defer log.Close()
	cmd := exec.Command("runc", "--root", c.root, "run", "--detach", "--pid-file", filepath.Join(dir, "pid"), "--bundle", dir, "serve")
	cmd.Stderr = log
	require.NoError(t, cmd.Run())
	text, err := os.ReadFile(filepath.Join(dir, "pid"))
	require.NoError(t, err)
	_, err = fmt.Sscan(string(text), &c.pid)
	require.NoError(t, err)
	return c
}

// client makes connections inside the container's network.
func (c *container) client() *http.Client {
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", c.pid))
		if err != nil {
			return nil, err
		}
		defer ns.Close()
		if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
			return nil, err
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial}, Timeout: 10 * time.Second}
}

// stop ends the container as an engine does, and waits until it has said that it ended by
// itself. Each line that it logged is JSON, without anything of a request.
func (c *container) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, exec.Command("runc", "--root", c.root, "kill", "serve", "TERM").Run())
	var log []byte
	require.Eventually(t, func() bool {
		var err error
		log, err = os.ReadFile(c.log)
		return err == nil && bytes.Contains(log, []byte(`"msg":"ended"`))
	}, 10*time.Second, 20*time.Millisecond)
	for line := range bytes.Lines(log) {
		require.True(t, json.Valid(line), string(line))
	}
	require.NotContains(t, string(log), "Torgersen")
}
