// Command hash compares the manifest of model signing, which modelbuild makes of a folder, with sha256sum on every core of the
// same files. docs/benchmarks.md says what the figures mean.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/hack/benchmark/paired"
)

type options struct {
	runs, files, size int
	out, program      string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var o options
	set := flag.NewFlagSet("hack/bench hash", flag.ExitOnError)
	set.IntVar(&o.runs, "runs", 9, "timed rounds")
	set.IntVar(&o.files, "files", 16, "files, as shards of a model")
	set.IntVar(&o.size, "size", 64, "`MiB` of a file")
	set.StringVar(&o.out, "out", "build/bench/hash.json", "`file` for the figures")
	set.StringVar(&o.program, "program", "build/modelbuild", "the modelbuild `program`")
	_ = set.Parse(os.Args[1:]) // exits by itself
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "modelbuild-hash-")
	if err != nil {
		return fmt.Errorf("create folder: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := shards(dir, o); err != nil {
		return err
	}
	figures, err := paired.Rounds(o.runs, func() (paired.Usage, error) { return ours(ctx, o, dir) }, func() (paired.Usage, error) { return theirs(ctx, dir) })
	if err != nil {
		return err
	}
	version, err := exec.CommandContext(ctx, "sha256sum", "--version").Output()
	if err != nil {
		return fmt.Errorf("ask sha256sum: %w", err)
	}
	name, _, _ := strings.Cut(string(version), "\n")
	r := paired.Result{
		Name: fmt.Sprintf("hash/%dx%dMiB", o.files, o.size), Peer: fmt.Sprintf("xargs -P %d sha256sum", runtime.NumCPU()), Runs: o.runs,
		Versions: map[string]string{"go": runtime.Version(), "sha256sum": name},
	}
	r.Times(figures)
	fmt.Printf("%s: wall %.2f (%.2f s against %.2f s), CPU %.2f\n", r.Name, r.WallRatio,
		paired.Median(figures[0].Wall), paired.Median(figures[1].Wall), r.CPURatio)
	return paired.Write(o.out, []paired.Result{r})
}

// shards writes files of the same random bytes each time.
func shards(dir string, o options) error {
	for i := range o.files {
		data := make([]byte, o.size<<20)
		if _, err := rand.NewChaCha8([32]byte{byte(i)}).Read(data); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("model-%05d.safetensors", i)), data, 0o600); err != nil {
			return fmt.Errorf("write shard: %w", err)
		}
	}
	return nil
}

// ours makes the manifest, and makes sure that it is right about the last file.
func ours(ctx context.Context, o options, dir string) (paired.Usage, error) {
	out := filepath.Join(filepath.Dir(dir), filepath.Base(dir)+".oms.json")
	defer os.Remove(out)
	s, err := paired.Run(exec.CommandContext(ctx, o.program, "attest", dir, "--format", "oms", "-o", out))
	if err != nil {
		return s, err
	}
	text, err := os.ReadFile(out)
	if err != nil {
		return s, fmt.Errorf("read manifest: %w", err)
	}
	var st struct {
		Predicate struct {
			Resources []struct{ Name, Digest string }
		}
	}
	if err := json.Unmarshal(text, &st); err != nil {
		return s, fmt.Errorf("read manifest: %w", err)
	}
	if len(st.Predicate.Resources) != o.files {
		return s, errors.New("the manifest does not have all files")
	}
	last := st.Predicate.Resources[o.files-1]
	data, err := os.ReadFile(filepath.Join(dir, last.Name))
	if sum := sha256.Sum256(data); err != nil || hex.EncodeToString(sum[:]) != last.Digest {
		return s, fmt.Errorf("%s has another digest: %w", last.Name, err)
	}
	return s, nil
}

func theirs(ctx context.Context, dir string) (paired.Usage, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return paired.Usage{}, err
	}
	cmd := exec.CommandContext(ctx, "xargs", "-P", strconv.Itoa(runtime.NumCPU()), "-n", "1", "sha256sum")
	cmd.Stdin = strings.NewReader(strings.Join(files, "\n"))
	return paired.Run(cmd)
}
