package environ

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// traces are what an installation leaves that is no part of it: logs, caches and copies of older states, which have
// the time in them or depend on the machine.
var traces = [...]string{
	"var/log/*", "var/cache/apt/*", "var/cache/debconf/*-old", "var/cache/ldconfig/aux-cache",
	"var/lib/dpkg/*-old", "var/lib/dpkg/lock", "var/lib/dpkg/lock-frontend", "var/lib/dpkg/triggers/Lock",
	"var/lib/systemd/deb-systemd-helper-enabled/*.dsh-also-old",
	"etc/machine-id", "var/lib/dbus/machine-id", "etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/subuid-", "etc/subgid-",
	"root/.cache", "tmp/*", "var/tmp/*",
}

// clean removes traces. Folders of logs stay: programs expect them.
func (r *runner) clean() error {
	for _, pattern := range traces {
		found, err := filepath.Glob(r.path(pattern))
		if err != nil {
			return fmt.Errorf("clean up: %w", err)
		}
		for _, name := range found {
			if err := removeFiles(name); err != nil {
				return fmt.Errorf("clean up: %w", err)
			}
		}
	}
	return nil
}

// removeFiles removes a file, or the files below a folder.
func removeFiles(name string) error {
	return filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		return os.Remove(path)
	})
}
