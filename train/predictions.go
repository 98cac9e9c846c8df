package train

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/train/fpmath"
)

// Predictions are a model's answers for known rows.
type Predictions struct {
	Classes       []string
	Rows          []int       // of the dataset, from 0
	Actual        []int       // class of each row
	Predicted     []int       // most probable class
	Probabilities [][]float64 // by row and class
}

// add appends the prediction for a row's logits, which it overwrites.
func (p *Predictions) add(logits []float64) {
	top := 0
	for k, z := range logits {
		if z > logits[top] {
			top = k
		}
	}
	fpmath.Softmax(logits)
	p.Predicted = append(p.Predicted, top)
	p.Probabilities = append(p.Probabilities, logits)
}

// subset keeps the predictions at the given positions.
func (p Predictions) subset(at []int) Predictions {
	out := Predictions{Classes: p.Classes, Rows: pick(p.Rows, at), Actual: pick(p.Actual, at), Predicted: pick(p.Predicted, at)}
	for _, i := range at {
		out.Probabilities = append(out.Probabilities, p.Probabilities[i])
	}
	return out
}

// The header of a predictions file: the number of the row in the dataset, from
// 1, the class it has, the class predicted, and a column for each class.
const (
	columnRow         = "row"
	columnActual      = "actual"
	columnPredicted   = "predicted"
	columnProbability = "probability:"
)

// CSV writes the predictions with probabilities that read back exactly.
func (p Predictions) CSV() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	record := []string{columnRow, columnActual, columnPredicted}
	for _, c := range p.Classes {
		record = append(record, columnProbability+c)
	}
	if err := w.Write(record); err != nil {
		return nil, fmt.Errorf("write predictions: %w", err)
	}
	for i, row := range p.Rows {
		record = append(record[:0], strconv.Itoa(row+1), p.Classes[p.Actual[i]], p.Classes[p.Predicted[i]])
		for _, v := range p.Probabilities[i] {
			record = append(record, strconv.FormatFloat(v, 'g', -1, 64))
		}
		if err := w.Write(record); err != nil {
			return nil, fmt.Errorf("write predictions: %w", err)
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// ReadPredictions reads what [Predictions.CSV] wrote.
func ReadPredictions(r io.Reader) (Predictions, error) {
	records, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return Predictions{}, fmt.Errorf("read predictions: %w", err)
	}
	if len(records) < 2 || len(records[0]) < 4 || records[0][0] != columnRow {
		return Predictions{}, errors.New("read predictions: not a predictions file")
	}
	var p Predictions
	for _, name := range records[0][3:] {
		p.Classes = append(p.Classes, strings.TrimPrefix(name, columnProbability))
	}
	for i, record := range records[1:] {
		if err := p.parse(record); err != nil {
			return Predictions{}, fmt.Errorf("read predictions: record %d: %w", i+1, err)
		}
	}
	return p, nil
}

func (p *Predictions) parse(record []string) error {
	row, err := strconv.Atoi(record[0])
	if err != nil || row < 1 {
		return fmt.Errorf("row %q is not a row number", record[0])
	}
	actual, predicted := slices.Index(p.Classes, record[1]), slices.Index(p.Classes, record[2])
	if actual < 0 || predicted < 0 {
		return fmt.Errorf("%q or %q is not a class", record[1], record[2])
	}
	var probabilities []float64
	for _, text := range record[3:] {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return err
		}
		probabilities = append(probabilities, v)
	}
	p.Rows = append(p.Rows, row-1)
	p.Actual, p.Predicted = append(p.Actual, actual), append(p.Predicted, predicted)
	p.Probabilities = append(p.Probabilities, probabilities)
	return nil
}
