package sigstore_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/trust"
	"github.com/modelbuild/modelbuild/trust/sigstore"
)

const (
	manifest = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
	other    = "sha256:2222222222222222222222222222222222222222222222222222222222222222"
)

func key(t testing.TB, private crypto.PrivateKey) *trust.Key {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	k, err := trust.ParseKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil)
	require.NoError(t, err)
	return k
}

func ecKey(t testing.TB, curve elliptic.Curve) *trust.Key {
	t.Helper()
	private, err := ecdsa.GenerateKey(curve, rand.Reader)
	require.NoError(t, err)
	return key(t, private)
}

func sign(t testing.TB, k *trust.Key, s *trust.Statement) []byte {
	t.Helper()
	text, err := s.Marshal()
	require.NoError(t, err)
	bundle, err := k.Sign(text)
	require.NoError(t, err)
	return bundle
}

func keys(t testing.TB, all ...*trust.Key) *sigstore.Policy {
	t.Helper()
	p := &sigstore.Policy{}
	for _, k := range all {
		require.NoError(t, p.Keys(k.Public()))
	}
	return p
}

// TestKeys verifies by sigstore-go what this module signed with each kind of key.
func TestKeys(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	stranger := ecKey(t, elliptic.P256())
	for name, k := range map[string]*trust.Key{"P-256": ecKey(t, elliptic.P256()), "P-384": ecKey(t, elliptic.P384()), "Ed25519": key(t, ed)} {
		t.Run(name, func(t *testing.T) {
			bundle := sign(t, k, trust.ImageStatement(manifest))
			signed, err := keys(t, stranger, k).Verify(bundle, manifest)
			require.NoError(t, err)
			assert.Equal(t, "key "+k.Public().Fingerprint(), signed.By)
			assert.Equal(t, trust.PredicateImage, signed.Statement.PredicateType)

			_, err = keys(t, stranger).Verify(bundle, manifest)
			require.ErrorIs(t, err, sigstore.ErrStranger)
			_, err = keys(t).Verify(bundle, manifest)
			require.ErrorIs(t, err, sigstore.ErrStranger, "an empty policy trusts nobody")
			_, err = keys(t, k).Verify(bundle, other)
			require.ErrorIs(t, err, sigstore.ErrSubject)
			_, err = keys(t, k).Verify(bundle, "sha512:"+manifest[7:])
			assert.ErrorContains(t, err, "not a sha256 digest")
		})
	}
}

// TestChangedBundles changes each part of a bundle.
func TestChangedBundles(t *testing.T) {
	k, stranger := ecKey(t, elliptic.P256()), ecKey(t, elliptic.P256())
	good := sign(t, k, trust.ImageStatement(manifest))
	foreign := sign(t, stranger, trust.ImageStatement(manifest))
	field := func(b map[string]any, path ...string) map[string]any {
		for _, name := range path {
			b, _ = b[name].(map[string]any)
		}
		return b
	}
	for name, tt := range map[string]struct {
		change func(b, foreign map[string]any)
		is     error
	}{
		"another payload": {func(b, _ map[string]any) {
			text, err := trust.ImageStatement(other).Marshal()
			require.NoError(t, err)
			field(b, "dsseEnvelope")["payload"] = text
		}, sigstore.ErrInvalid},
		"another signature": {func(b, f map[string]any) {
			field(b, "dsseEnvelope")["signatures"] = field(f, "dsseEnvelope")["signatures"]
		}, sigstore.ErrInvalid},
		"another type": {func(b, _ map[string]any) { field(b, "dsseEnvelope")["payloadType"] = "text/plain" }, sigstore.ErrInvalid},
		"no signature": {func(b, _ map[string]any) { field(b, "dsseEnvelope")["signatures"] = []any{} }, sigstore.ErrInvalid},
		"two signatures": {func(b, f map[string]any) {
			field(b, "dsseEnvelope")["signatures"] = append(field(b, "dsseEnvelope")["signatures"].([]any), field(f, "dsseEnvelope")["signatures"].([]any)...)
		}, sigstore.ErrInvalid},
		"no key":        {func(b, _ map[string]any) { delete(b, "verificationMaterial") }, sigstore.ErrMalformed},
		"no payload":    {func(b, _ map[string]any) { delete(b, "dsseEnvelope") }, sigstore.ErrMalformed},
		"version 0.9":   {func(b, _ map[string]any) { b["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.9+json" }, sigstore.ErrMalformed},
		"unknown field": {func(b, _ map[string]any) { b["trustMe"] = true }, sigstore.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			var b, f map[string]any
			require.NoError(t, json.Unmarshal(good, &b))
			require.NoError(t, json.Unmarshal(foreign, &f))
			tt.change(b, f)
			text, err := json.Marshal(b)
			require.NoError(t, err)
			_, err = keys(t, k).Verify(text, manifest)
			require.ErrorIs(t, err, tt.is)
		})
	}
	relabelled := strings.Replace(string(good), k.Public().Hint(), stranger.Public().Hint(), 1)
	_, err := keys(t, k).Verify([]byte(relabelled), manifest)
	assert.NoError(t, err, "the hint is only a hint")
}

func FuzzVerify(f *testing.F) {
	k := ecKey(f, elliptic.P256())
	good := sign(f, k, trust.ImageStatement(manifest))
	f.Add(good)
	f.Add([]byte(`{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{}},"dsseEnvelope":{"signatures":[{}]}}`))
	f.Add([]byte(`{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"certificate":{}},"messageSignature":{}}`))
	p := keys(f, k)
	f.Fuzz(func(t *testing.T, text []byte) {
		signed, err := p.Verify(text, manifest)
		if err == nil && !signed.Statement.About(manifest) {
			t.Fatal("verified, and not about what was asked")
		}
	})
}
