package verify

import (
	"encoding/json"

	"github.com/modelbuild/modelbuild/internal/contents"
	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/sweep"
)

// sweep computes from the trials of a sweep which is the best, and whether the model was
// trained with it.
func (p *platform) sweep() {
	var record *provenance.RecordSweep
	if p.record != nil {
		record = p.record.Sweep
	}
	text, ok := p.contents.Documents[contents.Sweep]
	switch {
	case !ok && record == nil:
		return
	case !ok:
		p.fail("sweep", "the record has %d trials, and there is no %s%s", len(record.Trials), contents.Folder, contents.Sweep)
		return
	}
	s, err := train.ReadSweep(text)
	if err == nil {
		err = s.Check()
	}
	if err != nil {
		p.fail("sweep", "%s%s: %v", contents.Folder, contents.Sweep, err)
		return
	}
	chosen := sweep.Text(s.Space.Names(), s.Params)
	var config struct {
		Params job.Params `json:"params"`
	}
	if err := json.Unmarshal(p.contents.Documents[contents.Config], &config); err != nil {
		p.fail("sweep", "%s%s: %v", contents.Folder, contents.Config, err)
		return
	}
	if trained := sweep.Text(s.Space.Names(), config.Params); trained != chosen {
		p.fail("sweep", "%s is the best, but the model was trained with %s", chosen, trained)
		return
	}
	if p.record != nil && !sameTrials(&s, record) {
		p.fail("sweep", "the record has other trials than %s%s", contents.Folder, contents.Sweep)
		return
	}
	p.ok("sweep", "of %d trials the best %s is that of %s, with which the model was trained", len(s.Trials), s.Metric, chosen)
}

// sameTrials compares what the training record says of each trial.
func sameTrials(s *train.Sweep, r *provenance.RecordSweep) bool {
	if r == nil || len(r.Trials) != len(s.Trials) || r.Selected != s.Selected || r.Metric != s.Metric || r.Goal != s.Goal {
		return false
	}
	for i, t := range s.Trials {
		names, other := s.Space.Names(), r.Trials[i]
		if sweep.Text(names, t.Params) != sweep.Text(names, other.Parameters) || (t.Value == nil) != (other.Value == nil) ||
			t.Value != nil && *t.Value != *other.Value {
			return false
		}
	}
	return true
}
