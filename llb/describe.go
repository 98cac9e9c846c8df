package llb

import "slices"

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
		out = append(out,
			DescribedStep{q.Stage, phaseTrain.name, q.trainName()[len("[train] "):]},
			DescribedStep{q.Stage, phaseEvaluate.name, q.evaluateName()[len("[evaluate] "):]},
			DescribedStep{q.Stage, phasePackage.name, "provenance and SBOMs"})
	}
	return out
}

// ImageFiles are the names of the files in ModelDir.
func (p *Plan) ImageFiles() []string {
	return slices.Concat(p.weights(), p.trained(), []string{metricsFile}, p.packaged())
}
