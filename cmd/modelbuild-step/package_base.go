package main

import (
	"errors"
	"strings"

	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/sbom"
	"github.com/modelbuild/modelbuild/train"
)

// readBase reads what the base of the model says of itself, of which training has measured
// the files.
func (p *packaging) readBase() error {
	f := p.job.From
	if f == nil {
		return nil
	}
	if p.record.Program == nil || p.record.Program.Base == nil {
		return errors.New("read base model: the training record has none")
	}
	base := provenance.RecordBase{URI: f.URI, Files: baseFiles(p.record.Program.Base.Files)}
	if hex, ok := strings.CutPrefix(f.Image, "sha256:"); ok {
		base.Image = provenance.DigestSet{"sha256": hex}
	}
	var err error
	p.from, err = readLineage(f.Input, base)
	return err
}

// baseMaterials are the files of the base that its provenance is about, or all of them.
func (p *packaging) baseMaterials() []provenance.Material {
	if p.from == nil {
		return nil
	}
	var out []provenance.Material
	base := p.from.From[0]
	for _, f := range base.Files {
		uri := base.URI + "#" + f.File
		if strings.HasPrefix(base.URI, "target://") { // as other files of targets are named
			uri = base.URI + "/" + strings.TrimPrefix(f.File, modelDir)
		}
		out = append(out, provenance.FileMaterial(uri, f.Digest))
	}
	return out
}

// ancestors are the files of the models before this one, for the bills of materials.
func (p *packaging) ancestors() []sbom.Ancestor {
	if p.from == nil {
		return nil
	}
	var out []sbom.Ancestor
	for i, b := range p.from.From {
		for _, f := range b.Files {
			out = append(out, sbom.Ancestor{URI: b.URI, File: f.File, SHA256: f.Digest["sha256"], Back: i + 1})
		}
	}
	return out
}

// lineageFiles is the lineage as a file of the image, where the model has a base.
func (p *packaging) lineageFiles() ([]train.OutputFile, error) {
	if p.from == nil {
		return nil, nil
	}
	data, err := p.from.Marshal()
	return []train.OutputFile{{Name: modelDir + provenance.LineageFile, Data: data}}, err
}
