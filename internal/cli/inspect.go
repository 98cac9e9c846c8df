package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/internal/contents"
	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/train"
)

const inspectHelp = `Tell what a model is: from which data and by which code it was made, with how many packages, how it scored, which gates
it passed, what is attested beside it, and whether another build gives the same. The digests of what was read were
checked; what the statements say is what whoever made them says, and 'modelbuild verify' tells whether it agrees.

IMAGE is a registry reference, oci-layout://DIR for an OCI layout in a folder (DIR:TAG or DIR@DIGEST where it holds
several images), or a folder that 'modelbuild build --output type=local' or 'modelbuild train' wrote.`

func newInspectCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "inspect IMAGE",
		Short:   "Tell what is in a model's image",
		Long:    inspectHelp,
		Example: "  modelbuild inspect oci-layout://out\n  modelbuild inspect registry.example/team/penguins:1.2.0 --format json",
		Args:    exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			show, err := inspectionFormat(cmd, format)
			if err != nil {
				return err
			}
			report, err := inspect(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return show(cmd.OutOrStdout(), report)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, json, or a Go template over what json prints, as in {{.digest}}")
	return cmd
}

// inspection is what inspect finds.
type inspection struct {
	Image     string               `json:"image"`
	Digest    string               `json:"digest"`
	MediaType string               `json:"media_type"`
	Platforms []platformInspection `json:"platforms"`
}

type platformInspection struct {
	Platform     string                  `json:"platform"`
	Digest       string                  `json:"digest"`
	Models       []modelFile             `json:"models"`
	Metrics      *metricsFile            `json:"metrics,omitempty"`
	Sweep        *train.Sweep            `json:"sweep,omitempty"`
	Summary      *summary                `json:"summary"`
	Config       string                  `json:"config"` // digest of the configuration
	Programs     []contents.Program      `json:"programs"`
	Attestations []attestationInspection `json:"attestations"`
}

// modelFile is a model with its digest, computed from the image's bytes.
type modelFile struct {
	Path   string `json:"path"`
	Digest string `json:"digest"`
	Size   int64  `json:"size"`
}

// metricsFile is what of /model/metrics.json is printed.
type metricsFile struct {
	Task    string             `json:"task"`
	Part    string             `json:"part"`
	Rows    int64              `json:"rows"`
	Metrics map[string]float64 `json:"metrics"`
	Gates   []gateResult       `json:"gates"`

	Importance *train.Importance `json:"importance,omitempty"`
}

type gateResult struct {
	Metric string  `json:"metric"`
	Op     string  `json:"op"`
	Value  float64 `json:"value"`
	Actual float64 `json:"actual"`
	Met    bool    `json:"met"`
}

type attestationInspection struct {
	PredicateType string `json:"predicate_type"`
	Digest        string `json:"digest"`
	Subject       string `json:"subject"` // how the statement is tied to the image
}

// How a statement is tied to an image.
const (
	subjectImage = "image" // a subject has the manifest's digest
	subjectIndex = "index" // there is no subject: only the index says what it is about
	subjectFiles = "files" // the subjects are files of the image, by their digests
	subjectOther = "other" // the subjects are something else
)

func inspect(ctx context.Context, name string) (*inspection, error) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return inspectFolder(ctx, name)
	}
	img, err := oci.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	out := &inspection{Image: name, Digest: img.Descriptor.Digest.String(), MediaType: img.Descriptor.MediaType}
	for _, m := range img.Manifests {
		p, err := inspectPlatform(ctx, m)
		if err != nil {
			return nil, fmt.Errorf("inspect %s: %w", m.Platform, err)
		}
		out.Platforms = append(out.Platforms, *p)
	}
	return out, nil
}

func inspectPlatform(ctx context.Context, m *oci.Manifest) (*platformInspection, error) {
	p := &platformInspection{
		Platform: m.Platform, Digest: m.Descriptor.Digest.String(), Config: m.Manifest.Config.Digest.String(),
		Summary: newSummary(), Models: []modelFile{}, Programs: []contents.Program{}, Attestations: []attestationInspection{},
	}
	c, err := contents.Image(ctx, m)
	if err != nil {
		return nil, err
	}
	p.Summary.labels(m.Config.Config.Labels)
	if err := p.contents(c); err != nil {
		return nil, err
	}
	for _, a := range m.Attestations {
		s, err := a.Statement(ctx)
		if err != nil {
			return nil, err
		}
		kind := subjectKind(a, s, c)
		p.Attestations = append(p.Attestations, attestationInspection{PredicateType: s.PredicateType, Digest: a.Descriptor.Digest.String(), Subject: kind})
		var unknown *provenance.UnknownTypeError
		if kind == subjectOther {
			continue // what it says is not about this image
		}
		if err := p.Summary.take(s.Raw); err != nil && !errors.As(err, &unknown) {
			return nil, fmt.Errorf("read attestation %s: %w", a.Descriptor.Digest, err)
		}
	}
	return p, p.Summary.attached(ctx, m)
}

func subjectKind(a *oci.Attestation, s *oci.Statement, c *contents.Contents) string {
	switch {
	case len(s.Subject) == 0:
		return subjectIndex
	case a.About(s):
		return subjectImage
	case c.Holds(s):
		return subjectFiles // of an image without a name the record has the model's files alone
	}
	return subjectOther
}

// contents takes what is shown of the files.
func (p *platformInspection) contents(c *contents.Contents) error {
	for _, name := range slices.Sorted(maps.Keys(c.Files)) {
		if strings.HasPrefix(name, "model.") && name != contents.Signature {
			p.Models = append(p.Models, modelFile{Path: contents.Folder + name, Digest: c.Files[name].Digest, Size: c.Files[name].Size})
		}
	}
	p.Programs = append(p.Programs, c.Programs...)
	if err := p.Summary.documents(c); err != nil {
		return err
	}
	if text, ok := c.Documents[contents.Sweep]; ok {
		s, err := train.ReadSweep(text)
		if err != nil {
			return fmt.Errorf("read %s%s: %w", contents.Folder, contents.Sweep, err)
		}
		p.Sweep = &s
	}
	text, ok := c.Documents[contents.Metrics]
	if !ok {
		return nil
	}
	p.Metrics = &metricsFile{}
	if err := json.Unmarshal(text, p.Metrics); err != nil {
		return fmt.Errorf("read %s%s: %w", contents.Folder, contents.Metrics, err)
	}
	return nil
}
