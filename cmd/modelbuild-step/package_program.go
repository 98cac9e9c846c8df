package main

import (
	"path"

	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/sbom"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// Bills of materials of the environment that a program trained in.
const (
	trainingCycloneDXFile = "model/sbom.training.cdx.json"
	trainingSPDXFile      = "model/sbom.training.spdx.json"
)

// tree finds what a program read by its name.
func (p *packaging) tree(name string) (train.Tree, bool) {
	if p.record.Program == nil {
		return train.Tree{}, false
	}
	for _, t := range p.record.Program.Sources {
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

// predictionsFile is where the train step has the predictions.
func (p *packaging) predictionsFile() string {
	if p.record.Program != nil {
		o, _ := p.record.Program.Output(job.OutputPredictions)
		return o.Path
	}
	return train.PredictionsFile
}

// recordProgram is nil for the built-in engine.
func (p *packaging) recordProgram() *provenance.RecordProgram {
	r := p.record.Program
	if r == nil {
		return nil
	}
	out := &provenance.RecordProgram{Command: r.Command, Threads: r.Threads, System: r.Environment.System,
		Packages: []provenance.RecordPackage{}}
	for _, s := range p.job.Trees {
		if t, ok := p.tree(s.Name); ok {
			found := recordTree(t)
			found.URI = s.URI
			out.Sources = append(out.Sources, found)
		}
	}
	for _, t := range r.Outputs {
		out.Outputs = append(out.Outputs, recordTree(t))
	}
	for _, pkg := range r.Environment.Packages {
		out.Packages = append(out.Packages, provenance.RecordPackage{PURL: pkg.PURL})
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
	b.Files, b.Modules = nil, nil
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
	return []train.OutputFile{{Name: trainingCycloneDXFile, Data: cycloneDX}, {Name: trainingSPDXFile, Data: spdx}}, nil
}
