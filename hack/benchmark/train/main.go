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
	"os/exec"
	"os/signal"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/modelbuild/modelbuild/hack/benchmark/paired"
)

// options are the command's flags.
type options struct {
	runs                      int
	quick                     bool
	only                      *regexp.Regexp
	out, python, script, step string
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

// dispatch also serves the processes that the benchmark starts of itself: fit KIND ROWS FOLDER, and
// generate FOLDER ROWS CSVROWS...
func dispatch(ctx context.Context, args []string) error {
	switch {
	case len(args) == 4 && args[0] == "fit":
		rows, err := counts(args[2])
		if err != nil {
			return err
		}
		out, err := ours(ctx, args[1], rows[0], args[3])
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(out)
	case len(args) >= 3 && args[0] == "generate":
		rows, err := counts(args[2:]...)
		if err != nil {
			return err
		}
		return generate(args[1], rows[0], rows[1:])
	}
	o, err := parseFlags(args)
	if err != nil {
		return err
	}
	return compareAll(ctx, o)
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
	set.StringVar(&o.script, "script", "hack/benchmark/train/peer.py", "the peers' `file`")
	set.StringVar(&o.step, "step", "build/modelbuild-step", "the step's `binary`")
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
	versions, err := b.versions(ctx)
	if err != nil {
		return err
	}
	if b.self, err = os.Executable(); err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	if b.dir, err = os.MkdirTemp("", "modelbuild-bench-"); err != nil {
		return fmt.Errorf("create temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	chosen := slices.DeleteFunc(slices.Clone(scenarios), func(s scenario) bool {
		return o.quick && !s.quick || !o.only.MatchString(s.name())
	})
	if err := b.generate(ctx, chosen); err != nil {
		return err
	}
	results := []result{}
	for _, s := range chosen {
		got, err := b.rounds(ctx, s)
		if err != nil {
			return err
		}
		for _, r := range got {
			r.Versions = versions
			results = append(results, r)
		}
		// Written after every case, so that an interrupted run keeps what it has.
		if err := paired.Write(o.out, results); err != nil {
			return err
		}
	}
	return printTable(os.Stdout, results)
}

// versions asks the peers, which also says early whether they are there.
func (b *bench) versions(ctx context.Context) (map[string]string, error) {
	text, err := exec.CommandContext(ctx, b.python, b.script, "versions").Output()
	if err != nil {
		return nil, fmt.Errorf("find the peers (hack/setup peers installs them): %w", err)
	}
	out := map[string]string{"go": runtime.Version()}
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("read the peers' versions: %w", err)
	}
	return out, nil
}

func (b *bench) generate(ctx context.Context, chosen []scenario) error {
	csv, most := csvCases(chosen)
	args := []string{"generate", b.dir, strconv.Itoa(most)}
	for _, n := range csv {
		args = append(args, strconv.Itoa(n))
	}
	cmd := exec.CommandContext(ctx, b.self, args...)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("generate data: %w", err)
	}
	return nil
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
	for range b.runs {
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
		out = append(out, r)
		fmt.Fprintf(os.Stderr, "bench: %s / %s  CPU %.2f  wall %.2f  memory %.2f  %s %.5f / %.5f\n", r.Name, peer, r.CPURatio, r.WallRatio,
			r.MemoryRatio, r.MetricName, r.Ours.Metric, r.Theirs.Metric)
	}
	fmt.Fprintf(os.Stderr, "bench: %s took %.0f s\n", s.name(), time.Since(start).Seconds())
	return out, nil
}
