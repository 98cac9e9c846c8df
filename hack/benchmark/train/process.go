package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/modelbuild/modelbuild/train/job"
)

const wholePrefix = "whole-"

// sample is one run: seconds of the fit, or of the process where the case is a whole one; peak memory of the process.
type sample struct{ cpu, wall, memory, metric float64 }

// bench runs cases in a folder.
type bench struct {
	options
	self   string // this program
	dir    string
	duckdb string // the folder that it is installed in

	versions map[string]string // of the peers, and what the machine is
}

// path is that of a file beside this program's source.
func (b *bench) path(name string) string { return filepath.Join(b.scripts, name) }

// run runs one side of a case: a peer, or ours where the peer is empty.
func (b *bench) run(ctx context.Context, s scenario, peer string) (sample, error) {
	cmd, err := b.command(ctx, s, peer)
	if err != nil {
		return sample{}, err
	}
	n := strconv.Itoa(s.threads)
	cmd.Env = append(os.Environ(), "GOMAXPROCS="+n, "OMP_NUM_THREADS="+n, "OPENBLAS_NUM_THREADS="+n, "MKL_NUM_THREADS="+n)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return sample{}, fmt.Errorf("%s of %s: %w\n%s", s.name(), cmp.Or(peer, "ours"), err, stderr.Bytes())
	}
	wall := time.Since(start)
	used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return sample{}, errors.New("this system does not tell what a process used")
	}
	out := sample{memory: float64(used.Maxrss) * 1024}
	var inner outcome
	if s.whole() && peer == "" {
		metric := "roc_auc"
		if s.flights() {
			metric = "rmse"
		}
		inner.Metric, err = b.heldOut(ctx, metric)
	} else {
		err = json.Unmarshal(stdout.Bytes(), &inner)
	}
	if err != nil {
		return out, fmt.Errorf("%s of %s: %w", s.name(), cmp.Or(peer, "ours"), err)
	}
	out.cpu, out.wall, out.metric = inner.CPU, inner.Wall, inner.Metric
	if s.whole() {
		out.cpu, out.wall = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), wall.Seconds()
	}
	return out, nil
}

func (b *bench) command(ctx context.Context, s scenario, peer string) (*exec.Cmd, error) {
	from, rows := s.source(b.dir), strconv.Itoa(s.rows)
	columns := strconv.Itoa(from.width)
	switch {
	case s.micro() && peer == assembly:
		return exec.CommandContext(ctx, b.assembly, "loop", s.kind, rows, peer), nil
	case s.micro():
		return exec.CommandContext(ctx, b.self, "loop", s.kind, rows, cmp.Or(peer, "ours")), nil
	case peer == duckdb:
		return exec.CommandContext(ctx, "node", b.path("peer.js"), b.duckdb, from.prefix+"3m.parquet", "delay", strconv.Itoa(s.threads)), nil
	case peer != "":
		return exec.CommandContext(ctx, b.python, b.path("peer.py"), peer, s.kind, rows, columns, from.prefix, strconv.Itoa(s.threads)), nil
	case !s.whole():
		return exec.CommandContext(ctx, b.self, "fit", s.kind, rows, columns, from.prefix), nil
	}
	path := filepath.Join(b.dir, "job.json")
	return exec.CommandContext(ctx, b.step, "train", "--job", path, "--out", filepath.Join(b.dir, "out")), writeJSON(path, s.job(from))
}

// job is what the step does in a case of whole processes.
func (s scenario) job(from source) job.Train {
	out := job.Train{
		Version: job.Version, Seed: 1, Task: job.TaskClassification,
		Data:      []job.Dataset{{Name: job.DatasetTrain, Path: from.csvPath(s.rows), Format: "csv"}},
		Features:  job.Features{Target: "label"},
		Split:     job.Split{Kind: job.SplitStratified, Test: job.DefaultTest},
		Algorithm: "gradient-boosting",
	}
	switch {
	case s.kind == "whole-logistic":
		out.Algorithm = "logistic"
	case s.flights():
		out.Task, out.Features.Target, out.Split.Kind = job.TaskRegression, "delay", job.SplitRandom
		out.Data[0].Path, out.Data[0].Format = from.prefix+"3m.parquet", "parquet"
	}
	return out
}

// heldOut is a metric of the step's held-out predictions, which the step evaluate computes.
func (b *bench) heldOut(ctx context.Context, metric string) (float64, error) {
	path, out := filepath.Join(b.dir, "evaluate.json"), filepath.Join(b.dir, "evaluated")
	if err := writeJSON(path, job.Evaluate{Version: job.Version}); err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, b.step, "evaluate", "--job", path, "--train", filepath.Join(b.dir, "out"), "--out", out)
	if text, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("evaluate: %w\n%s", err, text)
	}
	data, err := os.ReadFile(filepath.Join(out, "metrics.json"))
	if err != nil {
		return 0, fmt.Errorf("read metrics: %w", err)
	}
	var metrics struct {
		Metrics map[string]float64 `json:"metrics"`
	}
	if err := json.Unmarshal(data, &metrics); err != nil {
		return 0, fmt.Errorf("read metrics: %w", err)
	}
	v, ok := metrics.Metrics[metric]
	if !ok {
		return 0, fmt.Errorf("read metrics: no %s", metric)
	}
	return v, nil
}

func writeJSON(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode job: %w", err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		return fmt.Errorf("write job: %w", err)
	}
	return nil
}
