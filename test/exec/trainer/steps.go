package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// prepare writes the numbers of a column, one a line.
func prepare() error {
	numbers, err := column(os.Getenv("MODELBUILD_DATA_TRAIN"), os.Getenv("COLUMN"))
	if err != nil {
		return err
	}
	var out strings.Builder
	for _, v := range numbers {
		fmt.Fprintln(&out, v)
	}
	if err := os.WriteFile("left-over.txt", nil, 0o600); err != nil {
		return err
	}
	return os.WriteFile(os.Getenv("MODELBUILD_OUTPUT_NUMBERS"), []byte(out.String()), 0o600)
}

// fit writes the mean of the prepared numbers, times a factor, as the model.
func fit() error {
	data, err := os.ReadFile(os.Getenv("MODELBUILD_PREPARED_NUMBERS"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(os.Getenv("MODELBUILD_PREPARED")+"/numbers.txt", nil, 0o600); err == nil {
		return errors.New("the prepared files can be written to")
	}
	factor, err := strconv.ParseFloat(os.Getenv("FACTOR"), 64)
	if err != nil {
		return err
	}
	sum, n := 0.0, 0
	for line := range strings.Lines(string(data)) {
		v, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
		if err != nil {
			return err
		}
		sum, n = sum+v, n+1
	}
	return os.WriteFile("model.json", fmt.Appendf(nil, "{\"mean\": %g}\n", factor*sum/float64(n)), 0o600)
}

// judge writes how far rows are from the model, and what it predicts for ten of them.
func judge() error {
	data, err := os.ReadFile(os.Getenv("MODELBUILD_MODEL"))
	if err != nil {
		return err
	}
	var model struct{ Mean float64 }
	if err := json.Unmarshal(data, &model); err != nil {
		return err
	}
	values, err := column(os.Getenv("MODELBUILD_DATA_TRAIN"), os.Getenv("COLUMN"))
	if err != nil {
		return err
	}
	out := []string{"row,actual,score:prediction"}
	for i, v := range values[:10] {
		out = append(out, fmt.Sprintf("%d,%g,%g", i+1, v, model.Mean))
	}
	if err := os.WriteFile("scores.csv", []byte(strings.Join(out, "\n")+"\n"), 0o600); err != nil {
		return err
	}
	return os.WriteFile("scores.json", fmt.Appendf(nil, "{\"rows_seen\": %d}", len(values)), 0o600)
}

// column are the numbers of a column of a CSV file.
func column(file, name string) ([]float64, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	at := -1
	for i, header := range rows[0] {
		if header == name {
			at = i
		}
	}
	if at < 0 {
		return nil, fmt.Errorf("no column %q", name)
	}
	var values []float64
	for _, row := range rows[1:] {
		if v, err := strconv.ParseFloat(row[at], 64); err == nil {
			values = append(values, v)
		}
	}
	return values, nil
}
