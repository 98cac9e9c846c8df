//go:build !linux

package nosync

import "errors"

// Ignore cannot do it here: steps run on Linux.
func Ignore() error { return errors.ErrUnsupported }
