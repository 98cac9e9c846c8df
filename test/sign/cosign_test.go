package sign_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/signing"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/trust"
)

const password = "swordfish"

// offline are cosign's flags for a key that is in no transparency log.
func offline(pub string) []string {
	return []string{"--key", pub, "--insecure-ignore-tlog", "--allow-http-registry"}
}

// cosign has a folder with a key pair that cosign made, and a signing configuration without any service.
type cosign struct {
	sb             *testenv.Sandbox
	dir, program   string
	key, pub, bare string
}

func newCosign(t *testing.T, sb *testenv.Sandbox) *cosign {
	t.Helper()
	c := &cosign{sb: sb, dir: t.TempDir(), program: tool(t, "cosign", "cosign")}
	sb.Setenv("COSIGN_PASSWORD", password)
	c.run("generate-key-pair").OK()
	c.key, c.pub, c.bare = filepath.Join(c.dir, "cosign.key"), filepath.Join(c.dir, "cosign.pub"), filepath.Join(c.dir, "config.json")
	c.run("signing-config", "create", "--no-default-fulcio", "--no-default-oidc", "--no-default-rekor", "--no-default-tsa", "--out", c.bare).OK()
	return c
}

func (c *cosign) run(args ...string) testenv.Result {
	return c.sb.Run(c.dir, append([]string{c.program}, args...)...)
}

// verify runs cosign verify, and verifyAttestation its sibling.
func (c *cosign) verify(ref, pub string) testenv.Result {
	return c.run(append(append([]string{"verify"}, offline(pub)...), ref)...)
}

func (c *cosign) verifyAttestation(ref, pub, kind string) testenv.Result {
	return c.run(append(append([]string{"verify-attestation", "--type", kind}, offline(pub)...), ref)...)
}

// predicates are the types of what is attested beside the image, in cosign's words where it has some.
var predicates = []string{"slsaprovenance", "spdxjson", "cyclonedx", provenance.PredicateTrainingRecord, provenance.PredicateLayers}

func TestCosignVerifies(t *testing.T) {
	sb := testenv.New(t)
	c := newCosign(t, sb)
	ref := sb.Ref("1")
	img := pushed(t, sb, ref)
	sb.CLI("attest", ref).OK()
	c.verify(ref, c.pub).Failed()

	var report struct{ Signatures []signing.Signature }
	sign := func(args ...string) []signing.Signature {
		out := sb.CLI(append([]string{"sign", ref, "--format", "json"}, args...)...).OK()
		assert.NotContains(t, out.Stdout+out.Stderr, password)
		require.NoError(t, json.Unmarshal([]byte(out.Stdout), &report))
		return report.Signatures
	}
	for _, s := range sign("--key", c.key) {
		assert.True(t, s.Added, s)
	}
	manifest := at(ref, img.Manifests[0].Descriptor.Digest.String())
	_, stranger := newKey(t)
	for _, name := range []string{ref, manifest, at(ref, img.Attestations[0].Digest.String())} {
		assert.Contains(t, c.verify(name, c.pub).OK().Stdout, strings.TrimPrefix(name[strings.LastIndex(name, "@")+1:], ref))
		c.verify(name, stranger).Failed()
	}
	for _, kind := range predicates {
		out := c.verifyAttestation(ref, c.pub, kind).OK()
		assert.Equal(t, 1, strings.Count(out.Stdout, `"payload":`), kind)
	}
	c.verifyAttestation(manifest, c.pub, "slsaprovenance").OK()
	assert.Contains(t, c.verifyAttestation(ref, c.pub, "slsaprovenance1").Failed().Stderr, "none of the attestations matched")
	c.verifyAttestation(ref, stranger, "slsaprovenance").Failed()
	for _, s := range sign("--key", c.key) {
		assert.False(t, s.Added, s)
	}
	before := attached(t, img)
	sb.Setenv("COSIGN_PASSWORD", "")
	assert.Contains(t, sb.CLI("sign", ref, "--key", c.key).Failed().Stderr, "it is encrypted: give its password")
	file := filepath.Join(c.dir, "password")
	require.NoError(t, os.WriteFile(file, []byte(password+"\n"), 0o600))
	sign("--key", c.key, "--password-file", file)
	assert.Equal(t, before, attached(t, img), "signing again added something")
	sb.CLI("verify", ref, "--key", c.pub).OK()
}

// attached are the digests of all bundles of an image.
func attached(t *testing.T, img *oci.Image) []string {
	t.Helper()
	var out []string
	for _, target := range img.Targets() {
		bundles, err := target.Bundles(t.Context())
		require.NoError(t, err)
		for _, b := range bundles {
			out = append(out, b.Digest)
		}
	}
	return out
}

