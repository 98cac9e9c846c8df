package exec_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/stretchr/testify/require"
)

// desk is a base image with a way to root. Its shell is none: nothing here starts it.
const desk = `FROM docker.io/test/trainer:1@BASE AS trainer
FROM scratch
COPY --from=trainer /bin/trainer /bin/trainer
COPY --from=trainer /bin/trainer /bin/sh
COPY --chmod=4755 tool /usr/bin/sudo
COPY --chmod=4755 tool /usr/bin/passwd
COPY passwd /etc/passwd
`

func deskDigest(t *testing.T, sb *testenv.Sandbox) (ref, digest string) {
	t.Helper()
	dir := sb.Context(map[string]string{"Dockerfile": strings.Replace(desk, "BASE", trainer(t, sb), 1), "tool": "x", "passwd": "root:x:0:0::/root:/bin/sh\n"})
	name := sb.Registry() + "/test/desk:1"
	sb.Buildctl("build", "--frontend", "dockerfile.v0", "--local", "context="+dir, "--local", "dockerfile="+dir,
		"--output", "type=image,push=true,name="+name).OK()
	img, err := oci.Open(t.Context(), name)
	require.NoError(t, err)
	return "docker.io/test/desk:1", img.Descriptor.Digest.String()
}

// TestWorkbench builds the environment of a program to work in, and the model before and after it.
func TestWorkbench(t *testing.T) {
	sb := testenv.New(t)
	ref, digest := deskDigest(t, sb)
	spec := strings.NewReplacer("docker.io/test/trainer:1@BASE", ref+"@"+digest, "  reproducible", "  sources: {src: context://src}\n  seed: 5\n  reproducible").Replace(mean)
	dir := folder(t, sb, spec)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "src"), 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "src", "train.py"), []byte("print(1)\n"), 0o600))
	before := push(t, sb, dir, sb.Ref("before")).Manifests[0]
	build := []string{"build", "-f", filepath.Join(dir, "model.yaml"), "--target", "dev"}
	out := filepath.Join(t.TempDir(), "out")
	log := sb.Buildx(append(build, "--no-cache", "--output", "type=local,dest="+out, dir)...).OK().Stderr
	require.NotContains(t, log, "[train] trainer", "nothing is trained")
	m := push(t, sb, dir, sb.Ref("dev"), "--target", "dev", "--attest", "type=sbom").Manifests[0]
	require.Equal(t, before.Descriptor.Digest, push(t, sb, dir, sb.Ref("after"), "--no-cache").Manifests[0].Descriptor.Digest)

	require.Equal(t, "65532:65532", m.Config.Config.User)
	require.Equal(t, []string{"/usr/local/bin/workbench"}, m.Config.Config.Entrypoint)
	require.Empty(t, m.Config.Config.ExposedPorts)
	require.Equal(t, "true", m.Config.Config.Labels["org.modelbuild.workbench"])
	require.NotContains(t, m.Config.Config.Labels, "org.modelbuild.model")
	require.Len(t, m.Attestations, 1)

	require.NoFileExists(t, filepath.Join(out, "usr/bin/sudo"))
	require.NoFileExists(t, filepath.Join(out, "in/job.json"))
	require.NoFileExists(t, filepath.Join(out, "modelbuild-step"))
	require.NoError(t, filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		require.Zero(t, info.Mode()&(fs.ModeSetuid|fs.ModeSetgid), path)
		return nil
	}))
	text := func(name string) string {
		data, err := os.ReadFile(filepath.Join(out, name))
		require.NoError(t, err)
		return string(data)
	}
	require.Equal(t, "print(1)\n", text("src/train.py"))
	require.Contains(t, text("in/data/train.csv"), "Adelie")
	require.Contains(t, text("etc/passwd"), "workbench:x:65532:65532:")
	start := text("usr/local/bin/workbench")
	require.Contains(t, start, "export COLUMN='body_mass_g'\n")
	require.Contains(t, start, "export MODELBUILD_SEED='5'\n")
	require.Contains(t, start, "export MODELBUILD_DATA_TRAIN_SHA256='f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93'\n")
}

