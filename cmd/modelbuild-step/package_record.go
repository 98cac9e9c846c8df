package main

import (
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/sbom"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/metrics"
)

// toolName is the program that trains, as the SBOMs name it.
const toolName = "modelbuild-step"

// trainingRecord turns the records of train and evaluate into the predicate.
func (p *packaging) trainingRecord() (*provenance.TrainingRecord, error) {
	r := &p.record
	out := provenance.TrainingRecord{
		Model: provenance.RecordModel{
			Name: p.job.Model.Name, Version: p.job.Model.Version, File: modelDir + r.Model.File,
			Digest: provenance.DigestSet{"sha256": r.Model.SHA256}, Size: r.Model.Size,
		},
		Split: provenance.RecordSplit{
			Kind: r.Job.Split.Kind, Test: r.Job.Split.Test,
			TrainRows: r.Split.TrainRows, TestRows: r.Split.TestRows,
			TrainDigest: r.Split.TrainDigest, TestDigest: r.Split.TestDigest,
		},
		Training: provenance.Training{
			Engine: r.Engine.Name, EngineVersion: r.Engine.Version,
			Task: r.Job.Task, Algorithm: r.Job.Algorithm, Parameters: r.Job.Params, Seed: r.Job.Seed,
			Target: r.Job.Features.Target, Features: r.Features, Classes: r.Classes,
			Iterations: r.Iterations, FinalLoss: r.FinalLoss, Converged: converged(r),
		},
		Determinism: provenance.Determinism{Class: r.Determinism.Class, KnownAnswer: r.Determinism.KnownAnswer},
		Evaluation:  evaluation(&p.metrics),
		Environment: provenance.RecordEnv{Platform: p.job.Platform, Hermetic: p.job.Hermetic},
	}
	if f := r.Tensors; f != nil {
		out.Model.Tensors = &provenance.RecordFile{
			File: modelDir + f.File, Digest: provenance.DigestSet{"sha256": f.SHA256}, Size: f.Size,
		}
	}
	for _, d := range r.Datasets {
		source, _ := p.source(d.Name)
		out.Datasets = append(out.Datasets, provenance.RecordDataset{
			Name: d.Name, URI: source.URI, Digest: provenance.DigestSet{"sha256": d.SHA256}, Size: d.Size, Rows: d.Rows,
		})
	}
	if p.from != nil {
		out.From = p.from.From
	}
	out.Program = p.recordProgram()
	out.Sweep = p.recordSweep()
	out.Split.Statistics = p.statistics
	if v := p.job.VCS; v != nil {
		out.Source = &provenance.RecordSource{URI: v.Source, Revision: v.Revision, Dirty: v.Dirty, Directory: v.Directory}
	}
	frontend, err := p.frontendMaterials()
	if err != nil {
		return nil, err
	}
	if len(frontend) > 0 {
		out.Environment.Frontend = &frontend[0]
	}
	return provenance.NewTrainingRecord(out)
}

func evaluation(m *train.Metrics) *provenance.Evaluation {
	e := &provenance.Evaluation{Part: m.Part, Rows: m.Rows, Metrics: m.Metrics}
	if m.Baseline != nil {
		e.Baseline = m.Baseline.Metrics
	}
	for column, values := range m.Slices {
		if e.Slices == nil {
			e.Slices = make(map[string]map[string]provenance.SliceMetrics)
		}
		e.Slices[column] = make(map[string]provenance.SliceMetrics, len(values))
		for value, s := range values {
			e.Slices[column][value] = provenance.SliceMetrics{Rows: s.Rows, Metrics: s.Metrics}
		}
	}
	for _, g := range m.Gates {
		e.Gates = append(e.Gates, provenance.Gate(g))
	}
	return e
}

