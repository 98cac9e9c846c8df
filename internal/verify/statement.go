package verify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/internal/contents"
	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/provenance/openvex"
	"github.com/modelbuild/modelbuild/train/job"
)

// attestations reads the statements beside the image: each by its digest, about this manifest.
func (p *platform) attestations(ctx context.Context) error {
	for _, a := range p.m.Attestations {
		if err := p.attestation(ctx, a); err != nil {
			return err
		}
	}
	if len(p.m.Attestations) == 0 {
		p.absent("attestations", "nothing is attested beside the image")
	}
	return nil
}

func (p *platform) attestation(ctx context.Context, a *oci.Attestation) error {
	what := "statement " + a.Type()
	s, err := a.Statement(ctx)
	var read *oci.StatementError
	if p.corrupt(p.m.Platform, what, err) {
		return nil
	}
	if errors.As(err, &read) {
		p.fail(what, "%v", err)
		return nil
	}
	if err != nil {
		return err
	}
	raw, err := provenance.ParseUnbound(s.Raw)
	var unknown *provenance.UnknownTypeError
	if err != nil && (!errors.As(err, &unknown) || unknown.Field != "predicateType") {
		p.fail(what, "%s: %v", a.Descriptor.Digest, err)
		return nil
	}
	switch {
	case len(s.Subject) == 0:
		p.ok(what, "has its digest; it has no subject, so only the index ties it to this manifest")
	case p.contents != nil && p.contents.Holds(s):
		p.ok(what, "has its digest, and is about %d file(s) of this image", len(s.Subject))
	case !a.About(s):
		p.fail(what, "it is not about manifest %s", p.m.Descriptor.Digest)
		return nil
	default:
		p.ok(what, "has its digest, and is about this manifest")
	}
	if s.PredicateType == openvex.Context {
		p.vex(what, s.Raw)
	}
	if raw == nil {
		return nil // of a type that is not known here
	}
	if err := p.take(raw); err != nil {
		p.fail(what, "%v", err)
	}
	return nil
}

// take keeps what other checks need of a statement.
func (p *platform) take(raw *provenance.Raw) (err error) {
	switch raw.PredicateType {
	case provenance.PredicateTrainingRecord:
		p.record, err = raw.TrainingRecord()
	case provenance.PredicateSLSA02, provenance.PredicateSLSA1:
		var d struct {
			Materials       []provenance.Material `json:"materials"`
			BuildDefinition struct {
				Dependencies []provenance.Material `json:"resolvedDependencies"`
			} `json:"buildDefinition"`
		}
		err = json.Unmarshal(raw.Predicate, &d)
		p.buildkit, p.attested = slices.Concat(d.Materials, d.BuildDefinition.Dependencies), err == nil
	}
	return err
}

// model compares the model's files with the subjects of its provenance.
func (p *platform) model() {
	const what = "model"
	text, ok := p.contents.Documents[contents.Statement]
	if !ok {
		p.absent(what, "there is no %s%s", contents.Folder, contents.Statement)
		return
	}
	var err error
	if p.statement, err = provenance.ParseStatement(text); err != nil {
		p.fail(what, "%s%s: %v", contents.Folder, contents.Statement, err)
		return
	}
	stated := map[string]bool{}
	for _, s := range p.statement.Subject {
		stated["/"+strings.TrimPrefix(s.Name, "/")] = true
		p.file(what, s.Name, s.Digest["sha256"], "its provenance")
	}
	if file := p.m.Config.Config.Labels[llb.LabelModel]; file != "" && !stated[file] {
		p.fail(what, "the image says that its model is %s, which its provenance is not about", file)
	}
}

// file compares a file with what is said of it.
func (p *platform) file(what, name, sha256, who string) {
	f, ok := p.contents.Lookup(name)
	switch {
	case !ok:
		p.fail(what, "%s names %s, which the image does not have", who, name)
	case f.Sum() != sha256:
		p.fail(what, "/%s is %s, but %s says sha256:%s", strings.TrimPrefix(name, "/"), f.Digest, who, sha256)
	default:
		p.ok(what, "/%s is %s, as %s says", strings.TrimPrefix(name, "/"), f.Digest, who)
	}
}

// measured compares the record with the model and with the metrics in the image, and computes the gates again.
func (p *platform) measured() {
	if r := p.record; r != nil {
		p.file("record", r.Model.File, r.Model.Digest["sha256"], "the training record")
		if t := r.Model.Tensors; t != nil {
			p.file("record", t.File, t.Digest["sha256"], "the training record")
		}
	} else {
		p.absent("record", "no training record about this manifest is attested")
	}
	text, ok := p.contents.Documents[contents.Metrics]
	if !ok {
		p.absent("metrics", "there is no %s%s", contents.Folder, contents.Metrics)
		return
	}
	var m struct {
		Metrics map[string]float64 `json:"metrics"`
		Gates   []provenance.Gate  `json:"gates"`
	}
	if err := json.Unmarshal(text, &m); err != nil {
		p.fail("metrics", "%s%s: %v", contents.Folder, contents.Metrics, err)
		return
	}
	if p.record != nil && p.record.Evaluation != nil {
		p.sameMetrics(m.Metrics, p.record.Evaluation.Metrics)
		if len(p.record.Evaluation.Gates) != len(m.Gates) {
			p.fail("gates", "the record has %d, the image %d", len(p.record.Evaluation.Gates), len(m.Gates))
		}
	}
	for _, g := range m.Gates {
		p.gate(g, m.Metrics)
	}
}

func (p *platform) sameMetrics(image, record map[string]float64) {
	for name, v := range record {
		if got, ok := image[name]; !ok || got != v {
			p.fail("metrics", "the record has %s = %v, the image %v", name, v, got)
			return
		}
	}
	if len(image) != len(record) {
		p.fail("metrics", "the record has %d, the image %d", len(record), len(image))
		return
	}
	p.ok("metrics", "%d, the same in the record and in the image", len(image))
}

// gate computes whether a gate is met by the metrics.
func (p *platform) gate(g provenance.Gate, metrics map[string]float64) {
	text := fmt.Sprintf("%s %s %v", g.Metric, g.Op, g.Value)
	if v, ok := metrics[g.Metric]; ok && v != g.Actual {
		p.fail("gates", "%s was compared with %v, but the metric is %v", text, g.Actual, v)
		return
	}
	met, known := job.Gate{Op: g.Op, Value: g.Value, Tolerance: g.Tolerance}.Met(g.Actual)
	switch {
	case !known:
		p.fail("gates", "%s: no such comparison", text)
	case !met:
		p.fail("gates", "%s is not met by %v", text, g.Actual)
	case !g.Met:
		p.fail("gates", "%s is met by %v, but the image says that it is not", text, g.Actual)
	default:
		p.ok("gates", "%s is met by %v", text, g.Actual)
	}
}
