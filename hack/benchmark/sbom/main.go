// Command sbom compares the scan of a root filesystem by modelbuild-step, as BuildKit runs it for an SBOM, with syft's program on
// the same root. docs/benchmarks.md says what the figures mean.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/modelbuild/modelbuild/hack/benchmark/paired"
)

// suite and install are the default root: the environment of a program that trains with PyTorch.
const suite, install = "bookworm", "python3-torch,python3-pandas"

type options struct {
	runs                     int
	out, program, peer, root string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var o options
	set := flag.NewFlagSet("hack/bench sbom", flag.ExitOnError)
	set.IntVar(&o.runs, "runs", 3, "timed rounds")
	set.StringVar(&o.out, "out", "build/bench/sbom.json", "`file` for the figures")
	set.StringVar(&o.program, "program", "build/modelbuild-step", "the modelbuild-step `program`")
	set.StringVar(&o.peer, "peer", "", "the syft `program`")
	set.StringVar(&o.root, "root", "", "a root filesystem; left out, one of Debian with "+install+", made by mmdebstrap and kept")
	_ = set.Parse(os.Args[1:]) // exits by itself
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	var err error
	if o.root == "" {
		if o.root, err = defaultRoot(ctx); err != nil {
			return err
		}
	}
	work, err := os.MkdirTemp("", "modelbuild-sbom-")
	if err != nil {
		return fmt.Errorf("create folder: %w", err)
	}
	defer os.RemoveAll(work)
	var packages [2]map[string]int
	listing := func(i int, side func(context.Context, options, string) (sample, error)) func() (paired.Usage, error) {
		return func() (paired.Usage, error) {
			s, err := side(ctx, o, work)
			packages[i] = s.packages
			return s.Usage, err
		}
	}
	figures, err := paired.Rounds(o.runs, listing(0, ours), listing(1, theirs))
	if err != nil {
		return err
	}
	for _, kind := range []string{"deb", "pypi"} { // what both read in one way: see test/catalog
		if packages[0][kind] != packages[1][kind] {
			return fmt.Errorf("the lists differ: %v and %v", packages[0], packages[1])
		}
	}
	memory := paired.Ratios(figures[0].Memory, figures[1].Memory)
	version, err := peerVersion(ctx, o.peer)
	if err != nil {
		return err
	}
	r := paired.Result{
		Name: "sbom/root", Peer: "syft scan dir:", Runs: o.runs,
		MemoryRatio: paired.Round(paired.Median(memory)), Spread: paired.Spread{MemoryRatio: paired.Extent(memory)},
		Versions: map[string]string{"go": runtime.Version(), "syft": version},
	}
	r.Times(figures)
	for i, name := range []string{"modelbuild-step", "syft"} {
		f := figures[i]
		fmt.Printf("%-16s wall %.2f s, CPU %.2f s, memory %.0f MB, packages %v\n",
			name, paired.Median(f.Wall), paired.Median(f.CPU), paired.Median(f.Memory)/1e6, packages[i])
	}
	return paired.Write(o.out, []paired.Result{r})
}

// defaultRoot makes the root where it is not kept yet.
func defaultRoot(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "modelbuild", "bench", "root-"+suite)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	tmp := dir + ".new"
	if err := errors.Join(os.RemoveAll(tmp), os.MkdirAll(tmp, 0o755)); err != nil {
		return "", err
	}
	tarball := filepath.Join(tmp, "root.tar")
	for _, args := range [][]string{
		{"mmdebstrap", "--quiet", "--variant=minbase", "--include=" + install, suite, tarball},
		{"tar", "-C", tmp, "--no-same-owner", "--exclude=./dev", "-xf", tarball},
	} {
		if out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil { //nolint:gosec // the lines above
			return "", fmt.Errorf("make a root of Debian: %w\n%s", err, out)
		}
	}
	return dir, errors.Join(os.Remove(tarball), os.Rename(tmp, dir))
}

// sample is one run, and the packages that it listed by type.
type sample struct {
	paired.Usage
	packages map[string]int
}

func timed(cmd *exec.Cmd) (sample, error) {
	usage, err := paired.Run(cmd)
	return sample{Usage: usage}, err
}

func ours(ctx context.Context, o options, work string) (sample, error) {
	cmd := exec.CommandContext(ctx, o.program, "scan")
	cmd.Env = append(os.Environ(), "BUILDKIT_SCAN_SOURCE="+o.root, "BUILDKIT_SCAN_DESTINATION="+work)
	s, err := timed(cmd)
	if err != nil {
		return s, err
	}
	s.packages, err = types(filepath.Join(work, filepath.Base(o.root)+".spdx.json"))
	return s, err
}

func theirs(ctx context.Context, o options, work string) (sample, error) {
	out := filepath.Join(work, "syft.json")
	cmd := exec.CommandContext(ctx, o.peer, "scan", "--quiet", "dir:"+o.root, "--override-default-catalogers", "image", "--output", "spdx-json="+out)
	cmd.Env = append(os.Environ(), "SYFT_CHECK_FOR_APP_UPDATE=false")
	s, err := timed(cmd)
	if err != nil {
		return s, err
	}
	s.packages, err = types(out)
	return s, err
}

var purlType = regexp.MustCompile(`"pkg:([a-z]+)/`)

// types counts the package URLs of a document by their type.
func types(file string) (map[string]int, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	for _, m := range purlType.FindAllSubmatch(data, -1) {
		out[string(m[1])]++
	}
	return out, nil
}

func peerVersion(ctx context.Context, program string) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "version", "-m", program).Output()
	if err != nil {
		return "", fmt.Errorf("ask for syft's version: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) >= 3 && f[0] == "mod" {
			return f[2], nil
		}
	}
	return "", errors.New("the syft program does not tell its version")
}
