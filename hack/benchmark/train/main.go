// Command train compares the training engine with Python libraries: the same data, the same cores, in turn in one run.
// docs/benchmarks.md says what the figures mean. `hack/setup peers` installs the libraries.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/modelbuild/modelbuild/hack/benchmark/paired"
)

// gcPercent is that of cmd/modelbuild-step.
const gcPercent = 25

// options are the command's flags.
type options struct {
	runs            int
	quick, resume   bool
	only            *regexp.Regexp
	out, docs       string
	python, scripts string
	step, assembly  string
	table           bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := dispatch(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// dispatch also serves the processes that the benchmark starts of itself: fit KIND ROWS COLUMNS PREFIX, loop KIND SIZE PEER,
// generate PREFIX COLUMNS ROWS CSVROWS... and flights FILE PREFIX.
func dispatch(ctx context.Context, args []string) error {
	switch {
	case len(args) == 5 && args[0] == "fit":
		debug.SetGCPercent(gcPercent)
		n, err := counts(args[2:4]...)
		if err != nil {
			return err
		}
		return tell(ours(ctx, args[1], n[0], source{args[4], n[1]}))
	case len(args) == 4 && args[0] == "loop":
		n, err := counts(args[2])
		if err != nil {
			return err
		}
		return tell(timeLoop(args[1], n[0], args[3]))
	case len(args) >= 4 && args[0] == "generate":
		n, err := counts(args[2:]...)
		if err != nil {
			return err
		}
		return need{source{args[1], n[0]}, n[1], n[2:]}.generate()
	case len(args) == 3 && args[0] == "flights":
		return prepareFlights(ctx, args[1], source{args[2], flightWidth})
	}
	o, err := parseFlags(args)
	if err != nil {
		return err
	}
	if o.table {
		return document(o)
	}
	return compareAll(ctx, o)
}

func tell(out outcome, err error) error {
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

func counts(args ...string) ([]int, error) {
	out := make([]int, len(args))
	for i, a := range args {
		n, err := strconv.Atoi(a)
		if err != nil {
			return nil, fmt.Errorf("read number of rows: %w", err)
		}
		out[i] = n
	}
	return out, nil
}

func parseFlags(args []string) (o options, err error) {
	var only string
	set := flag.NewFlagSet("hack/bench train", flag.ContinueOnError)
	set.IntVar(&o.runs, "runs", 3, "runs of each side of a case; the least figures count")
	set.BoolVar(&o.quick, "quick", false, "leave out the largest cases, and run the others once")
	set.StringVar(&only, "only", "", "run only the cases whose name matches this `pattern`")
	set.StringVar(&o.out, "out", "build/bench/train.json", "`file` for the figures")
	set.StringVar(&o.python, "python", "/usr/bin/python3", "`program` that runs the peers")
	set.StringVar(&o.scripts, "scripts", "hack/benchmark/train", "`folder` of the programs that run the peers")
	set.StringVar(&o.step, "step", "build/modelbuild-step", "the step's `binary`")
	set.StringVar(&o.assembly, "assembly", "build/trainbench-assembly", "this program's `binary` with gonum's assembly")
	set.BoolVar(&o.resume, "resume", false, "leave out the cases that the file of figures has already")
	set.BoolVar(&o.table, "table", false, "measure nothing: put the figures into -docs, and draw the growth beside it")
	set.StringVar(&o.docs, "docs", "docs/benchmarks.md", "`file` for -table")
	if err := set.Parse(args); err != nil {
		return o, err
	}
	if set.NArg() > 0 || o.runs < 1 {
		return o, errors.New("no arguments beside flags are taken, and runs start at 1")
	}
	if o.quick {
		o.runs = 1
	}
	if o.only, err = regexp.Compile(only); err != nil {
		return o, fmt.Errorf("read -only: %w", err)
	}
	return o, nil
}

func compareAll(ctx context.Context, o options) (err error) {
	b := &bench{options: o}
	kept, err := readResults(o.out)
	if err != nil {
		return err
	}
	chosen := slices.DeleteFunc(slices.Clone(scenarios), func(s scenario) bool {
		return o.quick && !s.quick || !o.only.MatchString(s.name()) || o.resume && kept.has(s)
	})
	if b.self, err = os.Executable(); err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	if b.dir, err = os.MkdirTemp("", "modelbuild-bench-"); err != nil {
		return fmt.Errorf("create temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if err := b.prepare(ctx, chosen); err != nil {
		return err
	}
	var done results
	for _, s := range chosen {
		got, err := b.rounds(ctx, s)
		if err != nil {
			return err
		}
		done, kept = append(done, got...), kept.with(s, got)
		// Written after every case, so that an interrupted run keeps what it has.
		if err := paired.Write(o.out, kept); err != nil {
			return err
		}
	}
	if _, err := drawGrowth(filepath.Dir(o.out), kept); err != nil {
		return err
	}
	return printTable(os.Stdout, done)
}

// rounds runs ours and each peer in turn, in the opposite order every other time.
func (b *bench) rounds(ctx context.Context, s scenario) ([]result, error) {
	start := time.Now()
	sides := append([]string{""}, s.peers...)
	samples := make([][]sample, len(sides))
	order := make([]int, len(sides))
	for i := range order {
		order[i] = i
	}
	load := loadAverage()
	for range s.times(b.runs) {
		for _, i := range order {
			got, err := b.run(ctx, s, sides[i])
			if err != nil {
				return nil, err
			}
			samples[i] = append(samples[i], got)
		}
		slices.Reverse(order)
	}
	var out []result
	for i, peer := range s.peers {
		r := compare(s, peer, samples[0], samples[i+1])
		r.Versions, r.Load = b.versions, load
		out = append(out, r)
		fmt.Fprintf(os.Stderr, "bench: %s / %s  CPU %.2f  wall %.2f  memory %.2f  %s %.5f / %.5f\n", r.Name, peer, r.CPURatio, r.WallRatio,
			r.MemoryRatio, r.MetricName, r.Ours.Metric, r.Theirs.Metric)
	}
	fmt.Fprintf(os.Stderr, "bench: %s took %.0f s\n", s.name(), time.Since(start).Seconds())
	return out, nil
}
