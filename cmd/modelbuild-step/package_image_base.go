package main

import (
	"fmt"
	"os"

	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/sbom"
	"github.com/modelbuild/modelbuild/train"
)

// readImageBase reads the packages of the image that the model's is built on; none of no image.
func readImageBase(b *packagejob.Base) (train.Environment, error) {
	if b == nil {
		return train.Environment{}, nil
	}
	data, err := os.ReadFile(b.Packages)
	if err != nil {
		return train.Environment{}, fmt.Errorf("read the packages of the base image: %w", err)
	}
	return train.ReadEnvironment(data)
}

// imageBaseMaterials is the image that the model's is built on, as a material: the one of its
// platform, which decides what is in it.
func (p *packaging) imageBaseMaterials() ([]provenance.Material, error) {
	b := p.job.Base
	if b == nil {
		return nil, nil
	}
	return materials([]packagejob.Source{b.Source}, b.Platform)
}

// bomBase is that image in the bills of materials.
func (p *packaging) bomBase() (*sbom.Base, error) {
	found, err := p.imageBaseMaterials()
	if err != nil || len(found) == 0 {
		return nil, err
	}
	out := &sbom.Base{Name: p.job.Base.URI, SHA256: found[0].Digest["sha256"], Omissions: p.base.Omissions}
	if p.job.Base.Kind == packagejob.KindImage {
		out.PURL = found[0].URI
	}
	for _, pkg := range p.base.Packages {
		out.Packages = append(out.Packages, sbom.Package(pkg))
	}
	return out, nil
}
