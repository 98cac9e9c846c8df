package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"

	"github.com/modelbuild/modelbuild/internal/redact"
	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// cardTemplate follows Mitchell et al., "Model Cards for Model Reporting" (2019).
//
//go:embed card.md.tmpl
var cardTemplate string

// cardData is what the template reads.
type cardData struct {
	Model      packagejob.Model
	Record     train.Record
	Metrics    train.Metrics
	Rows       []cardMetric
	Slices     []cardSlice
	Importance []cardImportance
	Datasets   []cardDataset
	Parameters []cardParameter
	Sweep      *cardSweep
	Hermetic   bool
	Base       *cardBase
	From       []provenance.RecordBase // each with the first of its files
}

// shownBaseFiles are the files of a base model that the card names.
const shownBaseFiles = 3

// cardBase is the image that the model's is built on.
type cardBase struct {
	URI, SHA256, System string
	Packages            int
}

type cardMetric struct{ Name, Value, Interval, Baseline string }

type cardSlice struct {
	Column, Value string
	Rows          int
	Metric, Score string
}

type cardImportance struct{ Column, Worse string }

type cardDataset struct {
	train.Dataset
	Source packagejob.Source
}

type cardParameter struct {
	Name  string
	Value any
}

// card writes the model card.
func (p *packaging) card() ([]byte, error) {
	d := cardData{Model: p.job.Model, Record: p.record, Metrics: p.metrics, Hermetic: p.job.Hermetic}
	if b := p.job.Base; b != nil {
		d.Base = &cardBase{redact.URI(b.URI), b.Digest["sha256"], p.base.System, len(p.base.Packages)}
	}
	if p.from != nil {
		for _, b := range p.from.From {
			b.Files = b.Files[:min(len(b.Files), shownBaseFiles)]
			d.From = append(d.From, b)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.metrics.Metrics)) {
		d.Rows = append(d.Rows, p.cardMetric(name))
	}
	d.Slices = p.cardSlices()
	d.Importance = p.cardImportance()
	for _, s := range p.record.Datasets {
		source, _ := p.source(s.Name)
		source.URI = redact.Text(source.URI)
		d.Datasets = append(d.Datasets, cardDataset{s, source})
	}
	for _, name := range slices.Sorted(maps.Keys(p.record.Job.Params)) {
		d.Parameters = append(d.Parameters, cardParameter{name, p.record.Job.Params[name]})
	}
	d.Sweep = p.cardSweep()
	t, err := template.New("card").Funcs(template.FuncMap{"cell": cell, "line": oneLine}).Parse(cardTemplate)
	if err != nil {
		return nil, fmt.Errorf("read card template: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, d); err != nil {
		return nil, fmt.Errorf("write model card: %w", err)
	}
	return b.Bytes(), nil
}

func (p *packaging) cardMetric(name string) cardMetric {
	m := cardMetric{Name: name, Value: short(p.metrics.Metrics[name])}
	if in := p.metrics.Intervals; in != nil {
		if i, ok := in.Metrics[name]; ok {
			m.Interval = short(i.Low) + " to " + short(i.High)
		}
	}
	if v, ok := p.metrics.Baseline.Metric(name); ok {
		m.Baseline = short(v)
	}
	return m
}

// cardSlices shows the first metric of each slice that a gate is on, or else
// accuracy or the root mean squared error.
func (p *packaging) cardSlices() []cardSlice {
	metric := job.HeadlineMetric(p.metrics.Task)
	if len(p.metrics.Gates) > 0 {
		metric = p.metrics.Gates[0].Metric
	}
	var out []cardSlice
	for _, column := range slices.Sorted(maps.Keys(p.metrics.Slices)) {
		values := p.metrics.Slices[column]
		for _, value := range slices.Sorted(maps.Keys(values)) {
			s := cardSlice{Column: column, Value: value, Rows: values[value].Rows, Metric: metric}
			if v, ok := values[value].Metrics[metric]; ok {
				s.Score = short(v)
			}
			out = append(out, s)
		}
	}
	return out
}

// cardImportance shows the most important columns.
func (p *packaging) cardImportance() []cardImportance {
	m := p.metrics.Importance
	if m == nil {
		return nil
	}
	var out []cardImportance
	for _, c := range m.Columns[:min(train.ShownColumns, len(m.Columns))] {
		out = append(out, cardImportance{c.Column, short(c.Mean) + " ± " + short(c.Std)})
	}
	return out
}

func short(v float64) string { return fmt.Sprintf("%.4g", v) }

// oneLine keeps a text from ending its line or beginning Markdown or HTML.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return strings.NewReplacer("<", "&lt;", "`", "'", "\\", "\\\\", "[", "\\[", "*", "\\*", "_", "\\_", "#", "\\#").Replace(s)
}

// cell is a text in a cell of a table.
func cell(v any) string { return strings.ReplaceAll(oneLine(fmt.Sprint(v)), "|", "\\|") }
