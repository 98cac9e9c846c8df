package compare

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/provenance"
)

const (
	modelDir      = "/model/"
	metricsFile   = modelDir + "metrics.json"
	statementFile = modelDir + "provenance.intoto.json"
)

// Tolerance is the comparison of models whose training only promises the same metrics within a tolerance.
type Tolerance struct {
	// Limit is how far two numbers may be apart: absolutely up to 1, above that in proportion to the larger one.
	Limit   float64  `json:"limit"`
	Within  bool     `json:"within"`
	Metrics []Metric `json:"metrics"`
	// Reasons are why the images are not within the tolerance.
	Reasons []string `json:"reasons,omitempty"`
	// NotCompared are files that differ, and of which nothing but that is known.
	NotCompared []string `json:"not_compared,omitempty"`
}

// Metric is a metric of both images.
type Metric struct {
	Name     string  `json:"name"`
	Original float64 `json:"original"`
	Rebuilt  float64 `json:"rebuilt"`
	Within   bool    `json:"within"`
}

// Within compares the images of one platform by their metrics and, of ONNX, their tensors. Configuration, inputs, and
// everything outside of /model have to be the same.
func (p *Platform) Within(ctx context.Context, limit float64) (*Tolerance, error) {
	t := &Tolerance{Limit: limit}
	if p.rebuilt == nil {
		t.Reasons = append(t.Reasons, "there is no rebuilt image")
		return t, nil
	}
	for _, d := range p.Settings {
		t.because("the configuration differs: %s", d.Path)
	}
	for _, f := range p.Files {
		if !f.both() || !strings.HasPrefix(f.Path, modelDir) {
			t.because("%s differs", f.Path)
		}
	}
	left, err := p.original.ReadFiles(ctx, p.readable(metricsFile)...)
	if err != nil {
		return nil, fmt.Errorf("read the original: %w", err)
	}
	right, err := p.rebuilt.ReadFiles(ctx, p.readable(metricsFile)...)
	if err != nil {
		return nil, fmt.Errorf("read the rebuilt image: %w", err)
	}
	if err := t.metrics(left[metricsFile], right[metricsFile]); err != nil {
		return nil, err
	}
	for _, f := range p.Files {
		if f.both() {
			t.file(f.Path, left[f.Path], right[f.Path])
		}
	}
	t.Within = len(t.Reasons) == 0
	return t, nil
}

// readable are the differing files that can be read at once, and one more.
func (p *Platform) readable(more string) []string {
	out := []string{more}
	for _, f := range p.Files {
		if f.both() && max(f.Original.Size, f.Rebuilt.Size) <= oci.MaxFile {
			out = append(out, f.Path)
		}
	}
	return out
}

func (t *Tolerance) because(format string, args ...any) {
	t.Reasons = append(t.Reasons, fmt.Sprintf(format, args...))
}

// metrics compares what /model/metrics.json has measured.
func (t *Tolerance) metrics(a, b []byte) error {
	left, err := readMetrics(a)
	if err != nil {
		return err
	}
	right, err := readMetrics(b)
	if err != nil {
		return err
	}
	if len(left) == 0 {
		t.because("there are no metrics to compare")
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		value, ok := right[name]
		if !ok {
			t.because("the metric %s is not there now", name)
			continue
		}
		m := Metric{Name: name, Original: left[name], Rebuilt: value, Within: isClose(left[name], value, t.Limit)}
		if !m.Within {
			t.because("the metric %s is %v, now %v", name, m.Original, m.Rebuilt)
		}
		t.Metrics = append(t.Metrics, m)
	}
	for _, name := range slices.Sorted(maps.Keys(right)) {
		if _, ok := left[name]; !ok {
			t.because("the metric %s was not there", name)
		}
	}
	return nil
}

func readMetrics(text []byte) (map[string]float64, error) {
	if text == nil {
		return nil, nil
	}
	var f struct {
		Metrics map[string]float64 `json:"metrics"`
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("read %s: %w", metricsFile, err)
	}
	return f.Metrics, nil
}

// file looks at a differing file: a model by its tensors, the statement by the inputs that it names.
func (t *Tolerance) file(name string, a, b []byte) {
	switch {
	case name == metricsFile:
	case a == nil || b == nil:
		t.NotCompared = append(t.NotCompared, name)
	case name == statementFile:
		t.statement(a, b)
	case path.Ext(name) == ".onnx":
		found, err := models(a, b, t.Limit)
		if err != nil {
			t.NotCompared = append(t.NotCompared, name)
			return
		}
		for _, f := range found {
			t.because("%s: %s", name, f)
		}
	default:
		t.NotCompared = append(t.NotCompared, name)
	}
}

// statement refuses models that were made from other inputs or with other parameters.
func (t *Tolerance) statement(a, b []byte) {
	diffs, err := provenance.CompareJSON(a, b)
	if err != nil {
		t.because("%s cannot be read: %v", statementFile, err)
		return
	}
	for _, d := range diffs {
		if strings.HasPrefix(d.Path, "predicate.materials") || strings.HasPrefix(d.Path, "predicate.invocation") {
			t.because("%s: %s differs", statementFile, d.Path)
		}
	}
}
