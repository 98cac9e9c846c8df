package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// runPredict is the subcommand predict: it scores every row of a dataset with the
// model in a folder, which holds the schema too, into a CSV file.
func runPredict(ctx context.Context, args []string) (err error) {
	var model, data, format, out string
	set := flag.NewFlagSet("modelbuild-step predict", flag.ContinueOnError)
	set.StringVar(&model, "model", "", "folder with model.onnx and schema.json")
	set.StringVar(&data, "data", "", "file to score")
	set.StringVar(&format, "format", "", "csv, jsonl or parquet; by the file's name when left out")
	set.StringVar(&out, "out", "", "CSV file to write")
	if err := set.Parse(args); err != nil {
		return err
	}
	if model == "" || data == "" || out == "" {
		return errors.New("predict: --model, --data and --out are required")
	}
	a, err := readApplier(model)
	if err != nil {
		return err
	}
	t, err := a.Open(ctx, job.Dataset{Name: "predict", Path: data, Format: formatOf(format, data)})
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(out), ".partial-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", out, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	if err := a.WriteCSV(ctx, f, t); err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o644), f.Sync()); err != nil {
		return fmt.Errorf("write %s: %w", out, err)
	}
	if err := os.Rename(f.Name(), out); err != nil {
		return fmt.Errorf("write %s: %w", out, err)
	}
	fmt.Fprintf(os.Stderr, "predict  %d rows\n", t.Rows())
	return f.Close()
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
