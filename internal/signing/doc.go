// Package signing knows what of an image is signed and where a signature is attached, for who signs and for who verifies:
// the index and each manifest below it by their digests, as `cosign sign --recursive` does, Docker's attestation manifests
// among them; and each statement about the image of a platform, as a bundle at that image's manifest.
package signing
