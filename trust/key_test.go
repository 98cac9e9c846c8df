package trust_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/secure-systems-lab/go-securesystemslib/encrypted"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/trust"
)

func pemText(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func pkcs8(t testing.TB, key crypto.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return der
}

func ecKey(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	require.NoError(t, err)
	return key
}

func TestParseKey(t *testing.T) {
	p256, p384 := ecKey(t, elliptic.P256()), ecKey(t, elliptic.P384())
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	sec1, err := x509.MarshalECPrivateKey(p256)
	require.NoError(t, err)
	locked, err := encrypted.Encrypt(pkcs8(t, p256), []byte("open sesame"))
	require.NoError(t, err)
	parameters := pemText("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7})
	for name, tt := range map[string]struct {
		text   []byte
		public crypto.PublicKey
	}{
		"PKCS #8 P-256":         {pemText("PRIVATE KEY", pkcs8(t, p256)), &p256.PublicKey},
		"PKCS #8 P-384":         {pemText("PRIVATE KEY", pkcs8(t, p384)), &p384.PublicKey},
		"PKCS #8 Ed25519":       {pemText("PRIVATE KEY", pkcs8(t, ed)), ed.Public()},
		"SEC 1":                 {pemText("EC PRIVATE KEY", sec1), &p256.PublicKey},
		"SEC 1 with parameters": {append(parameters, pemText("EC PRIVATE KEY", sec1)...), &p256.PublicKey},
		"of cosign":             {pemText("ENCRYPTED SIGSTORE PRIVATE KEY", locked), &p256.PublicKey},
		"of cosign 1":           {pemText("ENCRYPTED COSIGN PRIVATE KEY", locked), &p256.PublicKey},
	} {
		t.Run(name, func(t *testing.T) {
			key, err := trust.ParseKey(tt.text, []byte("open sesame"))
			require.NoError(t, err)
			assert.Equal(t, tt.public, key.Public().Key)
			public, err := trust.ParsePublicKey(key.Public().PEM())
			require.NoError(t, err)
			assert.Equal(t, key.Public().Fingerprint(), public.Fingerprint())
		})
	}
}

func TestParseKeyRefuses(t *testing.T) {
	p256 := ecKey(t, elliptic.P256())
	locked, err := encrypted.Encrypt(pkcs8(t, p256), []byte("open sesame"))
	require.NoError(t, err)
	big, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		text []byte
		is   error
		says string
	}{
		"nothing":        {nil, trust.ErrNoKey, "no private key in PEM"},
		"no PEM":         {[]byte("secret"), trust.ErrNoKey, "no private key in PEM"},
		"a public key":   {pemText("PUBLIC KEY", []byte("x")), trust.ErrNoKey, `there is "PUBLIC KEY" in it`},
		"half a key":     {pemText("PRIVATE KEY", pkcs8(t, p256)[:40]), trust.ErrNoKey, "its PKCS #8 cannot be read"},
		"half of SEC 1":  {pemText("EC PRIVATE KEY", []byte{48, 3}), trust.ErrNoKey, "its EC PRIVATE KEY cannot be read"},
		"wrong password": {pemText("ENCRYPTED SIGSTORE PRIVATE KEY", locked), trust.ErrPassword, "does not open it"},
		"not encrypted":  {pemText("ENCRYPTED SIGSTORE PRIVATE KEY", []byte("{")), trust.ErrPassword, "does not open it"},
		"RSA":            {pemText("PRIVATE KEY", pkcs8(t, big)), trust.ErrAlgorithm, "this one is a *rsa.PublicKey"},
		"P-521":          {pemText("PRIVATE KEY", pkcs8(t, ecKey(t, elliptic.P521()))), trust.ErrAlgorithm, "this one is on P-521"},
		"too large":      {make([]byte, 1<<17), trust.ErrNoKey, "more than 65536 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := trust.ParseKey(tt.text, []byte("sesame"))
			require.ErrorIs(t, err, tt.is)
			assert.ErrorContains(t, err, tt.says)
			assert.NotContains(t, err.Error(), "secret")
		})
	}
	_, err = trust.ParseKey(pemText("ENCRYPTED PRIVATE KEY", nil), nil)
	assert.ErrorContains(t, err, "cosign import-key-pair")
	_, err = trust.ParsePublicKey(pemText("CERTIFICATE", nil))
	assert.ErrorIs(t, err, trust.ErrNoPublicKey)
}

func FuzzParseKey(f *testing.F) {
	key := ecKey(f, elliptic.P256())
	f.Add(pemText("PRIVATE KEY", pkcs8(f, key)), []byte(nil))
	f.Add(pemText("ENCRYPTED SIGSTORE PRIVATE KEY", []byte(`{"kdf":{}}`)), []byte("x"))
	f.Add([]byte("-----BEGIN EC PARAMETERS-----"), []byte{})
	f.Fuzz(func(t *testing.T, text, password []byte) {
		if key, err := trust.ParseKey(text, password); err == nil && key.Public() == nil {
			t.Fatal("a key without its public half")
		}
	})
}
