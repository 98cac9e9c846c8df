package sign_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/sigstore/sigstore-go/pkg/testing/ca"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/oci/layouttest"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/modelbuild/modelbuild/trust"
	"github.com/modelbuild/modelbuild/trust/sigstore"
	"github.com/modelbuild/modelbuild/trust/sigstore/sigstoretest"
)

// layout builds the penguins, for each of the platforms, into an OCI layout.
func layout(t *testing.T, sb *testenv.Sandbox, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "oci")
	context := filepath.Join(sb.Source(), "examples", "penguins")
	sb.CLI(append([]string{"build", context, "--vcs=false", "-o", "type=oci,tar=false,dest=" + dir}, args...)...).OK()
	return oci.LayoutScheme + dir
}

func open(t *testing.T, name string) *oci.Image {
	t.Helper()
	img, err := oci.Open(t.Context(), name)
	require.NoError(t, err)
	return img
}

// attach signs a statement and attaches it to a target that it need not be about.
func attach(t *testing.T, target *oci.Target, keyFile string, s *trust.Statement) {
	t.Helper()
	text, err := os.ReadFile(keyFile)
	require.NoError(t, err)
	key, err := trust.ParseKey(text, nil)
	require.NoError(t, err)
	payload, err := s.Marshal()
	require.NoError(t, err)
	bundle, err := key.Sign(payload)
	require.NoError(t, err)
	_, err = target.AttachBundle(t.Context(), s.PredicateType, bundle)
	require.NoError(t, err)
}

func digestOf(target *oci.Target) string { return target.Descriptor.Digest.String() }

// TestVerifyFindsWhatIsNotSigned has images that are signed, but not quite.
func TestVerifyFindsWhatIsNotSigned(t *testing.T) {
	sb := testenv.New(t)
	key, pub := newKey(t)
	otherKey, otherPub := newKey(t)
	plain := layout(t, sb)
	signed := layouttest.Copy(t, plain)
	sb.CLI("sign", signed, "--key", key).OK()
	for name, tt := range map[string]struct {
		from   string
		change func(t *testing.T, name string)
		want   string
	}{
		"nothing": {plain, func(*testing.T, string) {}, `FAILED +signature: none of index sha256:[0-9a-f]+ by whom you trust`},
		"another image": {signed, func(t *testing.T, name string) {
			layouttest.Edit(t, name, func(_ *ocispecs.Manifest, c *ocispecs.Image) { c.Config.User = "0" })
		}, `FAILED +signature: none of manifest`},
		"another key": {plain, func(t *testing.T, name string) { sb.CLI("sign", name, "--key", otherKey).OK() },
			`absent +signature: 5 at index .* somebody else signed it: a key with the hint (.*\n)*FAILED +signature: none of index`},
		"a bundle of another digest": {signed, func(t *testing.T, name string) {
			all := open(t, name).Targets()
			attach(t, all[0], key, trust.ImageStatement(digestOf(all[1])))
		}, `FAILED +signature: sha256:[0-9a-f]+ at index .*: what is signed is about something else than sha256`},
		"only the manifest": {plain, func(t *testing.T, name string) {
			all := open(t, name).Targets()
			attach(t, all[1], key, trust.ImageStatement(digestOf(all[1])))
		}, `FAILED +signature: none of index`},
		"a statement that says more": {plain, func(t *testing.T, name string) {
			img := open(t, name)
			attach(t, img.Targets()[0], key, trust.ImageStatement(img.Descriptor.Digest.String()))
			s, err := img.Manifests[0].Attestations[0].Statement(t.Context())
			require.NoError(t, err)
			changed, err := trust.ParseStatement(s.Raw)
			require.NoError(t, err)
			changed.Predicate = append([]byte(`{"more":true,`), strings.TrimLeft(string(changed.Predicate), "{ \n")...)
			attach(t, img.Manifests[0].Target(), key, changed.For(img.Manifests[0].Descriptor.Digest.String()))
		}, `FAILED +signature: what key sha256:[0-9a-f]+ signed as statement .*/training-record/v1 is not what the image has`},
		"a byte of a signature": {signed, func(t *testing.T, name string) {
			bundles, err := open(t, name).Targets()[0].Bundles(t.Context())
			require.NoError(t, err)
			layouttest.Flip(t, name, digest.Digest(bundles[0].Digest))
		}, `FAILED +signature: .*is not what its digest says`},
	} {
		t.Run(name, func(t *testing.T) {
			image := layouttest.Copy(t, tt.from)
			tt.change(t, image)
			out := sb.CLI("verify", image, "--key", pub).Failed()
			assert.Equal(t, 1, out.Code)
			assert.Regexp(t, tt.want, out.Stdout)
			assert.NotContains(t, out.Stdout, "who made the image")
		})
	}
	sb.CLI("verify", signed, "--key", pub).OK()
	sb.CLI("verify", signed, "--key", otherPub, "--key", pub).OK()
	assert.Contains(t, sb.CLI("verify", signed).OK().Stdout, "who made the image and its statements: no signature was checked")
	assert.Contains(t, sb.CLI("inspect", signed).OK().Stdout, "5 signatures at this manifest, of the image and of 4 statements; none was checked")

	broken := layouttest.Copy(t, plain)
	layouttest.Flip(t, broken, open(t, broken).Manifests[0].Manifest.Layers[0].Digest)
	assert.Contains(t, sb.CLI("sign", broken, "--key", key).Failed().Stderr, "not signed: layers: ")
}

