package train

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
)

// Names of the files of a training run and of its evaluation.
const (
	ModelFile       = "model.onnx"
	TensorsFile     = "model.safetensors" // where it is asked for
	SchemaFile      = "schema.json"
	PredictionsFile = "predictions.csv"
	OutOfFoldFile   = "out_of_fold.csv" // where there was a cross-validation
	ConfigFile      = "config.json"     // the job with no default left open
	WarningsFile    = "warnings.json"
	RecordFile      = "train.json"
	MetricsFile     = "metrics.json"
)

// OutputFile is a file's name with its content.
type OutputFile struct {
	Name string
	Data []byte
}

// Files are the files of a run, the record last.
func (r *Result) Files() ([]OutputFile, error) {
	predictions, err := r.Predictions.CSV()
	if err != nil {
		return nil, err
	}
	schema, err := Marshal(r.Schema)
	if err != nil {
		return nil, err
	}
	record, err := Marshal(r.Record)
	if err != nil {
		return nil, err
	}
	warnings, err := Marshal(append(job.Problems{}, r.Warnings...)) // never null
	if err != nil {
		return nil, err
	}
	config, err := Marshal(r.Record.config())
	if err != nil {
		return nil, err
	}
	files := []OutputFile{{ModelFile, r.Model}, {SchemaFile, schema}, {ConfigFile, config}, {PredictionsFile, predictions}, {WarningsFile, warnings}}
	if r.Tensors != nil {
		files = append(files, OutputFile{TensorsFile, r.Tensors})
	}
	if r.OutOfFold != nil {
		crossed, err := r.OutOfFold.CSV()
		if err != nil {
			return nil, err
		}
		files = append(files, OutputFile{OutOfFoldFile, crossed})
	}
	return append(files, OutputFile{RecordFile, record}), nil
}

// EvaluationFiles are the files of an evaluation: the metrics and the plots.
// The metrics are what [Evaluate] returned for t.
func EvaluationFiles(m *Metrics, t Trained) ([]OutputFile, error) {
	data, err := Marshal(m)
	if err != nil {
		return nil, err
	}
	plots, err := Plots(m, t)
	return append([]OutputFile{{MetricsFile, data}}, plots...), err
}

// Marshal is JSON as this package's files have it: indented by two spaces,
// keys of maps sorted, no HTML escapes, one line feed at the end.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode JSON: %w", err)
	}
	return b.Bytes(), nil
}

// ReadSchema decodes a schema of this version.
func ReadSchema(data []byte) (Schema, error) {
	var s Schema
	if err := strict(data, &s); err != nil {
		return Schema{}, fmt.Errorf("read schema: %w", err)
	}
	if s.Version != SchemaVersion {
		return Schema{}, fmt.Errorf("read schema: version %d, want %d", s.Version, SchemaVersion)
	}
	return s, nil
}

// ReadRecord decodes a record of this version.
func ReadRecord(data []byte) (Record, error) {
	var r Record
	if err := strict(data, &r); err != nil {
		return Record{}, fmt.Errorf("read training record: %w", err)
	}
	if r.Version != RecordVersion {
		return Record{}, fmt.Errorf("read training record: version %d, want %d", r.Version, RecordVersion)
	}
	return r, nil
}

func joined(names []string) string { return strings.Join(names, ", ") }
