package main

import (
	"fmt"
	"os"
	"syscall"
)

// scanVariable is set where BuildKit runs this image as a scanner, for
// --attest type=sbom,generator=org/modelbuild.
const scanVariable = "BUILDKIT_SCAN_DESTINATION"

// stepBinary lies beside this one in the image.
const stepBinary = "/modelbuild-step"

// becomeScanner replaces this process by the scanner where BuildKit asks for one.
func becomeScanner() error {
	if os.Getenv(scanVariable) == "" {
		return nil
	}
	if err := syscall.Exec(stepBinary, []string{stepBinary, "scan"}, os.Environ()); err != nil {
		return fmt.Errorf("run %s: %w", stepBinary, err)
	}
	return nil
}
