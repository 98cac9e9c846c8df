package engine

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// ToolsEnv names a folder that is searched for buildkitd, buildctl, buildx and registry before any other.
const ToolsEnv = "MODELBUILD_TOOLS"

// MissingToolError says that a program was not found, and how to get it.
type MissingToolError struct {
	Name string
	Hint string
}

// Error gives the program's name and the command that installs it.
func (e *MissingToolError) Error() string {
	return fmt.Sprintf("%s was not found: %s", e.Name, e.Hint)
}

// Tool gives the path of a program. dir, when not empty, is searched first; then the folder named by the environment
// variable MODELBUILD_TOOLS, the folder that hack/setup fills, and PATH.
func Tool(dir, name string) (string, error) {
	for _, candidate := range []string{dir, os.Getenv(ToolsEnv), setupDir()} {
		if candidate == "" {
			continue
		}
		path := filepath.Join(candidate, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	return "", &MissingToolError{Name: name, Hint: "run `make setup` in the modelbuild source, or install it and put it on PATH"}
}

// setupDir is where hack/setup leaves the programs it compiles, or "" without a cache folder.
func setupDir() string {
	cache, err := CacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "tools", "current", "bin")
}

// CacheDir is modelbuild's folder under the user's cache folder. It need not exist.
func CacheDir() (string, error) {
	if dir := os.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "modelbuild"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find cache folder: set HOME or XDG_CACHE_HOME: %w", err)
	}
	return filepath.Join(home, ".cache", "modelbuild"), nil
}

// runcBinary is the OCI runtime that buildkitd starts, by either of the two names it is packaged under.
func runcBinary(dir string) (string, error) {
	for _, name := range []string{"buildkit-runc", "runc"} {
		if path, err := Tool(dir, name); err == nil {
			return path, nil
		}
	}
	return "", &MissingToolError{Name: "runc", Hint: "install the package `runc` (`make setup` does)"}
}
