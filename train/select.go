package train

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/sweep"
)

// SweepVersion is the layout version of [Sweep].
const SweepVersion = 1

// Files of the step that compares the trials.
const (
	SweepFile    = "sweep.json"    // the record of all trials, which the image has too
	SelectedFile = "selected.json" // the parameters of the chosen one, for the step that trains
)

// What became of a trial.
const (
	TrialScored = "scored"
	TrialFailed = "failed"
)

// Sweep is the record of a sweep.
type Sweep struct {
	Version    int          `json:"version"`
	Metric     string       `json:"metric"`
	Goal       string       `json:"goal"`
	Validation Validation   `json:"validation"`
	Space      job.Space    `json:"space"`
	Selected   int          `json:"selected"` // number of the trial, from 1
	Params     job.Params   `json:"params"`   // of that one, those of the space
	Trials     []SweepTrial `json:"trials"`
}

// SweepTrial is a trial of a sweep.
type SweepTrial struct {
	Trial     int                `json:"trial"`  // from 1
	Params    job.Params         `json:"params"` // those of the space
	Status    string             `json:"status"`
	Rank      int                `json:"rank,omitempty"`  // from 1, of those that were scored
	Value     *float64           `json:"value,omitempty"` // of the metric: the mean over the folds
	Std       *float64           `json:"std,omitempty"`   // over the folds, where there are several
	Metrics   map[string]float64 `json:"metrics,omitempty"`
	Converged bool               `json:"converged"`
	Reason    string             `json:"reason,omitempty"` // of a failure
	SHA256    string             `json:"sha256"`           // of the file that the trial wrote
}

// Select compares the trials: the best by the metric, and of equal ones the first. The
// files are those of the trials in their order. Where none has a result the error is
// [job.Problems].
func Select(j job.Select, files [][]byte) (*Sweep, error) {
	if len(files) != len(j.Trials) {
		return nil, fmt.Errorf("select: %d results of %d trials", len(files), len(j.Trials))
	}
	s := &Sweep{Version: SweepVersion, Metric: j.Metric, Goal: j.Goal, Space: j.Space}
	for i, data := range files {
		t, err := ReadTrial(data)
		if err != nil {
			return nil, fmt.Errorf("trial %d: %w", i+1, err)
		}
		s.Validation = t.Validation
		own := sweepTrial(t, j.Metric)
		own.Trial, own.Params, own.SHA256 = i+1, j.Trials[i], describe(TrialFile, data).SHA256
		s.Trials = append(s.Trials, own)
	}
	ranked := s.rank()
	if len(ranked) == 0 {
		return nil, s.allFailed()
	}
	s.Selected = ranked[0].Trial
	s.Params = ranked[0].Params
	return s, nil
}

func sweepTrial(t Trial, metric string) SweepTrial {
	out := SweepTrial{Status: TrialScored, Converged: t.Converged}
	for name, m := range t.Metrics {
		if len(m.Values) == t.Validation.Folds {
			if out.Metrics == nil {
				out.Metrics = map[string]float64{}
			}
			out.Metrics[name] = m.Mean
		}
	}
	value, ok := out.Metrics[metric]
	switch {
	case t.Failed != nil:
		out.Status, out.Reason = TrialFailed, t.Failed.Message
	case !ok:
		out.Status = TrialFailed
		out.Reason = fmt.Sprintf("%s is not defined for %s; there are %s", metric, t.Validation, joined(slices.Sorted(maps.Keys(out.Metrics))))
	default:
		out.Value = &value
		if t.Validation.Folds > 1 {
			std := t.Metrics[metric].Std
			out.Std = &std
		}
	}
	return out
}

