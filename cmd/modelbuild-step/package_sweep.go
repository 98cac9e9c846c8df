package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/sweep"
)

// readSweep reads the record of the trials, and makes sure that the model was trained
// with what they chose.
func (p *packaging) readSweep() error {
	if p.job.Sweep == "" {
		return nil
	}
	data, err := os.ReadFile(p.job.Sweep)
	if err != nil {
		return fmt.Errorf("read sweep: %w", err)
	}
	s, err := train.ReadSweep(data)
	if err != nil {
		return err
	}
	names := s.Space.Names()
	if chosen, trained := sweep.Text(names, s.Params), sweep.Text(names, p.record.Job.Params); chosen != trained {
		return fmt.Errorf("check sweep: the model was trained with %s, and %s was chosen", trained, chosen)
	}
	p.sweep = &s
	files, err := s.Files()
	for _, f := range files {
		if f.Name == train.SelectedFile {
			p.sweepSHA256 = sum(f.Data)
		}
	}
	return err
}

// selectedFile is what the train step reads of a sweep.
func (p *packaging) selectedFile() []provenance.Material {
	if p.sweep == nil {
		return nil
	}
	return []provenance.Material{stepFile("step:"+packagejob.StepSelect+"/"+train.SelectedFile, p.sweepSHA256)}
}

// trialFiles are what the trials wrote.
func (p *packaging) trialFiles() []provenance.Material {
	var out []provenance.Material
	for _, t := range p.sweep.Trials {
		out = append(out, stepFile("step:"+packagejob.StepTrial(t.Trial)+"/"+train.TrialFile, t.SHA256))
	}
	return out
}

// recordSweep is nil where there was none.
func (p *packaging) recordSweep() *provenance.RecordSweep {
	s := p.sweep
	if s == nil {
		return nil
	}
	out := &provenance.RecordSweep{Metric: s.Metric, Goal: s.Goal, Folds: s.Validation.Folds, Of: s.Validation.Of, Rows: s.Validation.Rows,
		Selected: s.Selected}
	for _, t := range s.Trials {
		out.Trials = append(out.Trials, provenance.RecordTrial{Parameters: t.Params, Value: t.Value, Failed: t.Reason})
	}
	return out
}

// cardSweep is what the card says of a sweep: the best trials first.
type cardSweep struct {
	train.Sweep
	Names []string
	Rows  []cardTrial
	More  int // trials that are not shown
}

type cardTrial struct {
	Trial  int
	Values []string
	Result string
}

// shownTrials are the rows of the card's table.
const shownTrials = 20

func (p *packaging) cardSweep() *cardSweep {
	if p.sweep == nil {
		return nil
	}
	out := &cardSweep{Sweep: *p.sweep, Names: p.sweep.Space.Names()}
	trials := slices.Clone(p.sweep.Trials)
	slices.SortStableFunc(trials, func(a, b train.SweepTrial) int { return place(a, len(trials)) - place(b, len(trials)) })
	out.More = max(0, len(trials)-shownTrials)
	for _, t := range trials[:len(trials)-out.More] {
		row := cardTrial{Trial: t.Trial, Result: "failed: " + t.Reason}
		for _, name := range out.Names {
			row.Values = append(row.Values, shortValue(t.Params[name]))
		}
		if t.Value != nil {
			row.Result = short(*t.Value)
			if t.Std != nil {
				row.Result += " ± " + short(*t.Std)
			}
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// place orders trials: those that failed come last.
func place(t train.SweepTrial, n int) int {
	if t.Rank == 0 {
		return n + t.Trial
	}
	return t.Rank
}

func shortValue(v any) string {
	if f, ok := v.(float64); ok {
		return short(f)
	}
	return sweep.Text([]string{""}, job.Params{"": v})[1:]
}
