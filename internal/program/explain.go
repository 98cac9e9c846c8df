package program

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/modelbuild/modelbuild/internal/pattern"
	"github.com/modelbuild/modelbuild/train/job"
)

// failure is how a program ended.
type failure struct {
	state *os.ProcessState
	over  string // the limit that it passed
	oom   bool   // the kernel had no memory left for it
	lines []string
}

// explain says why a program failed.
func explain(p *job.Program, f failure) error {
	q := job.Problem{Code: job.CodeProgram, Field: p.Field("run")}
	status, _ := f.state.Sys().(syscall.WaitStatus)
	switch {
	case f.over == limitMemory:
		q.Code, q.Field = job.CodeLimit, p.Field("limits.memory")
		q.Message, q.Hint = who(p)+" used more than "+Bytes(p.Limits.Memory)+" of memory, and was ended", "raise the limit, or read less at a time"
	case f.over == limitTime:
		q.Code, q.Field = job.CodeLimit, p.Field("limits.time")
		q.Message, q.Hint = fmt.Sprintf("%s took longer than %g s, and was ended", who(p), p.Limits.Seconds), "raise the limit, or train less"
	case f.oom, status.Signaled() && status.Signal() == syscall.SIGKILL:
		q.Code, q.Message = job.CodeLimit, who(p)+" ran out of memory: the kernel ended it"
		q.Hint = "give the builder more memory, or read less at a time"
	case status.Signaled():
		q.Message, q.Hint = fmt.Sprintf("%s was ended by signal %d (%s)", who(p), status.Signal(), status.Signal()), seeLog
	case !p.Network && offline(f.lines):
		q.Code, q.Message = job.CodeOffline, fmt.Sprintf("%s failed with exit code %d after asking for a network, which training does not have", who(p), f.state.ExitCode())
		q.Hint = offlineHint(p)
	default:
		q.Message, q.Hint = fmt.Sprintf("%s failed with exit code %d", who(p), f.state.ExitCode()), seeLog
	}
	if text := hide(strings.Join(f.lines, "\n"), p.Secrets); strings.TrimSpace(text) != "" {
		q.Message += "; it ended with\n" + text
	}
	return job.Problems{q}
}

// who is the program in messages.
func who(p *job.Program) string {
	if p.Step != "" {
		return "the program of " + p.Step
	}
	if p.Part != nil {
		return fmt.Sprintf("the program, in %s,", p.Part)
	}
	return "the program"
}

// offlineHint says what to do instead of fetching something: only the program that
// trains can be allowed to.
func offlineHint(p *job.Program) string {
	hint := "declare what it fetches under data or " + p.Field("sources") + ", by digest"
	if p.Step == "" {
		hint += "; or allow it with network: default, which is recorded as not hermetic"
	}
	return hint
}

const seeLog = "the log above has all that it printed"

// networkErrors are what resolvers and libraries print where there is no network.
var networkErrors = pattern.New(`(?i)name resolution|name or service not known|network is unreachable|getaddrinfo|NameResolutionError|UnknownHostException|Could not resolve host|no such host|Max retries exceeded|ConnectionError|Connection refused`)

func offline(lines []string) bool {
	for _, l := range lines {
		if networkErrors.MatchString(l) {
			return true
		}
	}
	return false
}

// hide takes the values of secrets out of a text. Shorter ones would hide words
// that have nothing to do with them.
func hide(text string, secrets []string) string {
	const least = 4
	for _, id := range secrets {
		value, err := os.ReadFile(filepath.Join(job.SecretsDir, id))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(value)) {
			if line = strings.TrimSpace(line); len(line) >= least {
				text = strings.ReplaceAll(text, line, "***")
			}
		}
	}
	return text
}

// Bytes writes a size in the largest unit that divides it.
func Bytes(n int64) string {
	for i, unit := range []string{"Ti", "Gi", "Mi", "Ki"} {
		if size := int64(1) << (40 - 10*i); n >= size && n%size == 0 {
			return fmt.Sprintf("%d%s", n/size, unit)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}
