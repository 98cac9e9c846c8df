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

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/matrix"
)

// Predictions are a model's answers for known rows.
type Predictions struct {
	Task      string
	Columns   []string     // what the columns of Scores are: classes, clusters, components, or one value
	Rows      []int        // of the dataset, from 0
	Class     []int        // classification: the class of each row
	Value     []float64    // regression: the value of each row
	Predicted []int        // index of the class or cluster, or 1 for an anomaly and 0 for none
	Scores    matrix.Dense // what [learn.Model] predicts for each row
}

// decide sets Predicted from the scores: the largest, the first in a tie.
func (p *Predictions) decide(f *fitted) {
	switch p.Task {
	case job.TaskClassification, job.TaskClustering:
		p.Predicted = make([]int, len(p.Rows))
		for i := range p.Predicted {
			row := p.Scores.Row(i)
			p.Predicted[i] = slices.Index(row, slices.Max(row))
			if f.threshold > 0 {
				p.Predicted[i] = 0
				if f.double && row[1] >= f.threshold || !f.double && float32(row[1]) >= float32(f.threshold) {
					p.Predicted[i] = 1
				}
			}
		}
	case job.TaskAnomaly:
		p.Predicted = make([]int, len(p.Rows))
		for i, score := range p.Scores.Data {
			if f.double && score > float64(f.cutoff()) || !f.double && float32(score) > f.cutoff() {
				p.Predicted[i] = 1
			}
		}
	}
}

// The header of a predictions file: the number of the row in the dataset, from
// 1, what it has, what is predicted, and a column for each score.
const (
	columnRow       = "row"
	columnActual    = "actual"
	columnPredicted = "predicted"
	columnScore     = "score:"
)

// header lists the columns of the file before the scores.
func header(task string) []string {
	switch task {
	case job.TaskClassification:
		return []string{columnRow, columnActual, columnPredicted}
	case job.TaskRegression:
		return []string{columnRow, columnActual}
	case job.TaskClustering, job.TaskAnomaly:
		return []string{columnRow, columnPredicted}
	}
	return []string{columnRow}
}

// CSV writes the predictions with numbers that read back exactly.
func (p Predictions) CSV() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	record := header(p.Task)
	for _, c := range p.Columns {
		record = append(record, columnScore+c)
	}
	if err := w.Write(record); err != nil {
		return nil, fmt.Errorf("write predictions: %w", err)
	}
	for i, row := range p.Rows {
		record = append(record[:0], strconv.Itoa(row+1))
		record = append(record, p.labels(i)...)
		for _, v := range p.Scores.Row(i) {
			record = append(record, strconv.FormatFloat(v, 'g', -1, 64))
		}
		if err := w.Write(record); err != nil {
			return nil, fmt.Errorf("write predictions: %w", err)
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// labels are the fields of a row between its number and its scores.
func (p Predictions) labels(i int) []string {
	switch p.Task {
	case job.TaskClassification:
		return []string{p.Columns[p.Class[i]], p.Columns[p.Predicted[i]]}
	case job.TaskRegression:
		return []string{strconv.FormatFloat(p.Value[i], 'g', -1, 64)}
	case job.TaskClustering:
		return []string{p.Columns[p.Predicted[i]]}
	case job.TaskAnomaly:
		return []string{strconv.Itoa(p.Predicted[i])}
	}
	return nil
}

// ReadPredictions reads what [Predictions.CSV] wrote for a task.
func ReadPredictions(r io.Reader, task string) (Predictions, error) {
	records := csv.NewReader(r)
	records.ReuseRecord = true
	first, err := records.Read()
	if err != nil {
		return Predictions{}, fmt.Errorf("read predictions: %w", err)
	}
	own := header(task)
	if len(first) <= len(own) || !slices.Equal(first[:len(own)], own) {
		return Predictions{}, fmt.Errorf("read predictions: not a predictions file of a %s", task)
	}
	p := Predictions{Task: task}
	for _, name := range first[len(own):] {
		p.Columns = append(p.Columns, strings.TrimPrefix(name, columnScore))
	}
	for {
		record, err := records.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = p.parse(record, len(own))
		}
		if err != nil {
			return Predictions{}, fmt.Errorf("read predictions: record %d: %w", len(p.Rows)+1, err)
		}
	}
	if len(p.Rows) == 0 {
		return Predictions{}, errors.New("read predictions: no rows")
	}
	p.Scores.Rows, p.Scores.Width = len(p.Rows), len(p.Columns)
	return p, nil
}

func (p *Predictions) parse(record []string, labels int) error {
	row, err := strconv.Atoi(record[0])
	if err != nil || row < 1 {
		return fmt.Errorf("row %q is not a row number", record[0])
	}
	if err := p.parseLabels(record[1:labels]); err != nil {
		return err
	}
	for _, text := range record[labels:] {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return err
		}
		p.Scores.Data = append(p.Scores.Data, v)
	}
	p.Rows = append(p.Rows, row-1)
	return nil
}

func (p *Predictions) parseLabels(fields []string) error {
	switch p.Task {
	case job.TaskClassification:
		class, predicted := slices.Index(p.Columns, fields[0]), slices.Index(p.Columns, fields[1])
		if class < 0 || predicted < 0 {
			return fmt.Errorf("%q or %q is not a class", fields[0], fields[1])
		}
		p.Class, p.Predicted = append(p.Class, class), append(p.Predicted, predicted)
	case job.TaskRegression:
		v, err := strconv.ParseFloat(fields[0], 64)
		if err != nil {
			return err
		}
		p.Value = append(p.Value, v)
	case job.TaskClustering:
		k := slices.Index(p.Columns, fields[0])
		if k < 0 {
			return fmt.Errorf("%q is not a cluster", fields[0])
		}
		p.Predicted = append(p.Predicted, k)
	case job.TaskAnomaly:
		v, err := strconv.Atoi(fields[0])
		if err != nil {
			return err
		}
		p.Predicted = append(p.Predicted, v)
	}
	return nil
}
