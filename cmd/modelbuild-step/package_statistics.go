package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/train"
)

// readStatistics digests the statistics of the training part, column by column: what another
// build has to find in its own data to have trained on the same. It is nil where the schema
// has none, as of a program's data.
func readStatistics(trainDir string) (*provenance.RecordStatistics, error) {
	data, err := os.ReadFile(filepath.Join(trainDir, train.SchemaFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	var schema struct {
		Statistics *struct {
			Rows    int                        `json:"rows"`
			Columns map[string]json.RawMessage `json:"columns"`
		} `json:"statistics"`
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	if schema.Statistics == nil {
		return nil, nil
	}
	out := &provenance.RecordStatistics{File: modelDir + train.SchemaFile, Rows: schema.Statistics.Rows, Columns: map[string]string{}}
	for name, column := range schema.Statistics.Columns {
		var compact bytes.Buffer
		if err := json.Compact(&compact, column); err != nil {
			return nil, fmt.Errorf("read schema: %w", err)
		}
		out.Columns[name] = "sha256:" + sum(compact.Bytes())
	}
	return out, nil
}

// withoutStatistics are the schema and the metrics without what describes the training data.
func (p *packaging) withoutStatistics(trainDir string) ([]train.OutputFile, error) {
	data, err := os.ReadFile(filepath.Join(trainDir, train.SchemaFile))
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	schema, err := train.ReadSchema(data)
	if err != nil {
		return nil, err
	}
	schema.Statistics = nil
	if b := p.metrics.Baseline; b != nil { // its metrics are of the held-out rows
		p.metrics.Baseline = &train.Baseline{Metrics: b.Metrics}
	}
	var out []train.OutputFile
	for _, f := range []struct {
		name string
		v    any
	}{{train.SchemaFile, schema}, {train.MetricsFile, p.metrics}} {
		text, err := train.Marshal(f.v)
		if err != nil {
			return nil, err
		}
		out = append(out, train.OutputFile{Name: modelDir + f.name, Data: text})
	}
	return out, nil
}
