package peers

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/engine"
)

// language is what peers are written in.
type language struct {
	name, script string
	command      []string
	report       string // code that prints a line "package version" for each package
}

var python = language{"Python", "peer.py", []string{"/usr/bin/python3"}, `
import importlib.metadata as m
for name in ["scikit-learn", "xgboost", "statsmodels", "pandas", "numpy"]: print(name, m.version(name))`}

var rscript = language{"R", "peer.R", []string{"Rscript", "--vanilla"}, `
cat("R", as.character(getRversion()), "\n")
for (name in c("glmnet", "mlbench", "ggplot2", "modeldata")) cat(name, as.character(packageVersion(name)), "\n")`}

// missingPeer is what a machine without the peers is told.
const missingPeer = "hack/setup peers installs the peers: %s\n%s"

// start makes a command that computes on one thread, in a plain locale.
func (l language) start(args ...string) *exec.Cmd {
	args = append(append([]string{}, l.command[1:]...), args...)
	cmd := exec.Command(l.command[0], args...)
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "LC_ALL=C", "PYTHONDONTWRITEBYTECODE=1")
	return cmd
}

// run runs a script of this package and returns what it prints.
func (l language) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	return output(t, l.start(append([]string{filepath.Join("testdata", name)}, args...)...))
}

func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, missingPeer, cmd.Path, stderr.String())
	return string(out)
}

// versions are those of the packages, by name.
type versions map[string]string

func readVersions(t *testing.T) versions {
	t.Helper()
	v := versions{}
	for _, l := range []language{python, rscript} {
		for line := range strings.Lines(output(t, l.start(map[string]string{"Python": "-c", "R": "-e"}[l.name], l.report))) {
			name, version, _ := strings.Cut(strings.TrimSpace(line), " ")
			v[name] = version
		}
	}
	return v
}

func (v versions) text() string {
	data, _ := json.Marshal(v) // sorted by name
	return string(data)
}

// request is what the scripts read: see peer.py.
type request struct {
	Train      string   `json:"train"`
	Test       string   `json:"test"`
	Target     string   `json:"target"`
	Numbers    []string `json:"numbers"`
	Categories []string `json:"categories"`
	Scale      bool     `json:"scale"`
	Codes      bool     `json:"codes"`
	Task       string   `json:"task"`
	Anomalies  []string `json:"anomalies"`
	Fit        string   `json:"fit"`
	Ask        string   `json:"ask"`
}

// answer is what the scripts write; which fields are set depends on what was
// asked.
type answer struct {
	Coefficients [][]float64 `json:"coefficients"`
	Intercepts   []float64   `json:"intercepts"`
	Metric       float64     `json:"metric"`
	Scores       [][]float64 `json:"scores"`
	Ambiguous    []int       `json:"ambiguous"` // rows whose nearest neighbours are not unique
	Labels       []int       `json:"labels"`
	Near         [][]int     `json:"near"` // the clusters that a row may be in
	Error        string      `json:"error"`
}

// peers asks the peers, and keeps what they answer.
type peers struct {
	dir   string
	known string // decides every answer beside the request and its files
	files sync.Map
}

// key is the file that keeps the answer to a request.
func (p *peers) key(t *testing.T, l language, r request) string {
	t.Helper()
	train, test := p.file(t, r.Train), p.file(t, r.Test)
	r.Train, r.Test = "", ""
	text, err := json.Marshal(r)
	require.NoError(t, err)
	return filepath.Join(p.dir, digest(p.known, script(t, l.script), train, test, string(text))[:32]+".json")
}

// file is the digest of a file.
func (p *peers) file(t *testing.T, path string) string {
	t.Helper()
	if known, ok := p.files.Load(path); ok {
		return known.(string)
	}
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	sum := digest(string(data))
	p.files.Store(path, sum)
	return sum
}

// prepare has a language's peers answer those requests whose answers are not
// kept, by a few processes at once.
func (p *peers) prepare(t *testing.T, l language, requests []request) {
	t.Helper()
	const processes = 2
	queue := make(chan request, len(requests))
	for _, r := range requests {
		if _, err := os.Stat(p.key(t, l, r)); err != nil {
			queue <- r
		}
	}
	close(queue)
	var wg sync.WaitGroup
	failed := make([]error, min(processes, len(queue)))
	for i := range failed {
		wg.Go(func() { failed[i] = p.converse(t, l, queue) })
	}
	wg.Wait()
	for _, err := range failed {
		require.NoError(t, err)
	}
}

// converse has one process answer requests, and keeps each answer as it comes.
func (p *peers) converse(t *testing.T, l language, queue <-chan request) error {
	var stderr bytes.Buffer
	cmd := l.start(filepath.Join("testdata", l.script))
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf(missingPeer, l.name, err)
	}
	lines := bufio.NewReader(out)
	for r := range queue {
		if err = json.NewEncoder(in).Encode(r); err != nil {
			break
		}
		var text []byte
		if text, err = lines.ReadBytes('\n'); err != nil {
			break
		}
		if err = keep(p.key(t, l, r), text); err != nil {
			break
		}
	}
	if failed := errors.Join(err, in.Close(), cmd.Wait()); failed != nil {
		return fmt.Errorf(missingPeer, l.name, fmt.Sprint(failed, stderr.String()))
	}
	return nil
}

// keep writes an answer, unless it is an error, which may go away.
func keep(path string, line []byte) error {
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		return fmt.Errorf("read answer %.200s: %w", line, err)
	}
	if a.Error != "" {
		path += ".error"
	}
	if err := os.WriteFile(path+".partial", line, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".partial", path)
}

// answer is what was kept.
func (p *peers) answer(t *testing.T, l language, r request) answer {
	t.Helper()
	path := p.key(t, l, r)
	data, err := os.ReadFile(path)
	if err != nil {
		failure, _ := os.ReadFile(path + ".error")
		t.Fatalf("%s fails on %s: %s", l.name, r.Fit, strings.ReplaceAll(string(failure), `\n`, "\n"))
	}
	var a answer
	require.NoError(t, json.Unmarshal(data, &a))
	return a
}

func cacheDir(t *testing.T) string {
	t.Helper()
	dir, err := engine.CacheDir()
	require.NoError(t, err)
	dir = filepath.Join(dir, "peers")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	return dir
}

func script(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(data)
}

func digest(texts ...string) string {
	h := sha256.New()
	for _, text := range texts {
		fmt.Fprintf(h, "%d:%s", len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil))
}
