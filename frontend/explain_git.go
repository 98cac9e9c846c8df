package frontend

import (
	"strings"

	"github.com/moby/buildkit/solver/pb"
	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
)

// gitDiagnostics says why a git repository cannot be read.
func gitDiagnostics(s spec.Placed, cause error) (l diag.List) {
	op := sourceOp(cause)
	if op == nil || !strings.HasPrefix(op.Identifier, "git://") || op.Attrs[pb.AttrFullRemoteURL] != s.Source.URL {
		return nil
	}
	code, hint := diag.SourceUnreadable, "check the address, the commit and the path after it"
	if s.Source.Secret != "" {
		hint += ", and that the build is given the secret " + s.Source.Secret + ", which holds the Authorization header"
	}
	what := "cannot read the git source: " + lastCause(cause)
	if s.Source.Host != "" {
		if w, h := overSSH(s.Source.Host, cause.Error()); w != "" {
			what, hint = w, h
			if w == noAgent {
				code = diag.MissingSSH
			}
		}
	}
	l.Add(code, s.At, hint, "%s: %s", s.Path, what)
	return l
}

const noAgent = "the build is given no ssh agent"

// overSSH explains what ssh says; nothing where it says something else.
func overSSH(host, text string) (what, hint string) {
	switch {
	case strings.Contains(text, "forwarded from the client"), strings.Contains(text, "unset ssh forward key"):
		return noAgent, "give it with --ssh default: an ssh-agent with a key that " + host + " takes must be running, or --ssh default=KEYFILE"
	case strings.Contains(text, "Host key verification failed"), strings.Contains(text, "HOST IDENTIFICATION HAS CHANGED"):
		return host + " shows another key than the one that is locked",
			"whoever answers there may not be who you mean; if the host has a new key, put that into your known_hosts and run `modelbuild lock --update ssh://" + host + "`"
	case strings.Contains(text, "Permission denied (publickey"):
		return host + " takes none of the keys of the ssh agent", "`ssh-add -l` lists them; check that one of them may read the repository"
	}
	return "", ""
}