// rank numbers the trials that were scored, the best first.
func (s *Sweep) rank() []*SweepTrial {
	var scored []*SweepTrial
	for i := range s.Trials {
		if s.Trials[i].Value != nil {
			scored = append(scored, &s.Trials[i])
		}
	}
	slices.SortStableFunc(scored, func(a, b *SweepTrial) int {
		switch {
		case *a.Value == *b.Value:
			return 0
		case (*a.Value > *b.Value) == (s.Goal == job.GoalMaximize):
			return -1
		}
		return 1
	})
	for i, t := range scored {
		t.Rank = i + 1
	}
	return scored
}

// allFailed gives each reason once, with the first trial that has it.
func (s *Sweep) allFailed() error {
	var reasons []string
	seen := map[string]bool{}
	for _, t := range s.Trials {
		if !seen[t.Reason] {
			seen[t.Reason] = true
			reasons = append(reasons, fmt.Sprintf("%s: %s", sweep.Text(s.Space.Names(), t.Params), t.Reason))
		}
	}
	more := ""
	if n := len(reasons) - maxReasons; n > 0 {
		reasons, more = reasons[:maxReasons], fmt.Sprintf("; and %d other reasons", n)
	}
	return job.Problems{{Code: job.CodeSweep, Field: "sweep",
		Message: fmt.Sprintf("none of the %d trials has a result: %s%s", len(s.Trials), strings.Join(reasons, "; "), more),
		Hint:    "try other values, or another metric"}}
}

// maxReasons is how many reasons are told.
const maxReasons = 3

// Check computes again which trial is the best, and compares that with what the record
// says.
func (s *Sweep) Check() error {
	again := *s
	again.Trials = slices.Clone(s.Trials)
	for i := range again.Trials {
		again.Trials[i].Rank = 0
	}
	if ranked := again.rank(); len(ranked) == 0 || ranked[0].Trial != s.Selected {
		return fmt.Errorf("trial %d is not the best", s.Selected)
	}
	for i, t := range again.Trials {
		if t.Rank != s.Trials[i].Rank {
			return fmt.Errorf("trial %d has rank %d, not %d", t.Trial, t.Rank, s.Trials[i].Rank)
		}
	}
	names := s.Space.Names()
	if is, said := sweep.Text(names, s.Best().Params), sweep.Text(names, s.Params); is != said {
		return fmt.Errorf("trial %d has %s, not %s", s.Selected, is, said)
	}
	return nil
}

// Files are those of the step.
func (s *Sweep) Files() ([]OutputFile, error) {
	record, err := Marshal(s)
	if err != nil {
		return nil, err
	}
	selected, err := Marshal(job.Selected{Version: job.Version, Params: s.Params})
	return []OutputFile{{SweepFile, record}, {SelectedFile, selected}}, err
}

// Best is the trial that was chosen.
func (s *Sweep) Best() SweepTrial { return s.Trials[s.Selected-1] }

// Line is a trial on one line, for logs.
func (s *Sweep) Line(t SweepTrial) string {
	text := fmt.Sprintf("%d of %d  %s  ", t.Trial, len(s.Trials), sweep.Text(s.Space.Names(), t.Params))
	if t.Value == nil {
		return text + "failed: " + t.Reason
	}
	text += fmt.Sprintf("%s %.6g", s.Metric, *t.Value)
	if t.Std != nil {
		text += fmt.Sprintf(" ± %.2g", *t.Std)
	}
	text += fmt.Sprintf(", rank %d", t.Rank)
	if !t.Converged {
		text += ", not converged"
	}
	return text
}

// ReadSweep decodes a record of this version.
func ReadSweep(data []byte) (Sweep, error) {
	var s Sweep
	if err := strict(data, &s); err != nil {
		return Sweep{}, fmt.Errorf("read sweep: %w", err)
	}
	if s.Version != SweepVersion || s.Selected < 1 || s.Selected > len(s.Trials) || s.Trials[s.Selected-1].Value == nil {
		return Sweep{}, fmt.Errorf("read sweep: version %d with %d trials of which the one of number %d is chosen", s.Version, len(s.Trials), s.Selected)
	}
	return s, nil
}
