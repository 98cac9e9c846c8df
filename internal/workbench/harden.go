package workbench

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// UID and GID are those of the workbench's user: "nonroot" of the distroless images.
const (
	UID  = 65532
	GID  = 65532
	Home = "/home/workbench"
)

// becomeRoot are programs whose only use is to be another user.
var becomeRoot = []string{"sudo", "sudoedit", "su", "doas", "pkexec", "runuser"}

// apart are parts of a root that are not its own: those of the kernel, what the step has
// mounted, and what BuildKit puts in place of files while it runs.
var apart = []string{"proc", "sys", "dev", "in", "out", "etc/hosts", "etc/resolv.conf", "etc/hostname"}

// Harden takes every way to become root from a root filesystem, and adds the user.
// Folders in skip, by their path in it, are left alone.
func Harden(root string, skip []string) error {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if slices.Contains(apart, rel) || slices.Contains(skip, "/"+rel) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		return disarm(path, d)
	})
	if err != nil {
		return fmt.Errorf("harden the workbench: %w", err)
	}
	if err := addUser(root); err != nil {
		return fmt.Errorf("add the user of the workbench: %w", err)
	}
	return nil
}

// disarm removes what makes a file run as another user than the one who starts it.
func disarm(path string, d fs.DirEntry) error {
	dir := filepath.Base(filepath.Dir(path))
	if (dir == "bin" || dir == "sbin") && !d.IsDir() && slices.Contains(becomeRoot, d.Name()) {
		return os.Remove(path)
	}
	if !d.Type().IsRegular() {
		return nil
	}
	info, err := d.Info()
	if err != nil {
		return err
	}
	if info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
		if err := os.Chmod(path, info.Mode().Perm()); err != nil {
			return err
		}
	}
	err = unix.Lremovexattr(path, "security.capability")
	if err != nil && !errors.Is(err, unix.ENODATA) && !errors.Is(err, unix.ENOTSUP) && !errors.Is(err, unix.EPERM) {
		return fmt.Errorf("remove capabilities of %s: %w", path, err)
	}
	return nil
}

// addUser adds the user, its group and its folder. Passwords that are empty become ones
// that nothing matches.
func addUser(root string) error {
	files := []struct{ name, key, line string }{
		{"etc/passwd", fmt.Sprintf(":%d:", UID), fmt.Sprintf("workbench:x:%d:%d:workbench:%s:/bin/sh", UID, GID, Home)},
		{"etc/group", fmt.Sprintf(":%d:", GID), fmt.Sprintf("workbench:x:%d:", GID)},
	}
	if err := os.MkdirAll(filepath.Join(root, "etc"), 0o755); err != nil { //nolint:gosec // as every root has it
		return err
	}
	for _, f := range files {
		if err := addLine(filepath.Join(root, f.name), f.key, f.line); err != nil {
			return err
		}
	}
	if err := lockPasswords(filepath.Join(root, "etc/shadow")); err != nil {
		return err
	}
	home := filepath.Join(root, Home)
	if err := os.MkdirAll(home, 0o755); err != nil { //nolint:gosec // its parent too is for everybody
		return err
	}
	return errors.Join(os.Chmod(home, 0o700), os.Chown(home, UID, GID)) //nolint:gosec // a folder
}

// addLine adds a line to a file, unless one has the key, where the file's third field
// is. The file is made where there is none.
func addLine(file, key, line string) error {
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for l := range strings.Lines(string(text)) {
		if fields := strings.Split(l, ":"); len(fields) > 2 && ":"+strings.TrimSpace(fields[2])+":" == key {
			return nil
		}
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		text = append(text, '\n')
	}
	return os.WriteFile(file, append(text, line+"\n"...), 0o644) //nolint:gosec // as every root has it
}

func lockPasswords(file string) error {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var out strings.Builder
	for l := range strings.Lines(string(text)) {
		if fields := strings.SplitN(l, ":", 3); len(fields) == 3 && fields[1] == "" {
			l = fields[0] + ":!:" + fields[2]
		}
		out.WriteString(l)
	}
	return os.WriteFile(file, []byte(out.String()), 0o640) //nolint:gosec // keeps the mode of a file that is there
}
