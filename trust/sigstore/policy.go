package sigstore

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
	sigsignature "github.com/sigstore/sigstore/pkg/signature"

	"github.com/modelbuild/modelbuild/trust"
)

// Policy says whose signatures count. It holds one signer or more: an empty one verifies nothing.
type Policy struct {
	signers []signer
}

// signer is a key or an identity.
type signer struct {
	name     string // "key sha256:…", or an identity with its issuer
	hint     string // of a key, as a bundle has it
	verifier *verify.Verifier
	policy   verify.PolicyOption
}

// Keys trusts what the keys signed.
func (p *Policy) Keys(keys ...*trust.PublicKey) error {
	for _, k := range keys {
		v, err := sigsignature.LoadDefaultVerifier(k.Key)
		if err != nil {
			return fmt.Errorf("use key %s: %w", k.Fingerprint(), err)
		}
		key := root.NewExpiringKey(v, time.Time{}, time.Time{}) // a key by itself is valid at any time
		material := root.NewTrustedPublicKeyMaterial(func(string) (root.TimeConstrainedVerifier, error) { return key, nil })
		verifier, err := verify.NewVerifier(material, verify.WithNoObserverTimestamps(), verify.WithoutStatementPredicate())
		if err != nil {
			return fmt.Errorf("use key %s: %w", k.Fingerprint(), err)
		}
		p.signers = append(p.signers, signer{"key " + k.Fingerprint(), k.Hint(), verifier, verify.WithKey()})
	}
	return nil
}

// Identity is who a certificate was issued for: the subject alternative name, and the issuer of the OpenID Connect token.
type Identity struct{ Name, Issuer string }

// Identities trusts what somebody signed with a certificate for the identity, by a root in which are the certificate authority, the
// logs and the timestamp authorities: the certificate was logged, and the signature was logged or timestamped while
// it was valid. The root is Sigstore's trusted_root.json.
func (p *Policy) Identities(trustedRoot []byte, ids ...Identity) error {
	material, err := root.NewTrustedRootFromJSON(trustedRoot)
	if err != nil {
		return fmt.Errorf("read trusted root: %w", err)
	}
	return p.identities(material, ids)
}

func (p *Policy) identities(material root.TrustedMaterial, ids []Identity) error {
	options := []verify.VerifierOption{verify.WithObserverTimestamps(1), verify.WithoutStatementPredicate()}
	if len(material.RekorLogs()) > 0 {
		options = append(options, verify.WithTransparencyLog(1))
	}
	if len(material.CTLogs()) > 0 {
		options = append(options, verify.WithSignedCertificateTimestamps(1))
	}
	verifier, err := verify.NewVerifier(material, options...)
	if err != nil {
		return fmt.Errorf("use trusted root: %w", err)
	}
	for _, id := range ids {
		who, err := verify.NewShortCertificateIdentity(id.Issuer, "", id.Name, "")
		if err != nil {
			return fmt.Errorf("use identity %s: %w", id.Name, err)
		}
		p.signers = append(p.signers, signer{name: id.Name + " of " + id.Issuer, verifier: verifier, policy: verify.WithCertificateIdentity(who)})
	}
	return nil
}

// Empty reports whether the policy trusts nobody.
func (p *Policy) Empty() bool { return len(p.signers) == 0 }

// Signed is a statement whose signature was verified.
type Signed struct {
	By        string // who, in the words of the policy
	Statement *trust.Statement
}

// Errors of Verify, for which the caller goes different ways.
var (
	// ErrMalformed says that a text is not a bundle of a statement.
	ErrMalformed = errors.New("it is not a bundle of a statement")
	// ErrStranger says that somebody else signed, by what the bundle says.
	ErrStranger = errors.New("somebody else signed it")
	// ErrInvalid says that a bundle has the hint of a key, or the certificate of an identity, and not its signature.
	ErrInvalid = errors.New("the signature is not valid")
	// ErrSubject says that what was signed is about something else.
	ErrSubject = errors.New("what is signed is about something else")
)

// Verify verifies a bundle about the thing with the digest, sha256: and hex.
func (p *Policy) Verify(text []byte, digest string) (*Signed, error) {
	b := &bundle.Bundle{}
	if err := b.UnmarshalJSON(text); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	payload, err := payload(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	content, err := b.VerificationContent()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	algorithm, sum, _ := strings.Cut(digest, ":")
	raw, err := hex.DecodeString(sum)
	if err != nil || algorithm != "sha256" {
		return nil, fmt.Errorf("verify a signature of %q: not a sha256 digest", digest)
	}
	withKey := content.PublicKey() != nil
	problem := fmt.Errorf("%w: %s", ErrStranger, stranger(content))
	for _, s := range p.signers {
		if withKey != (s.hint != "") {
			continue
		}
		// Without the digest first, to tell a signature of something else from a signature that is none.
		if _, err := s.verifier.Verify(b, verify.NewPolicy(verify.WithoutArtifactUnsafe(), s.policy)); err != nil {
			if withKey && content.PublicKey().Hint() == s.hint {
				problem = fmt.Errorf("%w: %w", ErrInvalid, err)
			} else if !withKey {
				problem = fmt.Errorf("%w: %w", ErrStranger, err)
			}
			continue
		}
		if _, err := s.verifier.Verify(b, verify.NewPolicy(verify.WithArtifactDigest(algorithm, raw), s.policy)); err != nil {
			return nil, fmt.Errorf("%w than %s: %w", ErrSubject, digest, err)
		}
		st, err := trust.ParseStatement(payload)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		return &Signed{s.name, st}, nil
	}
	return nil, problem
}

// payload is the statement in the bundle's envelope.
func payload(b *bundle.Bundle) ([]byte, error) {
	e, err := b.Envelope()
	if err != nil {
		return nil, err
	}
	return e.DecodeB64Payload()
}

// stranger names who signed, by the bundle's word alone.
func stranger(content verify.VerificationContent) string {
	if key := content.PublicKey(); key != nil {
		return "a key with the hint " + key.Hint()
	}
	return "a certificate"
}
