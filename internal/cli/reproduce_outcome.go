package cli

import (
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/modelbuild/modelbuild/internal/atomicfile"
	"github.com/modelbuild/modelbuild/internal/compare"
	"github.com/modelbuild/modelbuild/internal/reproduce"
	"github.com/modelbuild/modelbuild/provenance"
)

// outcome is what a reproduction has found.
type outcome struct {
	Image     string               `json:"image"`
	Digest    string               `json:"digest"`
	Result    string               `json:"result"`
	Class     string               `json:"class"`
	Inputs    []reproduce.Input    `json:"inputs"`
	Models    []modelOutcome       `json:"models"`
	Platforms []compare.Platform   `json:"platforms"`
	Tolerance []*compare.Tolerance `json:"tolerance,omitempty"` // one for each of the platforms
}

// modelOutcome is a file that the model's provenance is about: its digest by the provenance, and in both images.
type modelOutcome struct {
	Platform string `json:"platform"`
	Path     string `json:"path"`
	Recorded string `json:"recorded"`
	compare.Pair
}

func (r *reproduction) outcome(report *compare.Report) *outcome {
	o := &outcome{
		Image: r.recorded.Image.Name, Digest: r.recorded.Image.Descriptor.Digest.String(), Result: provenance.ResultDiffers,
		Class: r.recorded.Class, Inputs: r.inputs, Models: []modelOutcome{}, Platforms: report.Platforms,
	}
	switch {
	case report.Same():
		o.Result = provenance.ResultIdentical
	case report.Repacked():
		o.Result = provenance.ResultRepacked
	}
	for _, p := range report.Platforms {
		for _, s := range r.recorded.Statement.Subject {
			m := modelOutcome{Platform: p.Platform, Path: path.Clean("/" + s.Name), Recorded: "sha256:" + s.Digest["sha256"]}
			m.Pair = p.Digest(m.Path)
			o.Models = append(o.Models, m)
		}
	}
	return o
}

// writeStatement writes the statement about the outcome.
func (r *reproduction) writeStatement(o *outcome) error {
	p := provenance.Reproduction{
		Builder: provenance.ReproductionBuilder{ID: r.flags.builderID},
		Result:  o.Result, Class: o.Class, SourceDateEpoch: r.recorded.Epoch,
		Spec:   provenance.FileMaterial("context://"+r.recorded.SpecName, map[string]string{"sha256": r.recorded.SpecSHA256}),
		Inputs: []provenance.Material{},
	}
	if o.Result == provenance.ResultTolerance {
		p.Tolerance = r.flags.tolerance
	}
	for _, in := range o.Inputs {
		p.Inputs = append(p.Inputs, provenance.FileMaterial(in.URI, map[string]string{"sha256": in.Recorded}))
	}
	var err error
	if p.ReproducedOn, err = statementTime(os.LookupEnv); err != nil {
		return err
	}
	if p.Frontend, err = provenance.ImageMaterial(r.recorded.Frontend.Name, r.recorded.Frontend.Digest, ""); err != nil {
		return err
	}
	for _, c := range o.Platforms {
		p.Platforms = append(p.Platforms, reproducedPlatform(c, o.Models))
	}
	st, err := provenance.NewReproduction(o.Image, p)
	if err != nil {
		return err
	}
	text, err := st.Marshal()
	if err != nil {
		return err
	}
	return atomicfile.Write(r.flags.statement, text)
}

func reproducedPlatform(c compare.Platform, models []modelOutcome) provenance.ReproducedPlatform {
	out := provenance.ReproducedPlatform{
		Platform: c.Platform, Manifest: digests(c.Manifest), Config: digests(c.Config), Compared: c.Compared,
		Layers: []provenance.DigestPair{}, Models: []provenance.ReproducedFile{}, Differing: []provenance.ReproducedFile{},
	}
	for _, l := range c.Layers {
		out.Layers = append(out.Layers, digests(l.Digest))
	}
	for _, m := range models {
		if m.Platform == c.Platform {
			out.Models = append(out.Models, provenance.ReproducedFile{Path: m.Path, DigestPair: digests(m.Pair)})
		}
	}
	for _, f := range c.Files {
		out.Differing = append(out.Differing, provenance.ReproducedFile{Path: f.Path, DigestPair: digests(f.Digests())})
	}
	return out
}

func digests(p compare.Pair) provenance.DigestPair {
	return provenance.DigestPair{Original: digestSet(p.Original), Rebuilt: digestSet(p.Rebuilt)}
}

func digestSet(digest string) provenance.DigestSet {
	algorithm, value, ok := strings.Cut(digest, ":")
	if !ok {
		return nil
	}
	return provenance.DigestSet{algorithm: value}
}

// statementTime is SOURCE_DATE_EPOCH; nil where it is not set.
func statementTime(lookup func(string) (string, bool)) (*time.Time, error) {
	text, ok := lookup("SOURCE_DATE_EPOCH")
	if !ok || text == "" {
		return nil, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return nil, fmt.Errorf("SOURCE_DATE_EPOCH=%q is not a count of seconds since 1970", text)
	}
	t := time.Unix(n, 0).UTC()
	return &t, nil
}
