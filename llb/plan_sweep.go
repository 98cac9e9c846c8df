package llb

import (
	"fmt"
	"path"
	"slices"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/sweep"
)

// Sweep is what the steps of a sweep read.
type Sweep struct {
	// Trials are trainings that differ in their parameters alone: one that another sweep
	// has too is the same step.
	Trials []job.Train
	Select job.Select
}

// atOnce is how many trials may run at a time. BuildKit would start all of them, each
// with the data in memory. A trial uses all processors by itself, as far as it can.
const atOnce = 8

// Files of a sweep. A trial waits for an earlier one by mounting its turnFile, which is
// the same of every trial: what BuildKit compares is the content, so that another trial
// before it does not run it again.
const (
	trialsDir    = "/in/trials"
	selectedPath = "/in/selected.json"
	sweepPath    = "/in/sweep.json"
	turnPath     = "/in/turn"
	trialFile    = "trial.json"
	turnFile     = "done"
	selectedFile = "selected.json"
	sweepFile    = "sweep.json"
)

// newSweep is nil where the spec has none.
func newSweep(m *spec.Model, train job.Train) (*Sweep, error) {
	if !m.Sweep.Set {
		return nil, nil
	}
	space := m.Space()
	trials, err := sweep.Trials(space)
	if err != nil {
		return nil, err
	}
	s := &Sweep{Select: job.Select{Version: job.Version, Metric: m.Sweep.Metric.V, Goal: m.Goal(), Space: space, Trials: trials}}
	for _, params := range trials {
		s.Trials = append(s.Trials, train.Trial(resolved(m, m.Params().With(params))))
	}
	return s, nil
}

// trialName is the name of a trial in the progress.
func (s *Sweep) trialName(i int) string {
	return fmt.Sprintf("[%s] %d of %d: %s", phaseTrial.name, i+1, len(s.Trials), sweep.Text(s.Select.Space.Names(), s.Select.Trials[i]))
}

func (s *Sweep) selectName() string {
	return fmt.Sprintf("[%s] the best %s of %d trial(s)", phaseSelect.name, s.Select.Metric, len(s.Trials))
}

// stepNames are those of all steps, in their order.
func (s *Sweep) stepNames() []string {
	if s == nil {
		return nil
	}
	var out []string
	for i := range s.Trials {
		out = append(out, s.trialName(i))
	}
	return append(out, s.selectName())
}

// parameters are those of the spec, for the provenance.
func (s *Sweep) parameters() map[string]any {
	params := map[string]any{}
	for _, p := range s.Select.Space.Params {
		if p.Range != nil {
			params[p.Name] = plain(p.Range)
		} else {
			params[p.Name] = plain(p.List)
		}
	}
	out := map[string]any{"kind": s.Select.Space.Kind, "metric": s.Select.Metric, "goal": s.Select.Goal, "params": params}
	if s.Select.Space.Kind == job.SweepRandom {
		out["trials"], out["seed"] = len(s.Trials), s.Select.Space.Seed
	}
	return out
}

// trainPhase is the phase of the step that trains.
func (p *Plan) trainPhase() phase {
	ph := phaseTrain
	if p.Sweep != nil {
		ph.args = []string{"--selected", selectedPath}
	}
	return ph
}

// sweep runs the trials, and compares them.
func (c *compiler) sweep() bkllb.State {
	s := c.plan.Sweep
	var data []mount
	for i, d := range c.plan.Sources {
		if d.Name == job.DatasetTrain {
			data = c.mounted([]input{dataset(d, c.plan.Train.Data[i].Path)})
		}
	}
	var trials []mount
	for i, t := range s.Trials {
		reads := data
		if i >= atOnce {
			reads = append(slices.Clip(data), mount{turnPath, trials[i-atOnce].state, "/" + turnFile})
		}
		st := c.step(phaseTrial, t, s.trialName(i), reads)
		trials = append(trials, mount{path.Join(trialsDir, job.TrialName(i+1)), st, "/" + trialFile})
	}
	return c.step(phaseSelect, s.Select, s.selectName(), trials)
}

// recordedSweep is the record of the sweep, for the package step.
func (c *compiler) recordedSweep(b built) []mount {
	if c.plan.Sweep == nil {
		return nil
	}
	return []mount{{sweepPath, b.selected, "/" + sweepFile}}
}

// sweepSteps are the steps of a sweep in the provenance.
func (p *Plan) sweepSteps(add func(ph phase, command []string, data []job.Dataset)) {
	if p.Sweep == nil {
		return
	}
	for i, t := range p.Sweep.Trials {
		add(phase{packagejob.StepTrial(i + 1), nil, phaseTrial.stanzas}, phaseTrial.command(), t.Data)
	}
	add(phaseSelect, phaseSelect.command(), nil)
}

// sweepRecord is where the package step finds the record of the sweep.
func (p *Plan) sweepRecord() string {
	if p.Sweep == nil {
		return ""
	}
	return sweepPath
}
