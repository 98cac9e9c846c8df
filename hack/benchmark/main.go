// Command benchmark builds examples/penguins with modelbuild's frontend and with a Dockerfile that does the same work,
// in turn, on a build daemon and a registry of its own, and compares time and memory; with exec as its first argument
// examples/pytorch, whose program trains in an environment of Debian's packages; with attest examples with
// their attestations and without. docs/benchmarks.md says what the figures mean.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"github.com/modelbuild/modelbuild/internal/gobuild"
)

// options are the command's flags.
type options struct {
	runs, cold, memory  int
	only                *regexp.Regexp
	patience            time.Duration
	out, logs, frontend string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := runPart(ctx, os.Args[1:])
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// runPart runs the part that the first argument names: exec, attest, or else the builds of examples/penguins.
func runPart(ctx context.Context, args []string) error {
	if len(args) > 0 && (args[0] == partExec || args[0] == partAttest) {
		return runPrograms(ctx, args[0], args[1:], os.Stdout)
	}
	o, err := parseFlags(args)
	if err != nil {
		return err
	}
	return run(ctx, o, os.Stdout)
}

func parseFlags(args []string) (options, error) {
	var o options
	var only string
	set := flag.NewFlagSet("hack/bench frontend", flag.ContinueOnError)
	set.IntVar(&o.runs, "runs", 15, "timed rounds of a case that is served from the cache")
	set.IntVar(&o.cold, "cold", 15, "timed rounds of a build without the cache")
	set.IntVar(&o.memory, "memory", 5, "rounds in which memory is sampled; they are not timed")
	set.StringVar(&only, "only", "", "run only the cases whose name matches this `pattern`")
	set.DurationVar(&o.patience, "patience", 5*time.Minute, "time spent in all on waiting for other programs to be quiet")
	set.StringVar(&o.out, "out", "build/bench/frontend.json", "`file` for the figures")
	set.StringVar(&o.logs, "logs", "", "`folder` to keep every build's log in")
	set.StringVar(&o.frontend, "frontend", "", "`folder` with the frontend image's binaries, in place of compiling them")
	if err := set.Parse(args); err != nil {
		return o, err
	}
	if set.NArg() > 0 || o.runs < 1 || o.cold < 1 || o.memory < 1 {
		return o, errors.New("no arguments beside flags are taken, and counts start at 1")
	}
	var err error
	if o.only, err = regexp.Compile(only); err != nil {
		return o, fmt.Errorf("read -only: %w", err)
	}
	return o, nil
}

func run(ctx context.Context, o options, table io.Writer) (err error) {
	source, err := gobuild.ModuleRoot(".")
	if err != nil {
		return err
	}
	e, err := startEnvironment(ctx, source, o.frontend)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	b := &bench{options: o, env: e, quiet: &quiet{left: o.patience}}
	if err := b.series(ctx); err != nil {
		return err
	}
	if err := printTable(table, b.figures); err != nil {
		return err
	}
	return writeResults(o.out, b.figures, e.versions)
}
