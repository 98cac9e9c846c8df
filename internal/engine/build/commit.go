package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/modelbuild/modelbuild/internal/redact"
)

// Commit are the attributes that tell a build which commit of a git repository a folder is of, by the names that buildx
// has for them; none for a folder that is in no repository, or in one without a commit. A folder with changes that are in
// no commit, or with files that git neither has nor ignores, is told as dirty; the rest of the repository is not looked at. The address of the repository is that of
// the branch's remote, without user names and tokens; a path on this machine is left out.
//
// The error is that there is a repository that git does not read. A build can go on without the commit.
func Commit(ctx context.Context, folder string) (map[string]string, error) {
	if isRemote(folder) {
		return nil, nil // the daemon resolves the commit, and records it
	}
	dir, err := filepath.Abs(folder)
	if err != nil {
		return nil, fmt.Errorf("read the commit of %s: %w", folder, err)
	}
	if !inRepository(dir) {
		return nil, nil
	}
	revision, err := git(ctx, dir, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
	if err != nil {
		return nil, err
	}
	if revision == "" {
		return nil, nil // no commit yet
	}
	changes, err := git(ctx, dir, "status", "--porcelain", "--untracked-files=normal", "--ignore-submodules=none", "--", ".")
	if err != nil {
		return nil, err
	}
	if changes != "" {
		revision += "-dirty"
	}
	out := map[string]string{"vcs:revision": revision}
	if prefix, err := git(ctx, dir, "rev-parse", "--show-prefix"); err == nil {
		out["vcs:localdir:context"] = filepath.ToSlash(filepath.Clean(prefix))
	}
	if remote, err := git(ctx, dir, "ls-remote", "--get-url"); err == nil && !filepath.IsAbs(remote) && strings.Contains(remote, ":") && !strings.HasPrefix(remote, "file:") {
		out["vcs:source"] = redact.URI(remote)
	}
	return out, nil
}

// inRepository reports whether a folder or one above it has a .git.
func inRepository(dir string) bool {
	for {
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			return true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return false
		}
		dir = up
	}
}

// git runs a command that changes nothing, also not the index, and returns its output; "" where it prints nothing and
// fails, as --quiet asks for.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", dir, "-c", "core.fsmonitor=false"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0", "LC_ALL=C")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && stderr.Len() == 0:
		return "", nil
	case err != nil:
		return "", fmt.Errorf("read the commit of %s: %w: %s", dir, err, strings.TrimSpace(redact.Text(stderr.String())))
	}
	return strings.TrimSpace(string(text)), nil
}
