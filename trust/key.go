package trust

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	_ "crypto/sha256" // for P-256
	_ "crypto/sha512" // for P-384
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/secure-systems-lab/go-securesystemslib/encrypted"
)

// Types of PEM blocks.
const (
	pemPKCS8          = "PRIVATE KEY"
	pemSEC1           = "EC PRIVATE KEY"
	pemPKCS8Encrypted = "ENCRYPTED PRIVATE KEY"
	pemSigstore       = "ENCRYPTED SIGSTORE PRIVATE KEY"
	pemCosign         = "ENCRYPTED COSIGN PRIVATE KEY" // of cosign before 2.0
	pemParameters     = "EC PARAMETERS"                // which `openssl ecparam` writes before the key
)

// ErrPassword says that a key is encrypted, and that no password was given or that it is the wrong one.
var ErrPassword = errors.New("the key is encrypted, and the password does not open it")

// ErrNoKey says that a text has no private key in it.
var ErrNoKey = errors.New("no private key in PEM")

// maxKey bounds the text of a key in bytes.
const maxKey = 64 << 10

// Key is a private key that signs.
type Key struct {
	signer crypto.Signer
	public *PublicKey
}

// ParseKey reads a private key in PEM: ECDSA on P-256 or P-384 or Ed25519, as PKCS #8 or SEC 1, or one that cosign
// encrypted, which the password opens. No error repeats any of the text.
func ParseKey(text, password []byte) (*Key, error) {
	if len(text) > maxKey {
		return nil, fmt.Errorf("%w: it has more than %d bytes", ErrNoKey, maxKey)
	}
	block, rest := pem.Decode(text)
	if block != nil && block.Type == pemParameters {
		block, _ = pem.Decode(rest)
	}
	if block == nil {
		return nil, ErrNoKey
	}
	signer, err := parseBlock(block, password)
	if err != nil {
		return nil, err
	}
	public, err := newPublicKey(signer.Public())
	if err != nil {
		return nil, err
	}
	return &Key{signer, public}, nil
}

func parseBlock(block *pem.Block, password []byte) (crypto.Signer, error) {
	der := block.Bytes
	switch block.Type {
	case pemSEC1:
		key, err := x509.ParseECPrivateKey(der)
		if err != nil {
			return nil, fmt.Errorf("%w: its EC PRIVATE KEY cannot be read", ErrNoKey)
		}
		return key, nil
	case pemSigstore, pemCosign:
		plain, err := encrypted.Decrypt(der, password)
		if err != nil {
			return nil, ErrPassword
		}
		der = plain
	case pemPKCS8:
	case pemPKCS8Encrypted:
		return nil, errors.New("the key is encrypted as PKCS #8: `cosign import-key-pair` or `openssl pkcs8` make one of it that can be read")
	default:
		return nil, fmt.Errorf("%w: there is %q in it", ErrNoKey, block.Type)
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("%w: its PKCS #8 cannot be read", ErrNoKey)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%w: a %T does not sign", ErrNoKey, key)
	}
	return signer, nil
}

// Public is the key that verifies what this one signs.
func (k *Key) Public() *PublicKey { return k.public }

// sign signs a message: by RFC 6979 with ECDSA, over the hash that goes with its curve, as the DER that Sigstore has; and as RFC 8032
// says with Ed25519.
func (k *Key) sign(message []byte) ([]byte, error) {
	hash := k.public.hash()
	if hash == 0 {
		return k.signer.Sign(nil, message, hash)
	}
	h := hash.New()
	h.Write(message)
	return k.signer.Sign(nil, h.Sum(nil), hash)
}

// hash is what a message is hashed with before it is signed; 0 for Ed25519, which does that itself.
func (p *PublicKey) hash() crypto.Hash {
	switch key := p.Key.(type) {
	case *ecdsa.PublicKey:
		if key.Curve == elliptic.P384() {
			return crypto.SHA384
		}
		return crypto.SHA256
	case ed25519.PublicKey:
	}
	return 0
}
