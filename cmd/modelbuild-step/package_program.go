package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/sbom"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// Bills of materials of the environment that a program trained in.
const (
	trainingCycloneDXFile = "model/sbom.training.cdx.json"
	trainingSPDXFile      = "model/sbom.training.spdx.json"
	trainingSPDX3File     = "model/sbom.training.spdx3.json"
)

// readPrograms reads what the programs that did not train left of themselves.
func readPrograms(programs []packagejob.Program) (map[string]train.Record, error) {
	out := map[string]train.Record{}
	for _, p := range programs {
		r, err := readRecord(p.Record)
		if err != nil {
			return nil, err
		}
		out[p.Step] = r
	}
	return out, nil
}

// program is the one of a step: nil where it has none.
func (p *packaging) program(step string) *train.Program {
	if step == stepTrain {
		return p.record.Program
	}
	return p.programs[step].Program
}

// The names of the steps that every build has.
const (
	stepTrain    = "train"
	stepEvaluate = "evaluate"
	stepPackage  = "package"
)

// scored is the program that scored the model, and its step.
func (p *packaging) scored() (step string, of *train.Program) {
	if of = p.program(packagejob.StepScore); of != nil {
		return packagejob.StepScore, of
	}
	return stepTrain, p.record.Program
}

// predictionsDigest is empty where there are none.
func (p *packaging) predictionsDigest(trainDir string) (string, error) {
	if _, scored := p.scored(); scored != nil {
		o, _ := scored.Output(job.OutputPredictions)
		return o.SHA256, nil
	}
	data, err := os.ReadFile(filepath.Join(trainDir, train.PredictionsFile))
	if err != nil {
		return "", fmt.Errorf("read predictions: %w", err)
	}
	return sum(data), nil
}

// tree finds what the program of a step read by its name.
func (p *packaging) tree(step, name string) (train.Tree, bool) {
	of := p.program(step)
	if of == nil {
		return train.Tree{}, false
	}
	for _, t := range of.Sources {
		if t.Name == name {
			return t, true
		}
	}
	return train.Tree{}, false
}

// subjects are the files of the model: those of a folder each.
func (p *packaging) subjects() []provenance.Subject {
	model := p.record.Model
	if p.record.Program != nil {
		if o, _ := p.record.Program.Output(job.OutputModel); len(o.Contents) > 0 {
			out := make([]provenance.Subject, len(o.Contents))
			for i, f := range o.Contents {
				out[i] = provenance.Subject{Name: modelDir + path.Join(model.File, f.File), Digest: provenance.DigestSet{"sha256": f.SHA256}}
			}
			return out
		}
	}
	var out []provenance.Subject
	for _, f := range p.record.ModelFiles() {
		out = append(out, provenance.Subject{Name: modelDir + f.File, Digest: provenance.DigestSet{"sha256": f.SHA256}})
	}
	return out
}

// predictionsURI names the predictions as a file of the step that wrote them.
func (p *packaging) predictionsURI() string {
	step, scored := p.scored()
	if scored == nil {
		return "step:" + step + "/" + train.PredictionsFile
	}
	o, _ := scored.Output(job.OutputPredictions)
	return "step:" + step + "/" + o.Path
}

// recordProgram is nil for the built-in engine.
func (p *packaging) recordProgram() *provenance.RecordProgram {
	r := p.record.Program
	if r == nil {
		return nil
	}
	step := p.recordStep(stepTrain, r)
	out := &provenance.RecordProgram{Command: r.Command, Threads: r.Threads, System: r.Environment.System,
		Sources: step.Sources, Outputs: step.Outputs, Epochs: step.Epochs, Packages: []provenance.RecordPackage{}}
	if h := r.Hardware; h != nil {
		out.Devices = &provenance.RecordDevices{Requested: r.Devices, Nodes: h.Nodes, Models: h.Models, Driver: h.Driver}
	}
	for _, s := range p.job.Programs {
		out.Steps = append(out.Steps, p.recordStep(s.Step, p.program(s.Step)))
	}
	for _, pkg := range r.Environment.Packages {
		out.Packages = append(out.Packages, provenance.RecordPackage{PURL: pkg.PURL})
	}
	return out
}

// recordStep is what a program ran, read and wrote.
func (p *packaging) recordStep(step string, r *train.Program) provenance.RecordStep {
	out := provenance.RecordStep{Name: step, Command: r.Command, Threads: r.Threads}
	for _, s := range p.job.Trees {
		if t, ok := p.tree(s.Step, s.Name); ok && s.Step == step {
			found := recordTree(t)
			found.URI = s.URI
			out.Sources = append(out.Sources, found)
		}
	}
	for _, t := range r.Outputs {
		out.Outputs = append(out.Outputs, recordTree(t))
	}
	if r.Part != nil {
		out.Epochs = &provenance.RecordEpochs{From: r.Part.From, Until: r.Part.Until}
	}
	return out
}

func recordTree(t train.Tree) provenance.RecordTree {
	return provenance.RecordTree{Name: t.Name, Digest: provenance.DigestSet{"sha256": t.SHA256}, Files: t.Files, Size: t.Size}
}

// trainingBOMs describe the environment that a program trained in, apart from the
// image, which has nothing of it.
func (p *packaging) trainingBOMs() ([]train.OutputFile, error) {
	if p.record.Program == nil {
		return nil, nil
	}
	b, err := p.bom()
	if err != nil {
		return nil, err
	}
	b.Files, b.Modules, b.Base = nil, nil, nil
	b.Omissions = p.record.Program.Environment.Omissions
	for _, pkg := range p.record.Program.Environment.Packages {
		b.Packages = append(b.Packages, sbom.Package(pkg))
	}
	cycloneDX, err := sbom.CycloneDX(b)
	if err != nil {
		return nil, err
	}
	spdx, err := sbom.SPDX(b)
	if err != nil {
		return nil, err
	}
	spdx3, err := sbom.SPDX3(b)
	if err != nil {
		return nil, err
	}
	return []train.OutputFile{{Name: trainingCycloneDXFile, Data: cycloneDX}, {Name: trainingSPDXFile, Data: spdx}, {Name: trainingSPDX3File, Data: spdx3}}, nil
}
