package trust

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
)

// ErrNoPublicKey says that a text has no public key in it.
var ErrNoPublicKey = errors.New("no public key in PEM")

// ErrAlgorithm says that a key is of a kind that is not used here.
var ErrAlgorithm = errors.New("a key is ECDSA on P-256 or P-384, or Ed25519")

// PublicKey is a key that verifies.
type PublicKey struct {
	// Key is an *ecdsa.PublicKey or an ed25519.PublicKey.
	Key crypto.PublicKey
	der []byte // as PKIX has it
}

// ParsePublicKey reads a public key in PEM, as `cosign public-key` and `openssl pkey -pubout` write it.
func ParsePublicKey(text []byte) (*PublicKey, error) {
	if len(text) > maxKey {
		return nil, fmt.Errorf("%w: it has more than %d bytes", ErrNoPublicKey, maxKey)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, ErrNoPublicKey
	}
	if block.Type != "PUBLIC KEY" {
		return nil, fmt.Errorf("%w: there is %q in it", ErrNoPublicKey, block.Type)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoPublicKey, err)
	}
	return newPublicKey(key)
}

func newPublicKey(key crypto.PublicKey) (*PublicKey, error) {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() && k.Curve != elliptic.P384() {
			return nil, fmt.Errorf("%w: this one is on %s", ErrAlgorithm, k.Curve.Params().Name)
		}
	case ed25519.PublicKey:
	default:
		return nil, fmt.Errorf("%w: this one is a %T", ErrAlgorithm, key)
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoPublicKey, err)
	}
	return &PublicKey{key, der}, nil
}

// Fingerprint names the key: sha256: and the hash of its PKIX form, as `openssl pkey -pubin -outform DER | sha256sum`
// computes it.
func (p *PublicKey) Fingerprint() string {
	sum := sha256.Sum256(p.der)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Hint is the same hash as bundles have it.
func (p *PublicKey) Hint() string {
	sum := sha256.Sum256(p.der)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// PEM is the text that [ParsePublicKey] reads.
func (p *PublicKey) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: p.der})
}
