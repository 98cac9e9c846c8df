package local

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/learn"
)

const head = "# syntax=org/modelbuild:1\nname: penguins\ndata:\n  train: {source: context://data/penguins.csv}\n" +
	"features: {target: species, exclude: [year]}\ntrain: {algorithm: logistic, seed: 42}\n"

// request is a spec in a folder with the penguins.
func request(t *testing.T, text string) Request {
	t.Helper()
	dir := t.TempDir()
	data, err := os.ReadFile("../../examples/penguins/data/penguins.csv")
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "data"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data", "penguins.csv"), data, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "model.yaml"), []byte(text), 0o644))
	return Request{Spec: filepath.Join(dir, "model.yaml"), Context: dir}
}

func invalid(t *testing.T, r Request) *InvalidError {
	t.Helper()
	_, err := Train(context.Background(), r, nil)
	var e *InvalidError
	require.ErrorAs(t, err, &e)
	return e
}

func TestTrain(t *testing.T) {
	r := request(t, strings.Replace(head, "seed: 42", "seed: 42, learning_curve: [0.5]", 1)+
		`evaluate: {gates: {accuracy: ">= 0.95"}, slices: [island], importance: {}, partial_dependence: [body_mass_g]}`+"\n")
	steps := 0
	got, err := Train(context.Background(), r, func(int, int, float64) { steps++ })
	require.NoError(t, err)
	require.Positive(t, steps)
	require.Len(t, got.Metrics.Slices["island"], 3)
	require.Len(t, got.Metrics.LearningCurve, 2)
	require.Equal(t, "bill_length_mm", got.Metrics.Importance.Columns[0].Column)
	require.Equal(t, "body_mass_g", got.Metrics.PartialDependence.Columns[0].Column)

	out := filepath.Join(t.TempDir(), "deep", "out")
	require.NoError(t, got.Write(out))
	require.NoError(t, got.Write(out), "a second run replaces the first")
	for _, name := range []string{train.ModelFile, train.SchemaFile, train.MetricsFile, train.RecordFile, train.PredictionsFile,
		"plots/importance.svg", "plots/learning_curve.svg", "plots/partial_dependence_body_mass_g.svg"} {
		require.FileExists(t, filepath.Join(out, name))
	}
	entries, err := os.ReadDir(filepath.Dir(out))
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing is left beside the folder")
}

func TestMistakes(t *testing.T) {
	e := invalid(t, request(t, "# syntax=org/modelbuild:1\nname: penguins\n"))
	require.Positive(t, len(e.Diagnostics))

	e = invalid(t, request(t, head+"evaluate: {partial_dependence: [island, bill_len]}\n"))
	require.Equal(t, "MB2005", string(e.Diagnostics[0].Code))
	require.Equal(t, "model.yaml:7:41", strings.TrimPrefix(e.Diagnostics[0].Span.String(), filepath.Dir(e.Diagnostics[0].Span.File)+"/"))

	e = invalid(t, request(t, head+`evaluate: {gates: {accuracy: "> 1"}}`+"\n"))
	require.Equal(t, "MB4001", string(e.Diagnostics[0].Code))
	require.Equal(t, 7, e.Diagnostics[0].Span.Start.Line)
	require.NotNil(t, e.Metrics, "what was reached is told")

	r := request(t, head)
	require.NoError(t, os.WriteFile(filepath.Join(r.Context, "data", "penguins.csv"), []byte("species,a\nx,1\ny,2,3\n"), 0o644))
	e = invalid(t, r)
	require.Equal(t, "MB2003", string(e.Diagnostics[0].Code))
	require.Equal(t, "data/penguins.csv:3", e.Diagnostics[0].Related[0].Span.String())
}

// TestRemoteData needs a copy of what a build would download, with its digest.
func TestRemoteData(t *testing.T) {
	const remote = "{source: https://data.example/penguins.csv, digest: sha256:f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93}"
	r := request(t, string(bytes.Replace([]byte(head), []byte("{source: context://data/penguins.csv}"), []byte(remote), 1)))
	require.Contains(t, invalid(t, r).Diagnostics[0].Hint, "--data train=FILE")

	r.Data = map[string]string{"train": filepath.Join(r.Context, "data", "penguins.csv")}
	_, err := Train(context.Background(), r, nil)
	require.NoError(t, err)

	require.NoError(t, os.WriteFile(r.Data["train"], []byte("species,a\nx,1\n"), 0o644))
	require.Contains(t, invalid(t, r).Diagnostics[0].Message, "has digest sha256:")
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	_, err := Train(ctx, request(t, head), learn.Progress(func(int, int, float64) { cancel() }))
	require.ErrorIs(t, err, context.Canceled)
}

