package lock

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/internal/pattern"
)

// aptRun runs apt in folders of its own: the machine's packages play no part and
// are not touched. Of the machine's configuration it takes the sources of a
// suite, their keys, and how to reach them (proxies, credentials).
type aptRun struct {
	o     Options
	mu    sync.Mutex
	root  string
	ready map[string]func() (*aptState, error) // by suite and architecture
}

// aptState is apt with the indexes of one suite for one architecture.
type aptState struct {
	config   string            // the file that APT_CONFIG names
	archives map[string]string // archive label by address; "" is the suite's own
}

var errNoApt = &Failure{Code: diag.SourceUnreadable, Err: errors.New("apt is not on this machine, and Debian packages are resolved by it"),
	Hint: "run `modelbuild lock` on Debian or Ubuntu, or in a container of it; the lock is then good everywhere"}

// state is apt for a suite and an architecture, its indexes fetched once.
func (a *aptRun) state(ctx context.Context, suite, arch string) (*aptState, error) {
	a.mu.Lock()
	if a.ready == nil {
		a.ready = map[string]func() (*aptState, error){}
	}
	key := suite + " " + arch
	get, ok := a.ready[key]
	if !ok {
		get = sync.OnceValues(func() (*aptState, error) { return a.update(ctx, suite, arch) })
		a.ready[key] = get
	}
	a.mu.Unlock()
	return get()
}

func (a *aptRun) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.root != "" {
		os.RemoveAll(a.root)
	}
}

func (a *aptRun) update(ctx context.Context, suite, arch string) (*aptState, error) {
	for _, program := range []string{"apt-get", "apt-config"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, errNoApt
		}
	}
	sources, err := a.sources(ctx, suite)
	if err != nil {
		return nil, err
	}
	config, err := a.configure(ctx, arch, sources)
	if err != nil {
		return nil, err
	}
	s := &aptState{config: config, archives: map[string]string{}}
	if _, err := s.run(ctx, "apt-get", "--quiet=2", "update"); err != nil {
		return nil, fail(diag.SourceUnreadable, "the packages of an archive that cannot be read or is not signed by a key of this machine are not locked", "apt: %s", err)
	}
	out, err := s.run(ctx, "apt-get", "indextargets", "--format", "$(RELEASE)\t$(LABEL)\t$(REPO_URI)", "Created-By: Packages")
	if err != nil {
		return nil, err
	}
	s.label(suite, out)
	return s, nil
}

// label reads the archives of the sources. The one that has the suite itself is
// the main one, and its name is left out of locks.
func (s *aptState) label(suite, targets string) {
	main := ""
	for line := range strings.Lines(targets) {
		if f := strings.Split(strings.TrimSpace(line), "\t"); len(f) == 3 && f[0] == suite {
			main = f[1]
		}
	}
	for line := range strings.Lines(targets) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != 3 {
			continue
		}
		s.archives[f[2]] = f[1]
		if f[1] == main {
			s.archives[f[2]] = ""
		}
	}
}

func (a *aptRun) sources(ctx context.Context, suite string) ([]aptSource, error) {
	if len(a.o.DebianMirrors) > 0 {
		return mirrored(a.o.DebianMirrors, suite), nil
	}
	machine := &aptState{}
	out, err := machine.run(ctx, "apt-config", "shell", "LIST", "Dir::Etc::sourcelist/f", "PARTS", "Dir::Etc::sourceparts/d")
	if err != nil {
		return nil, fmt.Errorf("read apt's configuration: %w", err)
	}
	all, err := userSources(shellValue(out, "LIST"), shellValue(out, "PARTS"))
	if err != nil {
		return nil, err
	}
	found := forSuite(all, suite)
	if len(found) == 0 {
		var have []string
		for _, s := range all {
			have = append(have, s.suites...)
		}
		slices.Sort(have)
		return nil, fail(diag.SourceUnreadable, "name a mirror with --debian-mirror URL, or add the suite to apt's sources",
			"apt on this machine has no source for the suite %q; it has %s", suite, strings.Join(slices.Compact(have), ", "))
	}
	return found, nil
}

var shellForm = pattern.New(`(?m)^(\w+)='(.*)'$`)

func shellValue(text, name string) string {
	for _, m := range shellForm.FindAllStringSubmatch(text, -1) {
		if m[1] == name {
			return m[2]
		}
	}
	return ""
}

// configure makes the folders of a private apt and the file that leads apt there.
func (a *aptRun) configure(ctx context.Context, arch string, sources []aptSource) (string, error) {
	machine := &aptState{}
	dump, err := machine.run(ctx, "apt-config", "dump")
	if err != nil {
		return "", fmt.Errorf("read apt's configuration: %w", err)
	}
	dir, err := a.folder()
	if err != nil {
		return "", fmt.Errorf("create apt's folders: %w", err)
	}
	for _, sub := range []string{"state/lists/partial", "cache/archives/partial", "log"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return "", fmt.Errorf("create apt's folders: %w", err)
		}
	}
	config := filepath.Join(dir, "apt.conf")
	for name, text := range map[string]string{
		filepath.Join(dir, "lock.sources"): sourcesFile(sources),
		filepath.Join(dir, "status"):       "",
		config:                             aptConfig(dir, arch) + reach(dump),
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return "", fmt.Errorf("configure apt: %w", err)
		}
	}
	return config, nil
}

// folder is a new folder that apt's own download user can enter.
func (a *aptRun) folder() (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.root == "" {
		root, err := os.MkdirTemp("", "modelbuild-apt-")
		if err != nil {
			return "", err
		}
		a.root = root
		if err := os.Chmod(root, 0o755); err != nil {
			return "", err
		}
	}
	dir, err := os.MkdirTemp(a.root, "suite-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755)
}

// aptConfig keeps the machine's configuration files out, and with them hooks,
// pins and exceptions from signature checks.
func aptConfig(dir, arch string) string {
	return fmt.Sprintf(`Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::sourcelist "%[1]s/lock.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "%[1]s/state";
Dir::State::status "%[1]s/status";
Dir::Cache "%[1]s/cache";
Dir::Log "%[1]s/log";
APT::Architecture "%[2]s";
APT::Architectures { "%[2]s"; };
APT::Install-Recommends "false";
APT::Install-Suggests "false";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
Acquire::Languages "none";
Acquire::ForceHash "SHA256";
Debug::NoLocking "true";
`, dir, arch)
}

var reachForm = pattern.New(`^Acquire::(http|https|ftp|tor|Retries|Check-Valid-Until|Check-Date|Max-FutureTime|ForceIPv4|ForceIPv6)\b`)

// reach keeps how the machine reaches archives.
func reach(dump string) string {
	var b strings.Builder
	for line := range strings.Lines(dump) {
		if reachForm.MatchString(line) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// run runs a program of apt's, in its private folders where there are any. Its
// error is what apt said.
func (s *aptState) run(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	if s.config != "" {
		cmd.Env = append(cmd.Env, "APT_CONFIG="+s.config)
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", errors.New(aptSays(stderr.String(), err))
	}
	return stdout.String(), nil
}

// aptSays joins apt's errors, the lines that begin with E:, or all that it said.
func aptSays(text string, err error) string {
	var said []string
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "E: "); ok {
			said = append(said, strings.TrimSpace(rest))
		}
	}
	if len(said) == 0 {
		return lastLine(text, err)
	}
	return strings.Join(said, "; ")
}