// TestModelbuildVerifiesCosign has an image signed by cosign, whose signatures are other bytes each time.
func TestModelbuildVerifiesCosign(t *testing.T) {
	sb := testenv.New(t)
	c := newCosign(t, sb)
	ref := sb.Ref("1")
	img := pushed(t, sb, ref)
	assert.Regexp(t, `FAILED +signature: none of index `, sb.CLI("verify", ref, "--key", c.pub).Failed().Stdout)

	statement, err := img.Manifests[0].Attestations[0].Statement(t.Context())
	require.NoError(t, err)
	parsed, err := trust.ParseStatement(statement.Raw)
	require.NoError(t, err)
	predicate := filepath.Join(c.dir, "predicate.json")
	require.NoError(t, os.WriteFile(predicate, parsed.Predicate, 0o644))
	manifest := at(ref, img.Manifests[0].Descriptor.Digest.String())
	attest := []string{"attest", "--yes", "--key", c.key, "--signing-config", c.bare, "--allow-http-registry", "--predicate", predicate, "--type", parsed.PredicateType, manifest}
	c.run(attest...).OK()
	out := sb.CLI("verify", ref, "--key", c.pub).Failed()
	assert.Regexp(t, `ok +signature: of statement `+parsed.PredicateType, out.Stdout)
	assert.Regexp(t, `FAILED +signature: none of index `, out.Stdout, "a statement about an image does not sign the image")

	c.run("sign", "--yes", "--recursive", "--key", c.key, "--signing-config", c.bare, "--allow-http-registry", at(ref, img.Descriptor.Digest.String())).OK()
	out = sb.CLI("verify", ref, "--key", c.pub).OK()
	assert.Regexp(t, `ok +signature: of index `+img.Descriptor.Digest.String()+` by key sha256:`, out.Stdout)
	assert.Regexp(t, `ok +signature: of manifest `+img.Manifests[0].Descriptor.Digest.String(), out.Stdout)
	assert.Contains(t, out.Stdout, "NOT checked", "there is always something")
	_, stranger := newKey(t)
	assert.Regexp(t, `absent +signature: 1 at index .* do not count: somebody else signed it: a key with the hint`, sb.CLI("verify", ref, "--key", stranger).Failed().Stdout)
	sb.CLI("verify", ref, "--key", stranger, "--key", c.pub).OK()

	// What cosign signed is not signed again.
	var report struct{ Signatures []signing.Signature }
	require.NoError(t, json.Unmarshal([]byte(sb.CLI("sign", ref, "--key", c.key, "--format", "json").OK().Stdout), &report))
	for _, s := range report.Signatures {
		byCosign := s.PredicateType == trust.PredicateImage ||
			s.PredicateType == parsed.PredicateType && s.Digest == img.Manifests[0].Descriptor.Digest.String()
		assert.Equal(t, !byCosign, s.Added, s)
	}

	require.NoError(t, os.WriteFile(predicate, []byte(`{"changed": true}`), 0o644))
	attest[len(attest)-1] = ref
	second := pushed(t, sb, sb.Ref("2"), "--label", "second=yes")
	sb.CLI("sign", sb.Ref("2"), "--key", c.key).OK()
	attest[len(attest)-1] = at(sb.Ref("2"), second.Manifests[0].Descriptor.Digest.String())
	c.run(attest...).OK()
	assert.Regexp(t, `ok +signature: of statement `+parsed.PredicateType+`, which is nowhere else`, sb.CLI("verify", sb.Ref("2"), "--key", c.pub).OK().Stdout)
}

// TestCosignWithOtherKeys signs with Ed25519, which cosign verifies too, and on P-384, which it does not.
func TestCosignWithOtherKeys(t *testing.T) {
	sb := testenv.New(t)
	c := newCosign(t, sb)
	ref := sb.Ref("1")
	pushed(t, sb, ref)
	public, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	key, pub := keyPair(t, private, public)
	sb.CLI("sign", ref, "--key", key).OK()
	sb.CLI("verify", ref, "--key", pub).OK()
	c.verify(ref, pub).OK()
	c.verifyAttestation(ref, pub, "slsaprovenance").OK()

	curve, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	key, pub = keyPair(t, curve, curve.Public())
	sb.CLI("sign", ref, "--key", key).OK()
	sb.CLI("verify", ref, "--key", pub).OK()
	c.verify(ref, pub).Failed() // the documentation says so
}
