package build

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// maxSpec bounds a spec file, in bytes.
const maxSpec = 4 << 20

// readSyntax reads the reference of the frontend that a spec's first line names.
func readSyntax(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("read spec: %w", err)
	}
	if info.IsDir() {
		return "", fmt.Errorf("read spec: %s is a folder; name the file in it", path)
	}
	if info.Size() > maxSpec {
		return "", fmt.Errorf("read spec: %s is larger than %d bytes", path, maxSpec)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read spec: %w", err)
	}
	syntax, _, _, ok := parser.DetectSyntax(text)
	if !ok {
		return "", fmt.Errorf("read spec: %s:1: the first line must name the frontend: # syntax=org/modelbuild:1", path)
	}
	return syntax, nil
}

// isRemote tells an address that BuildKit fetches by itself.
func isRemote(context string) bool {
	for _, prefix := range []string{"http://", "https://", "git://", "ssh://", "git@", "github.com/"} {
		if strings.HasPrefix(context, prefix) {
			return true
		}
	}
	return false
}

// DefaultContext is the build context of a spec for which none is given: the folder that the spec is in.
func DefaultContext(spec string) string { return filepath.Dir(spec) }
