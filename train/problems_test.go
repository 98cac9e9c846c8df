package train

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/modelbuild/modelbuild/train/affine"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/logistic"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestProblems runs the job of each archive in testdata/problems, a default
// one with what job.json replaces, and compares every field of the problems.
func TestProblems(t *testing.T) {
	paths, err := filepath.Glob("testdata/problems/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			golden(t, path, func(archive *txtar.Archive) string {
				_, err := Run(context.Background(), jobOf(t, archive), Options{})
				return render(t, err)
			})
		})
	}
}

// TestProblemsCoverCodes makes sure that each code of the data has a golden.
func TestProblemsCoverCodes(t *testing.T) {
	paths, err := filepath.Glob("testdata/*/*.txtar")
	require.NoError(t, err)
	var all strings.Builder
	for _, path := range paths {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		all.Write(data)
	}
	for i := 1; i <= 19; i++ {
		require.Contains(t, all.String(), fmt.Sprintf("code: MB20%02d", i))
	}
	for _, code := range []string{job.CodeGate, job.CodeMetric, job.CodeSlice, job.CodeAlgorithm} {
		require.Contains(t, all.String(), "code: "+code)
	}
}

func TestDiverged(t *testing.T) {
	m := &logistic.Model{Map: affine.Map{Coefficients: []float32{1}}}
	f := fitted{model: m}
	require.NoError(t, f.finite())
	var ps job.Problems
	f.info.Loss = math.NaN()
	require.ErrorAs(t, f.finite(), &ps)
	f.info.Loss = 0
	m.Coefficients[0] -= m.Coefficients[0] * 2e38 * 2e38
	require.ErrorAs(t, f.finite(), &ps)
	require.Equal(t, job.CodeDiverged, ps[0].Code)
}

// golden compares got with the archive's file want, or rewrites it.
func golden(t *testing.T, path string, run func(*txtar.Archive) string) {
	archive, err := txtar.ParseFile(path)
	require.NoError(t, err)
	got := run(archive)
	want := file(archive, "want")
	if *update {
		if want == nil {
			archive.Files = append(archive.Files, txtar.File{Name: "want"})
			want = &archive.Files[len(archive.Files)-1]
		}
		want.Data = []byte(got)
		require.NoError(t, os.WriteFile(path, txtar.Format(archive), 0o644))
		return
	}
	require.NotNil(t, want, "run with -update to write it")
	require.Equal(t, string(want.Data), got)
}

func file(a *txtar.Archive, name string) *txtar.File {
	for i := range a.Files {
		if a.Files[i].Name == name {
			return &a.Files[i]
		}
	}
	return nil
}

// jobOf writes the archive's datasets to a folder and returns a job on them.
func jobOf(t *testing.T, a *txtar.Archive) job.Train {
	dir := t.TempDir()
	j := job.Train{Version: 1, Features: job.Features{Target: "y"}, Task: job.TaskClassification, Algorithm: "logistic", Seed: 1}
	for _, f := range a.Files {
		name, quoted := strings.CutSuffix(f.Name, ".quoted")
		format := strings.TrimPrefix(filepath.Ext(name), ".")
		if format != "csv" && format != "jsonl" {
			continue
		}
		dataset := strings.TrimSuffix(name, "."+format)
		if quoted {
			text, err := strconv.Unquote(strings.TrimSpace(string(f.Data)))
			require.NoError(t, err)
			f.Data = []byte(text)
		}
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, f.Data, 0o644))
		j.Data = append(j.Data, job.Dataset{Name: dataset, Path: path, Format: format})
	}
	if f := file(a, "job.json"); f != nil {
		require.NoError(t, json.Unmarshal(f.Data, &j))
	}
	return j
}

// render writes an error's problems with every field that is set.
func render(t *testing.T, err error) string {
	var ps job.Problems
	if !errors.As(err, &ps) {
		require.NoError(t, err)
		t.Fatal("there is no problem")
	}
	var b strings.Builder
	for _, p := range ps {
		fmt.Fprintf(&b, "code: %s\n", p.Code)
		for _, f := range [][2]string{{"field", p.Field}, {"dataset", p.Dataset}, {"line", strconv.Itoa(p.Line)}, {"name", p.Name},
			{"excerpt", p.Excerpt}, {"message", p.Message}, {"hint", p.Hint}} {
			if f[1] != "" && f[1] != "0" {
				fmt.Fprintf(&b, "  %s: %s\n", f[0], f[1])
			}
		}
	}
	return b.String()
}
