package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/train/job"
)

// modelDir is where the image holds the model and what describes it.
const modelDir = "model/"

// build joins the job with what the steps measured.
func (p *packaging) build() (provenance.Build, error) {
	data, err := p.dataMaterials(names(p.job.Data)...)
	if err != nil {
		return provenance.Build{}, err
	}
	frontend, err := p.frontendMaterials()
	if err != nil {
		return provenance.Build{}, err
	}
	sources, err := materials(p.job.Sources, p.job.Platform)
	if err != nil {
		return provenance.Build{}, err
	}
	trees, err := p.treeMaterials(packagejob.StepPrepare, stepTrain, packagejob.StepScore)
	if err != nil {
		return provenance.Build{}, err
	}
	files, err := p.fileMaterials()
	if err != nil {
		return provenance.Build{}, err
	}
	lineage, err := p.lineage()
	if err != nil {
		return provenance.Build{}, err
	}
	base, err := p.imageBaseMaterials()
	if err != nil {
		return provenance.Build{}, err
	}
	steps, err := p.steps(slices.Concat(files, base), slices.Concat(frontend, sources))
	if err != nil {
		return provenance.Build{}, err
	}
	spec, err := p.specFile()
	if err != nil {
		return provenance.Build{}, err
	}
	if len(spec.Digest) > 0 && spec.URI != spec.Material.URI {
		sources = append(sources, provenance.FileMaterial(spec.URI, spec.Digest))
	}
	return provenance.Build{
		Subjects:  p.subjects(),
		Builder:   p.job.Builder,
		BuildType: p.job.BuildType,
		Spec:      spec,
		Materials: slices.Concat(data, trees, frontend, sources, files, base, lineage, p.baseMaterials()),
		Platform:  p.job.Platform,
		Hermetic:  p.job.Hermetic,
		// What a program says of itself is not known to be so until another build shows it.
		Reproducible: p.record.Program == nil && p.record.Determinism.Class == provenance.ClassExact,
		Epoch:        p.job.Epoch,
		Parameters:   p.parameters(),
		Steps:        steps,
		Definition:   p.job.Definition,
	}, nil
}

// specFile names the spec as a file of the build context and the source that
// holds it. For a local context both are the same.
func (p *packaging) specFile() (provenance.SpecFile, error) {
	spec := p.job.Spec
	file := provenance.FileMaterial("context://"+spec.Filename, map[string]string{"sha256": spec.SHA256})
	out := provenance.SpecFile{URI: spec.URI, Digest: file.Digest, EntryPoint: spec.Filename, Material: file, Text: spec.Source, Texts: spec.Texts}
	switch {
	case len(spec.Digest) > 0:
		m, err := material(packagejob.Source{Kind: packagejob.KindGit, URI: spec.URI, Digest: spec.Digest}, "")
		if err != nil {
			return out, fmt.Errorf("name spec source: %w", err)
		}
		out.Digest = m.Digest
	case spec.URI != file.URI:
		out.Digest = nil // a source whose content is not known; the file's digest is no statement about it
	}
	return out, nil
}

func names(sources []packagejob.Source) []string {
	var out []string
	for _, s := range sources {
		out = append(out, s.Name)
	}
	return out
}

// dataMaterials lists some datasets. A dataset of the build context has the
// digest that the train step measured.
func (p *packaging) dataMaterials(named ...string) ([]provenance.Material, error) {
	data := slices.DeleteFunc(slices.Clone(p.job.Data), func(s packagejob.Source) bool { return !slices.Contains(named, s.Name) })
	for i, s := range data {
		if len(s.Digest) > 0 {
			continue
		}
		for _, d := range p.record.Datasets {
			if d.Name == s.Name {
				data[i].Digest = map[string]string{"sha256": d.SHA256}
			}
		}
	}
	return materials(data, p.job.Platform)
}

// treeMaterials are what the programs of the steps read besides the data, with the
// digests that they measured where the planner knows none.
func (p *packaging) treeMaterials(steps ...string) ([]provenance.Material, error) {
	var trees []packagejob.Source
	for _, s := range p.job.Trees {
		if !slices.Contains(steps, s.Step) {
			continue
		}
		if t, ok := p.tree(s.Step, s.Name); ok && len(s.Digest) == 0 {
			s.Digest = map[string]string{"sha256": t.SHA256}
		}
		trees = append(trees, s.Source)
	}
	return materials(trees, p.job.Platform)
}

func (p *packaging) frontendMaterials() ([]provenance.Material, error) {
	if p.job.Frontend.Ref == "" {
		return nil, nil
	}
	m, err := provenance.ImageMaterial(p.job.Frontend.Ref, p.job.Frontend.Digest, p.job.Platform)
	if err != nil {
		return nil, fmt.Errorf("name frontend image: %w", err)
	}
	return []provenance.Material{m}, nil
}

// materials turns sources into materials by kind.
func materials(sources []packagejob.Source, platform string) ([]provenance.Material, error) {
	var out []provenance.Material
	for _, s := range sources {
		m, err := material(s, platform)
		if err != nil {
			return nil, fmt.Errorf("name source %q: %w", s.Name, err)
		}
		out = append(out, m)
	}
	return out, nil
}

func material(s packagejob.Source, platform string) (provenance.Material, error) {
	switch s.Kind {
	case packagejob.KindImage:
		digest := ""
		if hex := s.Digest["sha256"]; hex != "" {
			digest = "sha256:" + hex
		}
		ref, _, _ := strings.Cut(strings.TrimPrefix(s.URI, "image://"), "#")
		return provenance.ImageMaterial(ref, digest, platform)
	case packagejob.KindBlob:
		return provenance.BlobMaterial(strings.TrimPrefix(s.URI, "image+blob://"))
	case packagejob.KindGit:
		for _, algorithm := range []string{"gitCommit", "sha1", "sha256"} {
			if commit := s.Digest[algorithm]; commit != "" {
				return provenance.GitMaterial(s.URI, commit)
			}
		}
		return provenance.FileMaterial(s.URI, nil), nil
	default:
		return provenance.FileMaterial(s.URI, s.Digest), nil
	}
}

// parameters are the planner's with the values that training resolved, which
// win: they have every default filled in.
func (p *packaging) parameters() map[string]any {
	params := maps.Clone(p.job.Parameters)
	if params == nil {
		params = make(map[string]any)
	}
	if p.record.Program != nil {
		return params // the planner's are complete
	}
	trained := p.record.Job
	settings := map[string]any{
		"engine": p.record.Engine, "task": trained.Task, "algorithm": trained.Algorithm,
		"params": trained.Params, "seed": trained.Seed,
	}
	if trained.Calibrate != "" {
		settings["calibrate"] = trained.Calibrate
	}
	if trained.Threshold != 0 {
		settings["threshold"] = trained.Threshold
	}
	if trained.Export != (job.Export{}) {
		settings["export"] = trained.Export
	}
	params["train"] = settings
	params["features"] = trained.Features
	params["split"] = trained.Split
	return params
}