// TestSignForSeveralPlatforms has statements that are about one platform alone.
func TestSignForSeveralPlatforms(t *testing.T) {
	sb := testenv.New(t)
	key, pub := newKey(t)
	image := layout(t, sb, "--platform", "linux/amd64,linux/arm64")
	sb.CLI("sign", image, "--key", key).OK()
	img := open(t, image)
	require.Len(t, img.Manifests, 2)
	require.Len(t, img.Attestations, 2)
	for _, target := range img.Targets() {
		bundles, err := target.Bundles(t.Context())
		require.NoError(t, err)
		kinds := map[string]bool{}
		for _, b := range bundles {
			kinds[b.PredicateType] = true
		}
		assert.True(t, kinds[trust.PredicateImage], digestOf(target))
		image := digestOf(target) == img.Manifests[0].Descriptor.Digest.String() || digestOf(target) == img.Manifests[1].Descriptor.Digest.String()
		assert.Equal(t, image, kinds["https://slsa.dev/provenance/v0.2"], "what is said of a platform is not said of the index")
	}
	out := sb.CLI("verify", image, "--key", pub).OK()
	assert.Equal(t, 2, strings.Count(out.Stdout, "of statement https://slsa.dev/provenance/v0.2 by key"))
}

// TestVerifyKeyless has an image that somebody signed by a certificate of a virtual Sigstore.
func TestVerifyKeyless(t *testing.T) {
	sb := testenv.New(t)
	image := layout(t, sb)
	v, err := ca.NewVirtualSigstore()
	require.NoError(t, err)
	root := filepath.Join(t.TempDir(), "trusted_root.json")
	require.NoError(t, os.WriteFile(root, sigstoretest.TrustedRoot(t, v), 0o644))
	target := open(t, image).Targets()[0]
	who := sigstore.Identity{Name: "builder@team.example", Issuer: "https://issuer.example"}
	bundle := sigstoretest.Keyless(t, v, who, trust.ImageStatement(digestOf(target)))
	_, err = target.AttachBundle(t.Context(), trust.PredicateImage, bundle)
	require.NoError(t, err)

	args := []string{"verify", image, "--trusted-root", root, "--certificate-oidc-issuer", who.Issuer, "--certificate-identity"}
	assert.Regexp(t, `ok +signature: of index .* by builder@team.example of https://issuer.example`, sb.CLI(append(args, who.Name)...).OK().Stdout)
	assert.Regexp(t, `absent +signature: 1 at index .*expected SAN value "other@team.example", got "builder@team.example"`, sb.CLI(append(args, "other@team.example")...).Failed().Stdout)
	assert.Contains(t, sb.CLI(args[:4]...).Failed().Stderr, "go together")
}
