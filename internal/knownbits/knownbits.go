// Package knownbits compares the bits of numbers between platforms. A package
// that trains has a test named TestKnownBits, which holds the digest of what it
// computes; a test here runs all of them on other platforms.
package knownbits

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"testing"
)

// Check compares the digest of numbers, or slices of them, with the known one.
// Where it fails on one platform alone, that platform or its compiler computes
// otherwise; where it fails on all, the engine's version has to change.
func Check(t testing.TB, want string, values ...any) {
	t.Helper()
	h := sha256.New()
	for _, v := range values {
		if err := binary.Write(h, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("the bits are %s, want %s", got, want)
	}
}
