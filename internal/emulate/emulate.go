// Package emulate tells why a program of another platform does not start.
package emulate

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"

	"github.com/modelbuild/modelbuild/train/job"
)

// Problem says that a program of a platform, such as linux/arm64, was not started because nothing here runs its
// instructions. It is nil where err, of starting the file, has another reason. The field is a place in the spec.
func Problem(err error, file, platform, field string) error {
	_, rest, _ := strings.Cut(platform, "/")
	arch, _, _ := strings.Cut(rest, "/")
	if err == nil || arch == "" || arch == runtime.GOARCH {
		return nil
	}
	// The kernel has no interpreter for it, or has one by a path that is not in the container.
	missing := errors.Is(err, syscall.ENOEXEC)
	if errors.Is(err, syscall.ENOENT) {
		_, stat := os.Stat(file)
		missing = missing || stat == nil
	}
	if !missing {
		return nil
	}
	return job.Problems{{Code: job.CodeEmulator, Field: field,
		Message: fmt.Sprintf("the builder runs %s/%s, and cannot run programs of %s", runtime.GOOS, runtime.GOARCH, platform),
		Hint: "register an emulator with its kernel, as `docker run --privileged --rm tonistiigi/binfmt --install " + arch +
			"` does; or add a node of that platform to the builder"}}
}
