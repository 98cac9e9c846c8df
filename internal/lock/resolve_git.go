package lock

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/internal/pattern"
)

var hexForm = pattern.New(`^[0-9a-f]{7,64}$`)

// git finds the commit of a source such as git+https://HOST/REPO.git#REF:PATH.
// REF is a branch, a tag, or a full ref; without one it is the default branch. A
// tag's commit is the one it points at.
func (r *resolver) git(ctx context.Context, source, auth string) (string, error) {
	remote, fragment, _ := strings.Cut(strings.TrimPrefix(source, "git+"), "#")
	ref, _, _ := strings.Cut(fragment, ":")
	patterns := []string{"HEAD"}
	if ref != "" {
		patterns = []string{ref, ref + "^{}", "refs/heads/" + ref, "refs/tags/" + ref, "refs/tags/" + ref + "^{}"}
	}
	refs, err := r.lsRemote(ctx, webFile{remote, auth}, patterns)
	if err != nil {
		return "", err
	}
	return pickRef(refs, ref)
}

func (r *resolver) lsRemote(ctx context.Context, remote webFile, patterns []string) (map[string]string, error) {
	if _, err := exec.LookPath("git"); err != nil {
		return nil, fail(diag.SourceUnreadable, "install git, or write the commit in the spec", "git is not on this machine, and refs are resolved by it")
	}
	seconds := max(int(r.o.Timeout/time.Second), 1)
	ctx, cancel := context.WithTimeout(ctx, 4*r.o.Timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "protocol.ext.allow=never", "-c", "http.lowSpeedLimit=1",
		"-c", "http.lowSpeedTime=" + strconv.Itoa(seconds), "ls-remote", "--", remote.address}, patterns...)...)
	cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	if remote.auth != "" {
		cmd.Env = append(cmd.Env, r.gitConfig("http.followRedirects", "false", "http.extraHeader", authorization+": "+remote.auth)...)
	}
	if _, own := r.o.Lookup("GIT_SSH_COMMAND"); !own {
		cmd.Env = append(cmd.Env, "GIT_SSH_COMMAND=ssh -o BatchMode=yes")
	}
	cmd.WaitDelay = time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil, fail(diag.SourceUnreadable, "check the address", "the repository did not answer in time")
		}
		return nil, fail(diag.SourceUnreadable, "check the address, and that git can read it without asking for a password",
			"cannot read the repository: %s", lastLine(stderr.String(), err))
	}
	refs := map[string]string{}
	for line := range strings.Lines(stdout.String()) {
		if id, name, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			refs[name] = id
		}
	}
	return refs, nil
}

// gitConfig are variables that set keys of git's configuration beside those that are set that way already. Others on the
// machine see the arguments of a program, and not its variables.
func (r *resolver) gitConfig(pairs ...string) []string {
	given, _ := r.o.Lookup("GIT_CONFIG_COUNT")
	n, _ := strconv.Atoi(given) // none where it is no number
	var out []string
	for ; len(pairs) > 1; pairs, n = pairs[2:], n+1 {
		i := strconv.Itoa(n)
		out = append(out, "GIT_CONFIG_KEY_"+i+"="+pairs[0], "GIT_CONFIG_VALUE_"+i+"="+pairs[1])
	}
	return append(out, "GIT_CONFIG_COUNT="+strconv.Itoa(n))
}

// pickRef chooses the commit of a ref among those that a repository has.
func pickRef(refs map[string]string, ref string) (string, error) {
	if ref == "" {
		if id := refs["HEAD"]; id != "" {
			return id, nil
		}
		return "", fail(diag.SourceUnreadable, "name a branch after the #", "the repository has no default branch")
	}
	commit := func(name string) string {
		if id := refs[name+"^{}"]; id != "" {
			return id
		}
		return refs[name]
	}
	branch, tag := commit("refs/heads/"+ref), commit("refs/tags/"+ref)
	switch {
	case commit(ref) != "" && strings.HasPrefix(ref, "refs/"), ref == "HEAD" && refs[ref] != "":
		return commit(ref), nil
	case branch != "" && tag != "" && branch != tag:
		return "", fail(diag.SourceUnreadable, "write #refs/heads/"+ref+" or #refs/tags/"+ref, "%q is a branch and a tag", ref)
	case branch != "" || tag != "":
		return cmp.Or(branch, tag), nil
	case hexForm.MatchString(ref):
		return "", fail(diag.SourceUnreadable, "write the commit id in full: `git rev-parse` prints it", "no branch or tag %q; a shortened commit id cannot be looked up", ref)
	}
	return "", fail(diag.SourceUnreadable, "`git ls-remote` lists the branches and tags", "no branch or tag %q", ref)
}

// lastLine is the last thing that a program said, or the error where it said
// nothing.
func lastLine(text string, err error) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return last
	}
	return err.Error()
}