// bom describes the model, its data and this program.
func (p *packaging) bom() (*sbom.BOM, error) {
	m := p.job.Model
	b := &sbom.BOM{
		Model: sbom.Model{
			Name: m.Name, Version: m.Version, Description: m.Description, License: m.License,
			File: modelDir + p.record.Model.File, SHA256: p.record.Model.SHA256,
			Task: p.record.Job.Task, Approach: sbom.ApproachOf(p.record.Job.Task), Algorithm: p.record.Job.Algorithm,
			Metrics: sbomMetrics(&p.metrics), Properties: make(map[string]string),
		},
		Tool:  sbom.Tool{Name: toolName},
		Epoch: p.job.Epoch,
	}
	for key, value := range m.Labels {
		b.Model.Properties["label:"+key] = value
	}
	if in := p.metrics.Intervals; in != nil {
		b.Model.Properties["metrics:confidence-level"] = strconv.FormatFloat(in.Level, 'g', -1, 64)
	}
	if c := m.Considerations; c != nil {
		b.Model.Users, b.Model.UseCases, b.Model.Limitations = c.Users, c.UseCases, c.Limitations
		b.Model.Tradeoffs, b.Model.Ethical = c.Tradeoffs, c.Ethical
	}
	for _, d := range p.record.Datasets {
		s, _ := p.source(d.Name)
		set := sbom.Dataset{
			Name: d.Name, URI: s.URI, SHA256: d.SHA256, License: s.License, Description: s.Description,
			Classification: s.Classification, Size: d.Size, Rows: d.Rows,
			HeldOut: p.record.Program == nil && d.Name == job.DatasetTest,
		}
		if g := s.Governance; g != nil {
			set.Owners, set.Custodians, set.Stewards = g.Owners, g.Custodians, g.Stewards
		}
		b.Datasets = append(b.Datasets, set)
	}
	b.Ancestors = p.ancestors()
	if f := p.record.Tensors; f != nil {
		b.Files = append(b.Files, sbom.File{Path: "/" + modelDir + f.File, URI: "step:train/" + f.File, SHA256: f.SHA256, Size: f.Size})
	}
	for _, f := range p.files {
		b.Files = append(b.Files, sbom.File{Path: f.path, URI: f.source.URI, SHA256: f.sha256, Size: f.size, Modules: p.modulesOf(f)})
	}
	frontend, err := p.frontendMaterials()
	if err != nil {
		return nil, err
	}
	if len(frontend) > 0 {
		b.Tool.Image, b.Tool.ImageSHA256 = frontend[0].URI, frontend[0].Digest["sha256"]
	}
	if b.Base, err = p.bomBase(); err != nil {
		return nil, err
	}
	addModules(b, p.modules)
	b.CycloneDXVersion = p.job.CycloneDXVersion
	return b, nil
}

func sbomMetrics(m *train.Metrics) []sbom.Metric {
	var out []sbom.Metric
	add := func(slice string, values map[string]float64, intervals map[string]metrics.Interval) {
		for name, value := range values {
			metric := sbom.Metric{Name: name, Slice: slice, Value: value}
			if i, ok := intervals[name]; ok {
				metric.Interval = &sbom.Interval{Low: i.Low, High: i.High}
			}
			out = append(out, metric)
		}
	}
	if m.Intervals != nil {
		add("", m.Metrics, m.Intervals.Metrics)
	} else {
		add("", m.Metrics, nil)
	}
	for column, values := range m.Slices {
		for value, s := range values {
			add(column+"="+value, s.Metrics, s.Intervals)
		}
	}
	return out
}

// addModules lists what the running binary was built from; info is nil for a
// binary without module information.
func addModules(b *sbom.BOM, info *debug.BuildInfo) {
	if info == nil {
		return
	}
	b.Tool.Version = info.Main.Version
	b.Modules = modules(info)
}

// modules are what a program is made of besides its own module.
func modules(info *debug.BuildInfo) []sbom.Module {
	out := []sbom.Module{{Path: "stdlib", Version: strings.TrimPrefix(info.GoVersion, "go")}}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		out = append(out, sbom.Module{Path: m.Path, Version: m.Version, Sum: m.Sum})
	}
	return out
}

// converged is nothing where a program trained the model: it does not say.
func converged(r *train.Record) *bool {
	if r.Program != nil {
		return nil
	}
	return &r.Converged
}
