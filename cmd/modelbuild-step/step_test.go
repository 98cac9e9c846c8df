package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/gobuild"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// build compiles the step for an architecture, as it is released.
func build(t *testing.T, arch string) string {
	t.Helper()
	out := t.TempDir()
	var messages bytes.Buffer
	err := gobuild.Build(t.Context(), gobuild.Options{Root: "../..", Out: out, Arch: arch, Names: []string{gobuild.Step}, Stderr: &messages})
	require.NoError(t, err, messages.String())
	return filepath.Join(out, gobuild.Step)
}

// exec1 runs a command and returns its exit status and standard error.
func exec1(t *testing.T, env []string, command ...string) (int, string) {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return cmd.ProcessState.ExitCode(), stderr.String()
}

func writeJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "job.json")
	require.NoError(t, os.WriteFile(path, data, 0o644))
	return path
}

func penguins(t *testing.T) job.Train {
	path, err := filepath.Abs("../../examples/penguins/data/penguins.csv")
	require.NoError(t, err)
	return job.Train{
		Version: 1, Data: []job.Dataset{{Name: "train", Path: path, Format: "csv"}},
		Features: job.Features{Target: "species", Exclude: []string{"year"}},
		Split:    job.Split{Kind: job.SplitStratified, Test: 0.2},
		Task:     job.TaskClassification, Algorithm: "logistic", Seed: 42, Epoch: 1_700_000_000,
	}
}

// folder reads the files below an output folder by name.
func folder(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		require.Equal(t, int64(1_700_000_000), info.ModTime().Unix(), path)
		if d.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		name, err := filepath.Rel(dir, path)
		files[filepath.ToSlash(name)] = string(data)
		return err
	}))
	return files
}

func TestTrainAndEvaluate(t *testing.T) {
	step := build(t, "amd64")
	trained, out := filepath.Join(t.TempDir(), "train"), filepath.Join(t.TempDir(), "evaluate")
	code, log := exec1(t, nil, step, "train", "--job", writeJSON(t, penguins(t)), "--out", trained)
	require.Zero(t, code, log)
	require.Contains(t, log, "train  iter 0 of 200  loss 1.0986  ")
	require.Contains(t, log, "train  275 rows, 69 held out, 9 features, 3 classes\n")
	require.Len(t, folder(t, trained), 6)

	e := job.Evaluate{Version: 1, Data: penguins(t).Data, Slices: []string{"island"}, Epoch: 1_700_000_000,
		Gates: []job.Gate{{Metric: "accuracy", Op: ">=", Value: 0.95}}}
	code, log = exec1(t, nil, step, "evaluate", "--job", writeJSON(t, e), "--train", trained, "--out", out)
	require.Zero(t, code, log)
	require.Contains(t, log, "evaluate  gate accuracy >= 0.95: met\n")
	require.Len(t, folder(t, out), 4)

	e.Importance, e.PartialDependence = &job.Importance{}, []string{"island"}
	code, log = exec1(t, nil, step, "evaluate", "--job", writeJSON(t, e), "--train", trained, "--out", out)
	require.Zero(t, code, log)
	require.Contains(t, log, "evaluate  column bill_length_mm    worsens accuracy by 0.")
	explained := folder(t, out)
	require.Contains(t, explained, "plots/importance.svg")
	require.Contains(t, explained, "plots/partial_dependence_island.svg")
	require.NoError(t, os.WriteFile(filepath.Join(trained, train.ModelFile), []byte("another"), 0o644))
	code, log = exec1(t, nil, step, "evaluate", "--job", writeJSON(t, e), "--train", trained, "--out", out)
	require.Equal(t, 2, code, log)
	require.Contains(t, log, "the model is not the one of the training record")

	e.Importance, e.PartialDependence = nil, nil
	e.Gates[0].Value, e.Gates[0].Op = 1, ">"
	code, log = exec1(t, nil, step, "evaluate", "--job", writeJSON(t, e), "--train", trained, "--out", out)
	require.Equal(t, 1, code, log)
	require.Contains(t, log, "the gate wants > 1 (MB4001)")
	files := folder(t, out)
	var metrics train.Metrics
	require.NoError(t, json.Unmarshal([]byte(files[train.MetricsFile]), &metrics))
	require.False(t, metrics.Gates[0].Met)
	require.Contains(t, files[diagnosticsFile], `"field": "evaluate.gates.accuracy"`)
}

func TestProblemsAndFailures(t *testing.T) {
	step := build(t, "amd64")
	out := filepath.Join(t.TempDir(), "out")
	j := penguins(t)
	j.Features.Target = "specie"
	code, log := exec1(t, nil, step, "train", "--job", writeJSON(t, j), "--out", out)
	require.Equal(t, 1, code)
	require.Equal(t, "data.train: no column \"specie\" (MB2001)\n  hint: did you mean \"species\"?\n", log)
	var ps job.Problems
	require.NoError(t, json.Unmarshal([]byte(folder(t, out)[diagnosticsFile]), &ps))
	require.Equal(t, "features.target", ps[0].Field)

	cases := map[string][]string{
		"open job":                 {"train", "--job", "/nonexistent", "--out", out},
		"--out is required":        {"train", "--job", "x"},
		"flag provided but not":    {"evaluate", "--jab", "x"},
		`no subcommand "trian"`:    {"trian"},
		"usage:":                   {},
		`unexpected argument "x"`:  {"train", "x"},
		"read training record":     {"evaluate", "--job", writeJSON(t, job.Evaluate{Version: 1}), "--train", t.TempDir(), "--out", out},
		`unknown field "surprise"`: {"train", "--job", writeJSON(t, map[string]int{"surprise": 1}), "--out", out},
	}
	for message, args := range cases {
		code, log := exec1(t, nil, append([]string{step}, args...)...)
		require.Equal(t, 2, code, message)
		require.Contains(t, log, message)
	}
}

