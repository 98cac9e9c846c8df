package verify

import (
	"context"
	"errors"
	"fmt"

	"github.com/modelbuild/modelbuild/internal/contents"
	"github.com/modelbuild/modelbuild/internal/gobinary"
	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/trust/sigstore"
)

// Result is the outcome of a check.
type Result string

// Results.
const (
	OK     Result = "ok"
	Failed Result = "failed"
	// Absent is where there is nothing that could be checked.
	Absent Result = "absent"
)

// Check is one thing that was checked.
type Check struct {
	Platform string `json:"platform,omitempty"`
	What     string `json:"what"`
	Result   Result `json:"result"`
	Detail   string `json:"detail"`
}

// NotChecked is what no check here is about.
const NotChecked = "who made the image and its statements: no signature was checked"

// Report is what was found.
type Report struct {
	Image      string  `json:"image"`
	Digest     string  `json:"digest,omitempty"`
	Checks     []Check `json:"checks"`
	NotChecked string  `json:"not_checked"`
}

// Failures is how many checks failed.
func (r *Report) Failures() int {
	n := 0
	for _, c := range r.Checks {
		if c.Result == Failed {
			n++
		}
	}
	return n
}

// Sums is a go.sum, of the program at a path, or of all where that is empty.
type Sums struct {
	Path, File string
	Sums       gobinary.Sums
}

// Options are what is checked beside the image itself.
type Options struct {
	Sums []Sums
	// Policy says whose signatures count; nobody's are checked where it is nil or empty.
	Policy *sigstore.Policy
}

// Image checks an image. The error is that it could not be read; what is wrong with it is in the report.
func Image(ctx context.Context, name string, o Options) (*Report, error) {
	if o.Policy == nil {
		o.Policy = &sigstore.Policy{}
	}
	r := &Report{Image: name, NotChecked: NotChecked}
	img, err := oci.Open(ctx, name)
	if r.corrupt("", "structure", err) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	r.Digest = img.Descriptor.Digest.String()
	r.add("", "structure", OK, fmt.Sprintf("index, manifests and configurations have their digests, from %s down", r.Digest))
	if !o.Policy.Empty() {
		r.NotChecked = NotCheckedSigned
		if err := r.signatures(ctx, img, o.Policy); err != nil {
			return nil, fmt.Errorf("verify signatures: %w", err)
		}
	}
	for _, m := range img.Manifests {
		p := &platform{Report: r, m: m, sums: o.Sums, policy: o.Policy}
		if err := p.check(ctx); err != nil {
			return nil, fmt.Errorf("verify %s: %w", m.Platform, err)
		}
	}
	r.unusedSums(o.Sums)
	return r, nil
}

// corrupt notes content that is not what its digest says.
func (r *Report) corrupt(platform, what string, err error) bool {
	var corrupt *oci.CorruptError
	if !errors.As(err, &corrupt) {
		return false
	}
	r.add(platform, what, Failed, err.Error())
	return true
}

func (r *Report) add(platform, what string, result Result, detail string) {
	r.Checks = append(r.Checks, Check{platform, what, result, detail})
}

// platform is the check of the image of one platform.
type platform struct {
	*Report
	m      *oci.Manifest
	sums   []Sums
	policy *sigstore.Policy

	contents  *contents.Contents
	statement *provenance.Statement      // in the image
	record    *provenance.TrainingRecord // beside it
	buildkit  []provenance.Material
	attested  bool // by BuildKit's provenance
}

func (p *platform) ok(what, format string, args ...any) {
	p.add(p.m.Platform, what, OK, fmt.Sprintf(format, args...))
}

func (p *platform) fail(what, format string, args ...any) {
	p.add(p.m.Platform, what, Failed, fmt.Sprintf(format, args...))
}

func (p *platform) absent(what, format string, args ...any) {
	p.add(p.m.Platform, what, Absent, fmt.Sprintf(format, args...))
}

// check goes from the bytes to what is said of them.
func (p *platform) check(ctx context.Context) error {
	if err := p.layers(ctx); err != nil {
		return err
	}
	if err := p.attestations(ctx); err != nil {
		return err
	}
	if p.contents == nil {
		return nil // nothing that was read can be trusted
	}
	p.model()
	p.modelSignature()
	p.measured()
	p.sweep()
	p.lineage()
	p.materials()
	p.imageBase()
	p.programs()
	return nil
}

// layers reads the layers: digests as they are stored and of their archives.
func (p *platform) layers(ctx context.Context) error {
	const what = "layers"
	layers, ids := p.m.Manifest.Layers, p.m.Config.RootFS.DiffIDs
	if d := p.m.Descriptor.Platform; d != nil && (d.OS != p.m.Config.OS || d.Architecture != p.m.Config.Architecture) {
		p.fail("platform", "the index says %s/%s, the configuration %s", d.OS, d.Architecture, p.m.Platform)
	}
	if len(layers) != len(ids) {
		p.fail(what, "the manifest has %d, the configuration %d diff_ids", len(layers), len(ids))
		return nil
	}
	c, err := contents.Image(ctx, p.m)
	if p.corrupt(p.m.Platform, what, err) {
		return nil
	}
	if err != nil {
		return err
	}
	p.contents = c
	p.ok(what, "%d of manifest %s have their digests; their archives have the diff_ids of config %s", len(layers), p.m.Descriptor.Digest, p.m.Manifest.Config.Digest)
	return nil
}
