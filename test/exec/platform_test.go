package exec_test

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/modelbuild/modelbuild/provenance"
	"github.com/stretchr/testify/require"
)

// trainers pushes an image of the trainer for two platforms, and of a program that nothing starts for a third. It
// returns the digest of their index.
func trainers(t *testing.T, sb *testenv.Sandbox) string {
	t.Helper()
	dir := t.TempDir()
	for _, arch := range []string{"amd64", "arm64"} {
		cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", filepath.Join(dir, "trainer-"+arch), "./test/exec/trainer")
		cmd.Dir = sb.Source()
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH="+arch)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	header := make([]byte, 64)
	copy(header, elf.ELFMAG)
	header[elf.EI_CLASS], header[elf.EI_DATA], header[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1
	header[16], header[18] = byte(elf.ET_EXEC), byte(elf.EM_PJ)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "trainer-mips64le"), header, 0o755))
	write(t, dir, map[string]string{"Dockerfile": "FROM scratch\nARG TARGETARCH\nCOPY trainer-$TARGETARCH /bin/trainer\nCOPY status-$TARGETARCH /var/lib/dpkg/status\n"})
	for _, arch := range []string{"amd64", "arm64", "mips64le"} {
		write(t, dir, map[string]string{"status-" + arch: "Package: libx\nStatus: install ok installed\nArchitecture: " + arch + "\nVersion: 1\n"})
	}
	ref := sb.Registry() + "/test/trainer:many"
	sb.Buildctl("build", "--frontend", "dockerfile.v0", "--local", "context="+dir, "--local", "dockerfile="+dir,
		"--opt", "platform=linux/amd64,linux/arm64,linux/mips64le", "--output", "type=image,push=true,name="+ref).OK()
	img, err := oci.Open(t.Context(), ref)
	require.NoError(t, err)
	return img.Descriptor.Digest.String()
}

// TestPerPlatform trains one model on each of two platforms, of which one is emulated: they are the same, the records say
// where each was trained, and a program that is not the same everywhere is refused.
func TestPerPlatform(t *testing.T) {
	sb := testenv.New(t)
	spec := strings.NewReplacer("trainer:1@BASE", "trainer:many@"+trainers(t, sb),
		"  reproducible", "  per_platform: true\n  reproducible").Replace(mean) + "platforms: [linux/amd64, linux/arm64]\n"
	dir := folder(t, sb, spec)
	img := push(t, sb, dir, sb.Ref("1"), "--attest", "type=provenance,mode=max,version=v0.2")
	require.Len(t, img.Manifests, 2)
	var models []string
	for i, platform := range []string{"linux/amd64", "linux/arm64"} {
		m := img.Manifests[i]
		require.Equal(t, platform, m.Platform)
		files, err := m.ReadFiles(t.Context(), "/model/model.json", "/model/provenance.intoto.json", "/model/sbom.training.cdx.json")
		require.NoError(t, err)
		models = append(models, string(files["/model/model.json"]))
		s, err := provenance.ParseStatement(files["/model/provenance.intoto.json"])
		require.NoError(t, err)
		require.Equal(t, platform, s.Predicate.Invocation.Environment.Platform)
		require.Len(t, m.Attestations, 2)
		require.Contains(t, string(files["/model/sbom.training.cdx.json"]), "libx@1?arch="+strings.TrimPrefix(platform, "linux/"))
	}
	require.JSONEq(t, `{"mean": 4201.754385964912}`, models[0])
	require.Equal(t, models[0], models[1])

	build := func(spec string, args ...string) testenv.Result {
		write(t, dir, map[string]string{"model.yaml": spec})
		return sb.Buildx(append([]string{"build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=cacheonly", dir}, args...)...)
	}
	own := strings.NewReplacer("run: [trainer, mean]", "run: [trainer, arch]", "    metrics: /out/metrics.json\n", "", "    predictions: /out/predictions.csv\n", "",
		"    notes: /out/notes\n", "", "evaluate:\n  gates: {mae: \"< 1000\", rows_used: \">= 342\"}\n", "").Replace(spec)
	why := build(own).Failed().Why()
	require.Regexp(t, `model\.yaml:14:17: error MB5004: the program is said to train the same model everywhere, and does not: `+
		`linux/amd64 has /model/model\.json sha256:[0-9a-f]{64}, and linux/arm64 has /model/model\.json sha256:[0-9a-f]{64}\n`, why)
	build(strings.Replace(own, "reproducible: exact", "reproducible: cpu-class", 1)).OK()

	why = build(own, "--platform", "linux/mips64le").Failed().Why()
	require.Contains(t, why, "model.yaml:9:3: error MB5003: the builder runs linux/")
	require.Contains(t, why, ", and cannot run programs of linux/mips64le\n  hint: register an emulator with its kernel, as `docker run")
}
