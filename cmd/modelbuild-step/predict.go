package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/modelbuild/modelbuild/internal/atomicfile"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/drift"
	"github.com/modelbuild/modelbuild/train/job"
)

// predictFlags are the arguments of predict.
type predictFlags struct{ model, data, format, out, drift string }

func parsePredict(args []string) (predictFlags, error) {
	var p predictFlags
	set := flag.NewFlagSet("modelbuild-step predict", flag.ContinueOnError)
	set.StringVar(&p.model, "model", "", "folder with model.onnx and schema.json")
	set.StringVar(&p.data, "data", "", "file to score")
	set.StringVar(&p.format, "format", "", "csv, jsonl or parquet; by the file's name when left out")
	set.StringVar(&p.out, "out", "", "CSV file to write")
	set.StringVar(&p.drift, "drift", "", "JSON file to write how far the data is from what the model was trained on; none when left out")
	if err := set.Parse(args); err != nil {
		return p, err
	}
	if p.model == "" || p.data == "" || p.out == "" {
		return p, errors.New("predict: --model, --data and --out are required")
	}
	return p, nil
}

// runPredict is the subcommand predict: it scores every row of a dataset with the
// model in a folder, which holds the schema too, into a CSV file, and compares the
// dataset with the training data where that is asked for.
func runPredict(ctx context.Context, args []string) error {
	p, err := parsePredict(args)
	if err != nil {
		return err
	}
	a, err := readApplier(p.model)
	if err != nil {
		return err
	}
	t, err := a.Open(ctx, job.Dataset{Name: "predict", Path: p.data, Format: formatOf(p.format, p.data)})
	if err != nil {
		return err
	}
	var m *train.Monitor
	if p.drift != "" {
		if m, err = a.Monitor(t); err != nil {
			return err
		}
	}
	if err := atomicfile.Replace(p.out, func(w io.Writer) error { return a.WriteCSV(ctx, w, t, m) }); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "predict  %d rows\n", t.Rows())
	if m == nil {
		return nil
	}
	return writeDrift(p.drift, m.Report())
}

// writeDrift writes a report and warns of what has drifted.
func writeDrift(file string, r *drift.Report) error {
	data, err := train.Marshal(r)
	if err != nil {
		return err
	}
	for _, c := range r.Drifted() {
		fmt.Fprintf(os.Stderr, "predict  warning: %s has drifted: PSI %.3f, more than %v\n", c.Name, c.PSI, drift.Major)
	}
	return atomicfile.Write(file, data)
}

func readApplier(dir string) (*train.Applier, error) {
	model, err := os.ReadFile(filepath.Join(dir, train.ModelFile))
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	schema, err := os.ReadFile(filepath.Join(dir, train.SchemaFile))
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	return train.NewApplier(model, schema)
}

// formatOf goes by the name where no format is given: what comes before the
// ending of a compressed file counts.
func formatOf(given, name string) string {
	if given != "" {
		return given
	}
	for _, ending := range []string{".gz", ".zst", ".zstd"} {
		name = strings.TrimSuffix(name, ending)
	}
	switch filepath.Ext(name) {
	case ".parquet":
		return "parquet"
	case ".jsonl", ".ndjson":
		return "jsonl"
	}
	return "csv"
}
