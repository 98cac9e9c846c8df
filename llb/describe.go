package llb

import "slices"

// DescribedStep is a step of a plan in a few words.
type DescribedStep struct {
	Name string `json:"name"`
	Does string `json:"does"`
}

// Steps lists the steps of the plan in their order.
func (p *Plan) Steps() []DescribedStep {
	return []DescribedStep{
		{phaseTrain.name, p.trainName()[len("[train] "):]},
		{phaseEvaluate.name, p.evaluateName()[len("[evaluate] "):]},
		{phasePackage.name, "provenance and SBOMs"},
	}
}

// ImageFiles are the names of the files in ModelDir.
func ImageFiles() []string {
	return slices.Concat([]string{modelFile, schemaFile, metricsFile}, packagedFiles)
}
