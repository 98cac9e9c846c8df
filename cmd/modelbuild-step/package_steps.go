package main

import (
	"slices"

	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// steps lists the commands with the digests of what each read. A file made by
// an earlier step has the URI step:NAME/FILE.
func (p *packaging) steps(files, images []provenance.Material) ([]provenance.Step, error) {
	inputs, err := p.stepInputs(files, images)
	if err != nil {
		return nil, err
	}
	var steps []provenance.Step
	for _, s := range p.job.Steps {
		step := provenance.Step{Name: s.Name, Command: s.Command, Inputs: inputs[s.Name]}
		for _, l := range s.Locations {
			step.Lines = append(step.Lines, provenance.Range{
				Start: provenance.Position{Line: l.Start}, End: provenance.Position{Line: l.End},
			})
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// stepInputs are the inputs of each step by its name: the datasets that the planner
// says it reads, and what else it needs.
func (p *packaging) stepInputs(files, images []provenance.Material) (map[string][]provenance.Material, error) {
	var models []provenance.Material
	for _, f := range p.record.ModelFiles() {
		models = append(models, stepFile("step:train/"+f.File, f.SHA256))
	}
	record := stepFile("step:train/"+train.RecordFile, p.recordSHA256)
	scored := []provenance.Material{record}
	if p.predictionsSHA256 != "" {
		scored = append(scored, stepFile(p.predictionsURI(), p.predictionsSHA256))
	}
	made := map[string][]provenance.Material{stepTrain: slices.Concat(p.prepared(), p.baseMaterials(), p.selectedFile()), packagejob.StepScore: append(p.prepared(), models...)}
	out := map[string][]provenance.Material{}
	for _, s := range p.job.Steps {
		data, err := p.dataMaterials(s.Data...)
		if err != nil {
			return nil, err
		}
		trees, err := p.treeMaterials(s.Name)
		if err != nil {
			return nil, err
		}
		switch s.Name {
		case packagejob.StepSelect:
			out[s.Name] = slices.Concat(images, p.trialFiles())
		case stepEvaluate:
			if s.Model {
				scored = append(scored, models...)
			}
			out[s.Name] = slices.Concat(data, images, scored)
		case stepPackage:
			metrics := stepFile("step:evaluate/"+train.MetricsFile, p.metricsSHA256)
			out[s.Name] = slices.Concat(images, files, models, []provenance.Material{record, metrics})
		default:
			out[s.Name] = slices.Concat(data, trees, images, made[s.Name])
		}
	}
	p.parts(out)
	return out, nil
}

// parts adds the inputs of the parts of a training: each reads what train does, and
// the checkpoint of the one before.
func (p *packaging) parts(inputs map[string][]provenance.Material) {
	train := inputs[stepTrain]
	var before []provenance.Material
	for _, s := range p.job.Programs {
		r := p.program(s.Step)
		if r.Part == nil {
			continue
		}
		inputs[s.Step] = slices.Concat(train, before)
		o, _ := r.Output(job.OutputCheckpoint)
		before = []provenance.Material{stepFile("step:"+s.Step+"/"+o.Path, o.SHA256)}
	}
	inputs[stepTrain] = slices.Concat(train, before)
}

func stepFile(uri, sha256 string) provenance.Material {
	return provenance.FileMaterial(uri, map[string]string{"sha256": sha256})
}

// prepared is what the program of prepare wrote.
func (p *packaging) prepared() []provenance.Material {
	r := p.program(packagejob.StepPrepare)
	if r == nil {
		return nil
	}
	var out []provenance.Material
	for _, o := range r.Outputs {
		out = append(out, stepFile("step:"+packagejob.StepPrepare+"/"+o.Path, o.SHA256))
	}
	return out
}
