package llb

import (
	"slices"
	"strings"
)

// DescribedStep is a step of a plan in a few words.
type DescribedStep struct {
	Target string `json:"target,omitempty"` // where it is one of another target's
	Name   string `json:"name"`
	Does   string `json:"does"`
}

// Steps lists the steps of the plan and of those it needs in their order.
func (p *Plan) Steps() []DescribedStep {
	var out []DescribedStep
	for _, q := range p.All() {
		for _, name := range q.stepNames() {
			step, does, _ := strings.Cut(strings.TrimPrefix(name, "["), "] ")
			out = append(out, DescribedStep{q.Stage, step, does})
		}
	}
	return out
}

// stepNames are the names of the steps as the progress shows them.
func (p *Plan) stepNames() []string {
	names := p.modelSteps()
	if p.signs() {
		names = append(names, signName)
	}
	return names
}

// modelSteps are those that train and describe the model.
func (p *Plan) modelSteps() []string {
	ps := p.Programs
	if ps.Train == nil {
		return append(p.Sweep.stepNames(), p.trainName(), p.evaluateName(), packageName)
	}
	var out []string
	if ps.Prepare != nil {
		out = append(out, shown(phasePrepare, ps.Prepare))
	}
	for _, part := range append(slices.Clip(ps.Parts), ps.Train) {
		out = append(out, shown(phaseProgram, part))
	}
	if ps.Score != nil {
		out = append(out, shown(phaseScore, ps.Score))
	}
	return append(out, p.evaluateName(), packageName)
}

// packageName is the name of the package step.
const packageName = "[package] provenance and SBOMs"

// ImageFiles are the names of the files in ModelDir.
func (p *Plan) ImageFiles() []string {
	files := slices.Concat(p.weights(), p.trained(), []string{metricsFile}, p.packaged())
	if p.Sweep != nil {
		files = append(files, sweepFile)
	}
	if p.signs() {
		files = append(files, signatureFile)
	}
	return files
}
