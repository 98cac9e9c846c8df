package trust

import (
	"encoding/json"
	"fmt"
)

// MediaTypeBundle is that of a Sigstore bundle, version 0.3.
const MediaTypeBundle = "application/vnd.dev.sigstore.bundle.v0.3+json"

// PayloadType is that of an in-toto statement in a DSSE envelope.
const PayloadType = "application/vnd.in-toto+json"

// bundle has the fields of a Sigstore bundle that a signature with a key has.
// https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto
type bundle struct {
	MediaType            string   `json:"mediaType"`
	VerificationMaterial material `json:"verificationMaterial"`
	DSSEEnvelope         envelope `json:"dsseEnvelope"`
}

type material struct {
	PublicKey publicKeyIdentifier `json:"publicKey"`
}

type publicKeyIdentifier struct {
	Hint string `json:"hint"`
}

type envelope struct {
	Payload     []byte      `json:"payload"`
	PayloadType string      `json:"payloadType"`
	Signatures  []signature `json:"signatures"`
}

type signature struct {
	Sig []byte `json:"sig"`
}

// Sign makes a Sigstore bundle of a statement. The statement is signed as it is, byte for byte.
func (k *Key) Sign(statement []byte) ([]byte, error) {
	sig, err := k.sign(preAuthEncoding(statement))
	if err != nil {
		return nil, fmt.Errorf("sign statement: %w", err)
	}
	text, err := json.Marshal(bundle{
		MediaType:            MediaTypeBundle,
		VerificationMaterial: material{publicKeyIdentifier{k.public.Hint()}},
		DSSEEnvelope:         envelope{Payload: statement, PayloadType: PayloadType, Signatures: []signature{{sig}}},
	})
	if err != nil {
		return nil, fmt.Errorf("write bundle: %w", err)
	}
	return text, nil
}

// preAuthEncoding is what DSSE signs instead of a payload.
// https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
func preAuthEncoding(payload []byte) []byte {
	return append(fmt.Appendf(nil, "DSSEv1 %d %s %d ", len(PayloadType), PayloadType, len(payload)), payload...)
}

// Hint is the hint of a bundle at the key that signed it, which is not a claim to rely on; it is empty for a bundle with a
// certificate.
func Hint(text []byte) (string, error) {
	var b bundle
	if err := json.Unmarshal(text, &b); err != nil {
		return "", fmt.Errorf("read bundle: %w", err)
	}
	return b.VerificationMaterial.PublicKey.Hint, nil
}

// Payload is the statement in a bundle's envelope, which nobody has verified by this.
func Payload(text []byte) ([]byte, error) {
	var b bundle
	if err := json.Unmarshal(text, &b); err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	if b.DSSEEnvelope.PayloadType != PayloadType {
		return nil, fmt.Errorf("read bundle: its payload is %q, not a statement", b.DSSEEnvelope.PayloadType)
	}
	return b.DSSEEnvelope.Payload, nil
}
