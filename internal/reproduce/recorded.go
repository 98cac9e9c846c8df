package reproduce

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	"github.com/package-url/packageurl-go"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

// StatementFile is where an image has its model's provenance.
const StatementFile = "/model/provenance.intoto.json"

const contextScheme = "context://"

// Recorded is what an image says of its build.
type Recorded struct {
	Image     *oci.Image
	Statement *provenance.Statement
	Mode      packagejob.Mode
	Format    packagejob.Format // the version of SLSA provenance that it is in
	// Class is what training promised of another build.
	Class string
	// Spec is the text of the spec: nil where the provenance does not have it.
	Spec []byte
	// SpecName is the name of its file, SpecSHA256 the digest of that.
	SpecName, SpecSHA256 string
	// Epoch is the time of the image in seconds since 1970.
	Epoch int64
	// Build is what BuildKit's provenance beside the image says; nil where there is none.
	Build *BuildKit
	// Frontend is the frontend image; [Recorded.Request] finds it.
	Frontend Frontend

	images map[string]string // digests of the images among the materials, by name
}

// NoProvenanceError says that an image does not tell what it was made from.
type NoProvenanceError struct{ Image, Missing string }

// Error says what is missing, and how to have it.
func (e *NoProvenanceError) Error() string {
	return fmt.Sprintf("%s has no %s, so nothing says what it was made from; `modelbuild build` makes images that do", e.Image, e.Missing)
}

// Read reads an image's provenance.
func Read(ctx context.Context, name string) (*Recorded, error) {
	img, err := oci.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	first := img.Manifests[0]
	files, err := first.ReadFiles(ctx, StatementFile)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	text, ok := files[StatementFile]
	if !ok {
		return nil, &NoProvenanceError{Image: name, Missing: StatementFile}
	}
	st, format, err := readStatement(text)
	if err != nil {
		return nil, fmt.Errorf("read %s in %s: %w", StatementFile, name, err)
	}
	r := &Recorded{Image: img, Statement: st, Mode: packagejob.ModeMin, Format: format, images: map[string]string{}}
	if st.Predicate.Metadata != nil && st.Predicate.Metadata.Completeness.Parameters {
		r.Mode = packagejob.ModeMax
	}
	if first.Config.Created != nil {
		r.Epoch = max(0, first.Config.Created.Unix())
	}
	if r.Build, err = readBuildKit(ctx, first); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if err := r.readSpec(); err != nil {
		return nil, fmt.Errorf("read %s in %s: %w", StatementFile, name, err)
	}
	r.Class, err = r.class(ctx, first)
	return r, err
}

// readStatement reads a statement and tells the version that it is in.
func readStatement(text []byte) (*provenance.Statement, packagejob.Format, error) {
	raw, err := provenance.Parse(text)
	if err != nil {
		return nil, "", err
	}
	st, err := raw.Statement()
	if raw.PredicateType == provenance.PredicateSLSA1 {
		return st, packagejob.FormatSLSA1, err
	}
	return st, packagejob.FormatSLSA02, err
}

// readSpec finds the spec and the images among the statement's materials.
func (r *Recorded) readSpec() error {
	p := r.Statement.Predicate
	r.SpecName = p.Invocation.ConfigSource.EntryPoint
	if r.SpecName == "" || path.Base(r.SpecName) != r.SpecName || strings.ContainsAny(r.SpecName, `/\`) || r.SpecName == ".." {
		return fmt.Errorf("the spec's name is %q, which is no file's name", r.SpecName)
	}
	for _, m := range p.Materials {
		if m.URI == contextScheme+r.SpecName {
			r.SpecSHA256 = m.Digest["sha256"]
		}
		if purl, err := packageurl.FromString(m.URI); err == nil && purl.Type == packageurl.TypeDocker && m.Digest["sha256"] != "" {
			r.images[imageName(purl)] = "sha256:" + m.Digest["sha256"]
		}
	}
	if r.SpecSHA256 == "" {
		return fmt.Errorf("it has no digest of the spec %s", r.SpecName)
	}
	if p.Metadata == nil || p.Metadata.Modelbuild == nil || p.Metadata.Modelbuild.Source == nil {
		return nil
	}
	for _, info := range p.Metadata.Modelbuild.Source.Infos {
		if info.Filename == r.SpecName && sum(info.Data) == r.SpecSHA256 {
			r.Spec = info.Data
		}
	}
	return nil
}

// class is what training promised: by the training record, the parameters, or the statement as a whole.
func (r *Recorded) class(ctx context.Context, m *oci.Manifest) (string, error) {
	for _, a := range m.Attestations {
		if a.Descriptor.Annotations["in-toto.io/predicate-type"] != provenance.PredicateTrainingRecord {
			continue
		}
		s, err := a.Statement(ctx)
		if err != nil {
			return "", err
		}
		raw, err := provenance.ParseUnbound(s.Raw)
		if err != nil {
			return "", err
		}
		record, err := raw.TrainingRecord()
		if err != nil {
			return "", err
		}
		return record.Determinism.Class, nil
	}
	declared := ""
	if train, ok := r.Statement.Predicate.Invocation.Parameters["train"].(map[string]any); ok {
		declared, _ = train["class"].(string)
	}
	return cmp.Or(declared, provenance.ClassExact), nil
}

// Platforms are those of the image, as the attribute of a build has them.
func (r *Recorded) Platforms() string {
	var out []string
	for _, m := range r.Image.Manifests {
		if !slices.Contains(out, m.Platform) {
			out = append(out, m.Platform)
		}
	}
	return strings.Join(out, ",")
}

func sum(data []byte) string { return digest.FromBytes(data).Encoded() }