// TestSameBytesEverywhere trains with other thread counts, without the fused
// multiply-add that the runtime would choose, and on another architecture.
func TestSameBytesEverywhere(t *testing.T) {
	step, arm := build(t, "amd64"), build(t, "arm64")
	qemu, err := exec.LookPath("qemu-aarch64-static")
	if err != nil {
		qemu, err = exec.LookPath("qemu-aarch64")
	}
	require.NoError(t, err, "install an arm64 emulator: apt-get install qemu-user-static")
	cases := []machine{
		{"one thread", []string{"GOMAXPROCS=1"}, []string{step}},
		{"two threads", []string{"GOMAXPROCS=2"}, []string{step}},
		{"eight threads", []string{"GOMAXPROCS=8"}, []string{step}},
		{"no FMA", []string{"GODEBUG=cpu.fma=off"}, []string{step}},
		{"no vector extensions", []string{"GODEBUG=cpu.all=off"}, []string{step}},
		{"arm64", nil, []string{qemu, arm}},
	}
	for name, j := range everyAlgorithm(t) {
		t.Run(name, func(t *testing.T) {
			if j.Algorithm == "logistic" {
				j.LearningCurve = []float64{0.2, 0.5}
				sameBytes(t, j, cases)
				return
			}
			sameBytes(t, j, []machine{cases[0], cases[2], cases[4], cases[5]})
		})
	}
}

// everyAlgorithm is a job for each task of each algorithm, on the penguins that
// were measured.
func everyAlgorithm(t *testing.T) map[string]job.Train {
	measured := measuredPenguins(t)
	out := map[string]job.Train{}
	for _, a := range job.Algorithms() {
		for _, task := range a.Tasks {
			j := penguins(t)
			j.Data[0].Path, j.Algorithm, j.Task = measured, a.Name, task
			switch task {
			case job.TaskClassification:
			case job.TaskRegression:
				j.Features.Target, j.Split.Kind = "body_mass_g", job.SplitRandom
			default:
				j.Features, j.Split.Kind = job.Features{Exclude: []string{"year", "species"}}, job.SplitRandom
			}
			out[a.Name+" "+task] = j
		}
	}
	return out
}

func measuredPenguins(t *testing.T) string {
	data, err := os.ReadFile("../../examples/penguins/data/penguins.csv")
	require.NoError(t, err)
	var b strings.Builder
	for line := range strings.Lines(string(data)) {
		if !strings.Contains(line, ",NA,NA,NA,NA,") {
			b.WriteString(line)
		}
	}
	path := filepath.Join(t.TempDir(), "penguins.csv")
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o644))
	return path
}

// machine is a way to run the step.
type machine struct {
	name    string
	env     []string
	command []string
}

// sameBytes trains and evaluates on each machine and compares every file.
func sameBytes(t *testing.T, j job.Train, machines []machine) {
	e := job.Evaluate{Version: 1, Epoch: j.Epoch}
	if job.Supervised(j.Task) {
		e.Data, e.Importance, e.PartialDependence = j.Data, &job.Importance{Repeats: 2}, []string{"island", "bill_length_mm"}
	}
	path, evaluation := writeJSON(t, j), writeJSON(t, e)
	var first map[string]string
	for _, c := range machines {
		out := filepath.Join(t.TempDir(), "out")
		code, log := exec1(t, c.env, append(c.command, "train", "--job", path, "--out", out)...)
		require.Zero(t, code, "%s: %s", c.name, log)
		scored := filepath.Join(t.TempDir(), "scored")
		code, log = exec1(t, c.env, append(c.command, "evaluate", "--job", evaluation, "--train", out, "--out", scored)...)
		require.Zero(t, code, "%s: %s", c.name, log)
		files := folder(t, out)
		maps.Copy(files, folder(t, scored))
		if first == nil {
			first = files
		}
		require.Equal(t, first, files, c.name)
	}
}

// TestInterrupt stops a long training and looks for half-written files.
func TestInterrupt(t *testing.T) {
	step := build(t, "amd64")
	out := filepath.Join(t.TempDir(), "out")
	cmd := exec.Command(step, "train", "--job", writeJSON(t, longJob(t)), "--out", out)
	stderr, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewReader(stderr)
	line, err := lines.ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, line, "iter 0")
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	rest, err := io.ReadAll(lines)
	require.NoError(t, err)
	require.Error(t, cmd.Wait())
	require.Equal(t, 130, cmd.ProcessState.ExitCode(), string(rest))
	require.True(t, strings.HasSuffix(string(rest), "interrupted; nothing was written\n"), string(rest))
	entries, err := os.ReadDir(out)
	require.NoError(t, err)
	require.Empty(t, entries)
}

// longJob has 20 classes that cannot be told apart, and a tolerance that is
// never reached.
func longJob(t *testing.T) job.Train {
	var b strings.Builder
	b.WriteString("y,a,b,c,d,e,f\n")
	for i := range 40_000 {
		fmt.Fprintf(&b, "class%d", i*i%97%20)
		for k := range 6 {
			fmt.Fprintf(&b, ",%d", i*(k+7)*7919%(1009+k))
		}
		b.WriteByte('\n')
	}
	path := filepath.Join(t.TempDir(), "long.csv")
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o644))
	return job.Train{
		Version: 1, Data: []job.Dataset{{Name: "train", Path: path, Format: "csv"}}, Features: job.Features{Target: "y"},
		Split: job.Split{Kind: job.SplitRandom}, Task: job.TaskClassification, Algorithm: "logistic",
		Params: job.Params{"tolerance": 0.0, "l2": 0.0, "max_iterations": 100_000},
	}
}