func TestProgress(t *testing.T) {
	now := time.Unix(0, 0)
	show := func(terminal bool) string {
		var b bytes.Buffer
		p := NewProgress(&b, terminal)
		p.now = func() time.Time { now = now.Add(time.Second); return now }
		p.Trials(1, 2)
		p.Show(0, 10, math.NaN())
		p.Show(5, 10, 0.25)
		p.Show(6, 10, 0.2)
		p.Done()
		p.Done()
		return b.String()
	}
	require.Equal(t, "trial  1 of 2  0s\ntrain  0 of 10  0s\ntrain  6 of 10  loss 0.2000  2s, 1s left\n", show(false))
	require.Equal(t, "\r\x1b[Ktrial  [===============               ] 1 of 2  0s\r\x1b[Ktrain  [                              ] 0 of 10  0s"+
		"\r\x1b[Ktrain  [===============               ] 5 of 10  loss 0.2500  1s, 1s left"+
		"\r\x1b[Ktrain  [==================            ] 6 of 10  loss 0.2000  2s, 1s left\r\x1b[K", show(true))
}

// TestWarnings gives what the data shows in the form that a build has: with the
// rule's name, and as the check directive wants it.
func TestWarnings(t *testing.T) {
	leaky := func(directive string) Request {
		r := request(t, directive+head)
		path := filepath.Join(r.Context, "data", "penguins.csv")
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		var b bytes.Buffer
		for line := range bytes.Lines(data) {
			species, _, _ := bytes.Cut(line, []byte(","))
			fmt.Fprintf(&b, "%s,k%s\n", bytes.TrimRight(line, "\n"), species)
		}
		require.NoError(t, os.WriteFile(path, b.Bytes(), 0o644))
		return r
	}
	got, err := Train(context.Background(), leaky(""), nil)
	require.NoError(t, err)
	require.Len(t, got.Warnings, 1)
	require.Equal(t, "MB6011", string(got.Warnings[0].Code))
	require.NotEmpty(t, got.Warnings[0].Rule)

	got, err = Train(context.Background(), leaky("# check=skip=MB6011\n"), nil)
	require.NoError(t, err)
	require.Empty(t, got.Warnings)
}

// TestSweep trains with what the trials chose: the model of a spec that has it written
// out.
func TestSweep(t *testing.T) {
	const sweep = "split: {kind: stratified, kfold: 3}\nsweep: {kind: grid, metric: log_loss, params: {l2: [10, 0.5], l1: [0, 3]}}\n"
	got, err := Train(context.Background(), request(t, head+sweep), nil)
	require.NoError(t, err)
	require.Equal(t, 2, got.Sweep.Selected)
	require.Len(t, got.Sweep.Trials, 4)
	split, _, _ := strings.Cut(sweep, "sweep:")
	written := strings.Replace(head+split, "seed: 42", "params: {l1: 0, l2: 0.5}, seed: 42", 1)
	ordinary, err := Train(context.Background(), request(t, written), nil)
	require.NoError(t, err)
	require.Equal(t, train.SweepFile, got.Files[len(got.Files)-1].Name)
	require.Equal(t, ordinary.Files, got.Files[:len(got.Files)-1], "but for the record all files are those of an ordinary training")
	require.InDelta(t, ordinary.Metrics.CrossValidation.Metrics["log_loss"].Mean, *got.Sweep.Best().Value, 0)

	e := invalid(t, request(t, head+"sweep: {kind: grid, metric: log_loss, params: {l2: [1], l3: [2]}}\n"))
	require.Equal(t, "MB1031", string(e.Diagnostics[0].Code))
	e = invalid(t, request(t, strings.Replace(head, "algorithm: logistic", "algorithm: linear-svm", 1)+"sweep: {kind: grid, metric: log_loss, params: {l2: [1, 2]}}\n"))
	require.Equal(t, "MB4103", string(e.Diagnostics[0].Code))
	require.Equal(t, 7, e.Diagnostics[0].Span.Start.Line)
}
