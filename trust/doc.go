// Package trust signs in-toto statements with keys of the signer's own, and reads what it signed.
//
// A signature is a Sigstore bundle v0.3: a DSSE envelope with the statement, one signature, and a hint by which a
// verifier finds the key. cosign, Kyverno and sigstore-go read it. There is no certificate and no entry of a transparency
// log in it: nothing here needs a network.
//
// The same key and the same statement give the same bytes, always. ECDSA takes its nonce from key and message, as RFC 6979
// says, Ed25519 does so by itself, and the bundle is written field by field: protobuf's JSON differs between programs.
//
// Package sigstore below it verifies, with public keys or with the certificates of keyless signing.
package trust
