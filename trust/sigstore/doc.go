// Package sigstore verifies Sigstore bundles by sigstore-go: those of keys, and those of keyless signing with a trusted
// root at hand. It asks no network.
//
// It is apart from package trust because of its weight: what only signs does not carry it.
package sigstore
