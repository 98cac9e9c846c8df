package job

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Version is the layout version of [Train] and [Evaluate]; a step refuses
// every other.
const Version = 1

// Names of the datasets that the built-in engine reads.
const (
	DatasetTrain = "train" // the rows to fit on, and to split unless Split.Kind is fixed
	DatasetTest  = "test"  // the held-out rows of a fixed split
)

// Kinds of split.
const (
	SplitRandom     = "random"
	SplitStratified = "stratified" // random within each class of the target
	SplitFixed      = "fixed"      // the held-out part is the dataset named test
	SplitTime       = "time"       // the latest rows by Split.Column
	SplitGroup      = "group"      // whole groups of rows that share a value of Split.Column
	SplitHash       = "hash"       // by the hash of Split.Column
)

// SplitsByColumn are the kinds of split that need a column.
func SplitsByColumn() []string { return []string{SplitTime, SplitGroup, SplitHash} }

// Limits of Split.KFold.
const (
	MinFolds = 2
	MaxFolds = 100
)

// DefaultTest is the held-out share where a split names none.
const DefaultTest = 0.2

// Dataset is one named input file.
type Dataset struct {
	Name   string `json:"name"`
	Path   string `json:"path"`             // absolute inside the step
	Format string `json:"format"`           // csv, jsonl or parquet
	Digest string `json:"digest,omitempty"` // sha256: and hex digits the file must have; empty for any
}

// Features names the target and, by exclusion, the columns to learn from.
type Features struct {
	Target  string            `json:"target"`
	Weight  string            `json:"weight,omitempty"` // column of row weights, never a feature
	Exclude []string          `json:"exclude,omitempty"`
	Columns map[string]Column `json:"columns,omitempty"`
}

// Split says how rows are held out for evaluation. Test is a share in (0, 1).
// Column is read for the split alone, unless Features.Columns has it. KFold,
// where it is not 0, is the number of folds of the training part.
type Split struct {
	Kind   string  `json:"kind"`
	Test   float64 `json:"test,omitempty"`
	Column string  `json:"column,omitempty"`
	KFold  int     `json:"kfold,omitempty"`
}

// Params are an algorithm's parameters by name. Values are float64, bool or
// string after decoding; int is accepted too.
type Params map[string]any

// Train is everything that decides a model's bytes, apart from the data.
type Train struct {
	Version   int       `json:"version"`
	Data      []Dataset `json:"data"`
	Features  Features  `json:"features"`
	Split     Split     `json:"split"`
	Task      string    `json:"task"`
	Algorithm string    `json:"algorithm"`
	Params    Params    `json:"params,omitempty"`
	// Calibrate is how the scores of a classifier become probabilities: platt,
	// isotonic, or empty to leave them.
	Calibrate string `json:"calibrate,omitempty"`
	// Threshold is the probability from which the second of two classes is
	// predicted; zero for the larger of the two.
	Threshold float64 `json:"threshold,omitempty"`
	// LearningCurve are rising shares of the training part, in (0, 1), that the
	// algorithm is fitted on too.
	LearningCurve []float64 `json:"learning_curve,omitempty"`
	Export        Export    `json:"export,omitzero"`
	Seed          uint64    `json:"seed"`
	Epoch         int64     `json:"epoch"` // Unix seconds; the mtime of every output
}

// DefaultConfidence is the level of the intervals where none is named.
const DefaultConfidence = 0.95

// Gate is a bound on a metric. Op is one of >=, >, <=, <, ==; a metric that
// misses the bound by no more than the tolerance meets it.
type Gate struct {
	Metric string  `json:"metric"`
	Op     string  `json:"op"`
	Value  float64 `json:"value"`
	// Tolerance is zero or more.
	Tolerance float64 `json:"tolerance,omitempty"`
	Field     string  `json:"field,omitempty"` // where the specification says so, for diagnostics
}

// Met compares the value of the metric with the bound; ok is false for a comparison
// that does not exist.
func (g Gate) Met(actual float64) (met, ok bool) {
	low, high := g.Value-g.Tolerance, g.Value+g.Tolerance
	switch g.Op {
	case ">=":
		return actual >= low, true
	case ">":
		return actual > low, true
	case "<=":
		return actual <= high, true
	case "<":
		return actual < high, true
	case "==":
		return actual >= low && actual <= high, true
	}
	return false, false
}

// NeedsData reports whether the evaluation reads the held-out rows themselves.
func (e Evaluate) NeedsData() bool { return len(e.Slices) > 0 || e.NeedsModel() }

// NeedsModel reports whether it scores rows.
func (e Evaluate) NeedsModel() bool { return e.Importance != nil || len(e.PartialDependence) > 0 }

// Evaluate is the input of the evaluation of a trained model.
type Evaluate struct {
	Version int       `json:"version"`
	Data    []Dataset `json:"data,omitempty"` // needed for slices, importance and dependence only
	Slices  []string  `json:"slices,omitempty"`
	Gates   []Gate    `json:"gates,omitempty"`
	// Confidence is the level of the intervals, in (0, 1); zero for the default.
	Confidence float64 `json:"confidence,omitempty"`
	// Importance of the columns is measured where it is not nil.
	Importance *Importance `json:"importance,omitempty"`
	// PartialDependence names the columns that it is computed for.
	PartialDependence []string `json:"partial_dependence,omitempty"`
	// Scores is the folder of the program that scored the model, where that is not the
	// one that trained it.
	Scores string `json:"scores,omitempty"`
	// ONNX says how a model that a program trained is scored here, where it is; Data is
	// then the one dataset.
	ONNX  *ONNX `json:"onnx,omitempty"`
	Epoch int64 `json:"epoch"`
}

// ONNX says which columns of a dataset a model in the ONNX format reads, and what its
// outputs are held against.
type ONNX struct {
	Target string `json:"target"`
	// Columns are those of an input that takes several, in its order; where there are
	// none it is every column but the target, in the order of the file.
	Columns []string `json:"columns,omitempty"`
	// Classes are those of the scores, in their order; where there are none they are the
	// classes that the data and the model name, sorted.
	Classes []string `json:"classes,omitempty"`
}

// ReadTrain decodes a job strictly: unknown fields, trailing data and another
// version are errors.
func ReadTrain(r io.Reader) (Train, error) {
	return read(r, "train job", func(t Train) int { return t.Version })
}

// ReadEvaluate decodes a job as strictly as [ReadTrain].
func ReadEvaluate(r io.Reader) (Evaluate, error) {
	return read(r, "evaluate job", func(e Evaluate) int { return e.Version })
}

// read decodes a job of this version; what names it in errors.
func read[T any](r io.Reader, what string, version func(T) int) (T, error) {
	var out, none T
	if err := decode(r, &out); err != nil {
		return none, fmt.Errorf("read %s: %w", what, err)
	}
	if v := version(out); v != Version {
		return none, fmt.Errorf("read %s: version %d, this step reads %d", what, v, Version)
	}
	return out, nil
}

func decode(r io.Reader, into any) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("data after the job")
	}
	return nil
}
