package sign_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/oci/layouttest"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/modelbuild/modelbuild/trust"
)

// signedBuild is a copy of the penguins whose spec has a key.
type signedBuild struct {
	sb  *testenv.Sandbox
	dir string
}

func newSignedBuild(t *testing.T, sb *testenv.Sandbox) *signedBuild {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(sb.Source(), "examples", "penguins"))))
	return &signedBuild{sb, dir}
}

// use writes the fingerprint of a key into the spec.
func (b *signedBuild) use(t *testing.T, pub string) string {
	t.Helper()
	text, err := os.ReadFile(pub)
	require.NoError(t, err)
	key, err := trust.ParsePublicKey(text)
	require.NoError(t, err)
	name := filepath.Join(b.dir, "model.yaml")
	spec, err := os.ReadFile(name)
	require.NoError(t, err)
	before, _, _ := strings.Cut(string(spec), "\nsign:")
	stanza := "\nsign: {key: model_key, fingerprint: '" + key.Fingerprint() + "'}\n"
	require.NoError(t, os.WriteFile(name, []byte(strings.TrimRight(before, "\n")+"\n"+stanza), 0o644))
	return key.Fingerprint()
}

func (b *signedBuild) run(t *testing.T, args ...string) (string, testenv.Result) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "oci")
	return oci.LayoutScheme + out, b.sb.CLI(append([]string{"build", b.dir, "--vcs=false", "--progress", "plain", "-o", "type=oci,tar=false,dest=" + out}, args...)...)
}

func manifest(t *testing.T, image string) string {
	t.Helper()
	return open(t, image).Manifests[0].Descriptor.Digest.String()
}

// TestSignedInTheBuild has the model's provenance signed by a step of the build.
func TestSignedInTheBuild(t *testing.T) {
	sb := testenv.New(t)
	b := newSignedBuild(t, sb)
	key, pub := newKey(t)
	otherKey, otherPub := newKey(t)
	fingerprint := b.use(t, pub)

	_, res := b.run(t)
	assert.Regexp(t, `model.yaml:\d+:13: error MB3006: sign.key: no build secret model_key`, res.Failed().Stderr)
	_, res = b.run(t, "--secret", "id=model_key,src="+otherKey)
	assert.Regexp(t, `model.yaml:\d+:\d+: error MB4501: sign.fingerprint: the key in the secret has the fingerprint sha256:`, res.Failed().Stderr)
	_, res = b.run(t, "--secret", "id=model_key,src="+pub)
	assert.Regexp(t, `model.yaml:\d+:13: error MB4501: sign.key: the secret holds no key that signs: .*"PUBLIC KEY"`, res.Failed().Stderr)

	image, res := b.run(t, "--secret", "id=model_key,src="+key)
	res.OK()
	signature := layouttest.File(t, image, "/model/model.sig.json")
	payload, err := trust.Payload(signature)
	require.NoError(t, err)
	assert.Equal(t, string(layouttest.File(t, image, "/model/provenance.intoto.json")), string(payload))
	again, res := b.run(t, "--no-cache", "--secret", "id=model_key,src="+key)
	res.OK()
	assert.Equal(t, manifest(t, image), manifest(t, again), "a signed image has the same bytes each time")
	_, res = b.run(t)
	res.OK() // the signature is in the cache
	plain := layout(t, sb)
	assert.Equal(t, layouttest.File(t, plain, "/model/model.onnx"), layouttest.File(t, image, "/model/model.onnx"))

	folder := t.TempDir()
	model, bundle := filepath.Join(folder, "model.onnx"), filepath.Join(folder, "model.sig.json")
	require.NoError(t, os.WriteFile(model, layouttest.File(t, image, "/model/model.onnx"), 0o600))
	require.NoError(t, os.WriteFile(bundle, signature, 0o600))
	verifyModel := []string{"verify-blob-attestation", "--key", pub, "--bundle", bundle, "--type", "slsaprovenance", "--insecure-ignore-tlog", model}
	c := newCosign(t, sb)
	c.run(verifyModel...).OK()
	require.NoError(t, os.WriteFile(model, []byte("another model"), 0o600))
	assert.Contains(t, c.run(verifyModel...).Failed().Stderr, "digests do not match")

	sb.CLI("sign", image, "--key", otherKey).OK()
	out := sb.CLI("verify", image, "--key", otherPub, "--key", pub).OK().Stdout
	assert.Regexp(t, `ok +model signature: of /model/provenance.intoto.json by key `+fingerprint, out)
	assert.Regexp(t, `absent +model signature: /model/model.sig.json does not count: somebody else`, sb.CLI("verify", image, "--key", otherPub).OK().Stdout)
	assert.Regexp(t, `absent +model signature: .* by whom was not checked`, sb.CLI("verify", image).OK().Stdout)
	changed := layouttest.Copy(t, image)
	layouttest.Replace(t, changed, "/model/model.sig.json", []byte(strings.Replace(string(signature), `"sig":"ME`, `"sig":"MF`, 1)))
	assert.Regexp(t, `FAILED +model signature: .*(not valid|not a bundle)`, sb.CLI("verify", changed, "--key", pub).Failed().Stdout)
	foreign := layouttest.Copy(t, image)
	layouttest.Replace(t, foreign, "/model/provenance.intoto.json", layouttest.File(t, plain, "/model/provenance.intoto.json"))
	assert.Regexp(t, `FAILED +model signature: /model/model.sig.json is not of provenance.intoto.json`, sb.CLI("verify", foreign).Failed().Stdout)

	// Another key is another step, whatever the cache has; the old one is in the cache without its secret.
	b.use(t, otherPub)
	_, res = b.run(t, "--secret", "id=model_key,src="+key)
	assert.Contains(t, res.Failed().Stderr, "MB4501: sign.fingerprint")
	rotated, res := b.run(t, "--secret", "id=model_key,src="+otherKey)
	res.OK()
	assert.Regexp(t, `(?m)^#\d+ \[train\].*\n#\d+ CACHED`, res.Stderr, "a new key trained again")
	assert.NotEqual(t, string(signature), string(layouttest.File(t, rotated, "/model/model.sig.json")))
}
