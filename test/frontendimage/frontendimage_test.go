package frontendimage_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"github.com/moby/buildkit/client"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/engine/frontendimage"
	"github.com/modelbuild/modelbuild/internal/gobuild"
	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// noCache runs every step of a build again.
var noCache = map[string]string{"no-cache": ""}

// build builds the frontend image into a layout and opens it.
func build(t *testing.T, sb *testenv.Sandbox, contexts, attrs map[string]string) *oci.Image {
	t.Helper()
	out := filepath.Join(t.TempDir(), "oci")
	digest, err := frontendimage.Build(t.Context(), sb.Client(), frontendimage.Options{
		Root: sb.Source(), Contexts: contexts, Attrs: attrs,
		Export: client.ExportEntry{Type: client.ExporterOCI, OutputDir: out, Attrs: map[string]string{"tar": "false"}},
	})
	require.NoError(t, err)
	img, err := oci.Open(t.Context(), "oci-layout://"+out)
	require.NoError(t, err)
	assert.Equal(t, digest, img.Descriptor.Digest.String())
	return img
}

// contents maps each file of an image to the digest of its bytes.
func contents(t *testing.T, m *oci.Manifest) map[string]string {
	t.Helper()
	out := map[string]string{}
	require.NoError(t, m.Walk(t.Context(), func(f oci.File, r io.Reader) error {
		h := sha256.New()
		_, err := io.Copy(h, r)
		out[f.Path] = fmt.Sprintf("%o %x", f.Mode&0o777, h.Sum(nil))
		return err
	}))
	return out
}

func TestImageHoldsTheTwoBinariesAndSaysWhatItIs(t *testing.T) {
	sb := testenv.New(t)
	img := build(t, sb, map[string]string{"binaries": sb.Bin()}, noCache)
	require.Len(t, img.Manifests, 1)
	m := img.Manifests[0]
	files := contents(t, m)
	require.Len(t, files, 4)
	assert.Regexp(t, "^755 ", files["/modelbuild-frontend"])
	assert.Regexp(t, "^755 ", files["/modelbuild-step"])
	assert.Regexp(t, "^755 ", files["/serve/linux-amd64/modelbuild-serve"])
	assert.Regexp(t, "^755 ", files["/serve/linux-arm64/modelbuild-serve"])
	assert.Equal(t, []string{"/modelbuild-frontend"}, m.Config.Config.Entrypoint)
	assert.Equal(t, "true", m.Config.Config.Labels["moby.buildkit.frontend.network.none"])
	assert.Contains(t, m.Config.Config.Labels["moby.buildkit.frontend.caps"], "moby.buildkit.frontend.subrequests")
}

func TestSameBinariesGiveTheSameDigest(t *testing.T) {
	sb := testenv.New(t)
	contexts := map[string]string{"binaries": sb.Bin()}
	assert.Equal(t, build(t, sb, contexts, noCache).Descriptor.Digest, build(t, sb, contexts, noCache).Descriptor.Digest)

	again := t.TempDir()
	require.NoError(t, gobuild.BuildImage(t.Context(), gobuild.Options{Root: sb.Source(), Out: again}))
	assert.Equal(t, build(t, sb, contexts, noCache).Descriptor.Digest,
		build(t, sb, map[string]string{"binaries": again}, noCache).Descriptor.Digest, "binaries compiled at another time, elsewhere")
}

func TestImageFromSourceIsReproducibleAndHoldsTheSameBinaries(t *testing.T) {
	sb := testenv.New(t)
	contexts := map[string]string{"golang": goRoot(t, sb), "modules": modules(t, sb)}
	// The sandbox's daemon has compiled nothing yet, so the first build compiles everything inside the build: a minute or
	// two. An address where nothing listens proves that the modules come from the named context alone. The second build
	// runs the step again, for the other setting, with what the first left in its cache mounts; --no-cache would drop
	// those, and the comparison with the binaries compiled outside covers a second compilation from nothing.
	first := build(t, sb, contexts, map[string]string{"build-arg:GOPROXY": "http://127.0.0.1:9"})
	second := build(t, sb, contexts, map[string]string{"build-arg:GOPROXY": "off"})
	assert.Equal(t, first.Descriptor.Digest, second.Descriptor.Digest)

	prebuilt := build(t, sb, map[string]string{"binaries": sb.Bin()}, noCache)
	assert.Equal(t, contents(t, prebuilt.Manifests[0]), contents(t, first.Manifests[0]))
}