// TestWorkbenchTargets: a file's own targets go before workbenches, and not every model has one.
func TestWorkbenchTargets(t *testing.T) {
	sb := testenv.New(t)
	builtin := `# syntax=org/modelbuild:1
targets:
  first: {}
  dev: {description: A target of the user's own}
data: {train: {source: context://data/penguins.csv}}
features: {target: species, exclude: [year]}
train: {algorithm: naive-bayes}
`
	dir := folder(t, sb, builtin)
	own := push(t, sb, dir, sb.Ref("own"), "--target", "dev").Manifests[0]
	require.Equal(t, "/model/model.onnx", own.Config.Config.Labels["org.modelbuild.model"])
	for target, want := range map[string]string{
		"first-dev": "MB1041: there is no workbench: the built-in engine trains this model",
		"other-dev": `no target "other-dev"`,
		"other":     `no target "other"`,
	} {
		res := sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--target", target, "--output", "type=cacheonly", dir).Failed()
		require.Contains(t, res.Stderr, want, target)
	}

	// The base image of the tests has no shell.
	dir = folder(t, sb, strings.Replace(mean, "name: mean", "targets: {mean: {}}", 1))
	res := sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--target", "mean-dev", "--output", "type=cacheonly", dir).Failed()
	require.Contains(t, res.Stderr, "there is no /bin/sh in the training environment")
}

// TestWorkbenchOfEachPlatform: each has its own environment, also one of which nothing could be run here, and that of the
// builder is the same as by itself.
func TestWorkbenchOfEachPlatform(t *testing.T) {
	sb := testenv.New(t)
	text := "FROM scratch\nARG TARGETARCH\nCOPY sh passwd /\nCOPY sh /bin/sh\nCOPY passwd /etc/passwd\nCOPY status-$TARGETARCH /var/lib/dpkg/status\n"
	dir := sb.Context(map[string]string{"Dockerfile": text, "sh": "x", "passwd": "root:x:0:0::/root:/bin/sh\n"})
	for _, arch := range []string{"amd64", "mips64le"} {
		write(t, dir, map[string]string{"status-" + arch: "Package: libx\nStatus: install ok installed\nArchitecture: " + arch + "\nVersion: 1\n"})
	}
	name := sb.Registry() + "/test/desks:1"
	sb.Buildctl("build", "--frontend", "dockerfile.v0", "--local", "context="+dir, "--local", "dockerfile="+dir,
		"--opt", "platform=linux/amd64,linux/mips64le", "--output", "type=image,push=true,name="+name).OK()
	base, err := oci.Open(t.Context(), name)
	require.NoError(t, err)
	spec := strings.Replace(mean, "docker.io/test/trainer:1@BASE", "docker.io/test/desks:1@"+base.Descriptor.Digest.String(), 1)
	dir = folder(t, sb, spec)
	one := push(t, sb, dir, sb.Ref("one"), "--target", "dev")
	both := push(t, sb, dir, sb.Ref("both"), "--target", "dev", "--platform", "linux/amd64,linux/mips64le", "--attest", "type=sbom")
	require.Len(t, both.Manifests, 2)
	require.Equal(t, one.Manifests[0].Descriptor.Digest, both.Manifests[0].Descriptor.Digest)
	for i, arch := range []string{"amd64", "mips64le"} {
		m := both.Manifests[i]
		require.Equal(t, "linux/"+arch, m.Platform)
		require.Equal(t, base.Manifests[i].Config.RootFS.DiffIDs, m.Config.RootFS.DiffIDs[:len(base.Manifests[i].Config.RootFS.DiffIDs)])
		require.Len(t, m.Attestations, 1)
		s, err := m.Attestations[0].Statement(t.Context())
		require.NoError(t, err)
		require.Contains(t, string(s.Raw), "libx@1?arch="+arch)
	}
}
