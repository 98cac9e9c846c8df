package provenance

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/internal/redact"
)

// LineageVersion is the version of the lineage that is written.
const LineageVersion = 1

// MaxLineage bounds the models before one.
const MaxLineage = 64

// LineageFile is the lineage in the folder of a model that was trained from another one, and
// StatementFile its provenance.
const (
	LineageFile   = "lineage.json"
	StatementFile = "provenance.intoto.json"
)

// Lineage says from which models one was trained.
type Lineage struct {
	Version int `json:"version"` // [LineageVersion]
	// From are the models before it, the one that it was trained from first.
	From []RecordBase `json:"from"`
}

// RecordBase is a model that another one was trained from.
type RecordBase struct {
	// URI is where it came from: image://REF@DIGEST, oci-layout://NAME or target://NAME.
	URI string `json:"uri"`
	// Image is the digest of its image, where that is known: not of another target, whose
	// image is made after the model, nor of a layout that is named without one.
	Image DigestSet `json:"image,omitempty"`
	// Files are those that its provenance is about; where it has none, all of its folder.
	Files []RecordFile `json:"files"`
	// Provenance is what its own statement says. It is left out where there is none:
	// nothing says then how the model was made.
	Provenance *BaseProvenance `json:"provenance,omitempty"`
}

// BaseProvenance is the statement of a base model in short.
type BaseProvenance struct {
	// Digest is that of the file that has the statement.
	Digest DigestSet `json:"digest"`
	// Builder is who built it, by its own word.
	Builder      string `json:"builder,omitempty"`
	Hermetic     bool   `json:"hermetic"`
	Reproducible bool   `json:"reproducible"`
	Materials    int    `json:"materials"`
}

// BaseDocuments are what a base model's folder says of it. Either is nil where it is not
// there.
type BaseDocuments struct{ Statement, Lineage []byte }

// BaseError is a base model that is not what its own documents say.
type BaseError struct{ msg string }

// Error says what does not agree.
func (e *BaseError) Error() string { return e.msg }

func baseErrorf(format string, args ...any) error { return &BaseError{fmt.Sprintf(format, args...)} }

// NewLineage is that of a model whose base has these files, by their paths in the folder of
// the model, and these documents, which have to agree with each other: what the statement
// is about is there with its digests, and the model that the base was trained from itself
// is among its materials. Errors of what was found are of type [BaseError].
func NewLineage(base RecordBase, docs BaseDocuments) (*Lineage, error) {
	out := &Lineage{Version: LineageVersion}
	before, err := describeBase(&base, docs)
	if err != nil {
		return nil, err
	}
	out.From = append([]RecordBase{base}, before...)
	for i := range out.From {
		out.From[i].URI = redact.URI(out.From[i].URI)
	}
	if len(out.From) > MaxLineage {
		return nil, baseErrorf("it has more than %d models before it", MaxLineage-1)
	}
	return out, out.validate()
}

// describeBase adds what the documents say, and gives the models before the base.
func describeBase(base *RecordBase, docs BaseDocuments) ([]RecordBase, error) {
	if docs.Statement == nil {
		if docs.Lineage != nil {
			return nil, baseErrorf("it has a %s, but no %s that vouches for it", LineageFile, StatementFile)
		}
		return nil, nil
	}
	s, err := ParseStatement(docs.Statement)
	if err != nil {
		return nil, baseErrorf("%s: %s", StatementFile, err)
	}
	if base.Files, err = subjectFiles(base.Files, s); err != nil {
		return nil, err
	}
	p := s.Predicate
	base.Provenance = &BaseProvenance{Digest: DigestSet{"sha256": hexSum(docs.Statement)}, Builder: p.Builder.ID, Materials: len(p.Materials)}
	if md := p.Metadata; md != nil {
		base.Provenance.Hermetic, base.Provenance.Reproducible = md.Hermetic, md.Reproducible
	}
	if docs.Lineage == nil {
		return nil, nil
	}
	l, err := ParseLineage(docs.Lineage)
	if err != nil {
		return nil, baseErrorf("%s: %s", LineageFile, err)
	}
	for _, f := range l.From[0].Files {
		if !slices.ContainsFunc(p.Materials, func(m Material) bool { return m.Digest["sha256"] == f.Digest["sha256"] }) {
			return nil, baseErrorf("%s says that it was trained from %s, sha256:%s, which is not among the materials of %s", LineageFile, f.File, f.Digest["sha256"], StatementFile)
		}
	}
	return l.From, nil
}

func hexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// subjectFiles are the files that a statement is about. Each has to be there, as it says.
func subjectFiles(files []RecordFile, s *Statement) ([]RecordFile, error) {
	var out []RecordFile
	for _, subject := range s.Subject {
		i := slices.IndexFunc(files, func(f RecordFile) bool { return path.Clean("/"+f.File) == path.Clean("/"+subject.Name) })
		if i < 0 {
			return nil, baseErrorf("%s is about %s, which is not there", StatementFile, subject.Name)
		}
		if got, want := files[i].Digest["sha256"], subject.Digest["sha256"]; got != want {
			return nil, baseErrorf("%s has sha256:%s, but %s says sha256:%s", subject.Name, got, StatementFile, want)
		}
		out = append(out, files[i])
	}
	if len(out) == 0 {
		return nil, baseErrorf("%s is about nothing", StatementFile)
	}
	return out, nil
}

// Marshal returns the canonical JSON of the lineage.
func (l *Lineage) Marshal() ([]byte, error) { return canonical(l) }

// ParseLineage reads a lineage as strictly as [ParseTrainingRecord].
func ParseLineage(data []byte) (*Lineage, error) {
	if err := checkStrict(data); err != nil {
		return nil, fmt.Errorf("parse lineage: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var l Lineage
	if err := dec.Decode(&l); err != nil {
		return nil, fmt.Errorf("parse lineage: %w", err)
	}
	if err := l.validate(); err != nil {
		return nil, fmt.Errorf("parse lineage: %w", err)
	}
	return &l, nil
}

func (l *Lineage) validate() error {
	switch {
	case l.Version != LineageVersion:
		return fmt.Errorf("version %d is not supported, want %d", l.Version, LineageVersion)
	case len(l.From) == 0 || len(l.From) > MaxLineage:
		return fmt.Errorf("%d models are not between 1 and %d", len(l.From), MaxLineage)
	}
	for _, b := range l.From {
		if err := b.validate(); err != nil {
			return fmt.Errorf("model %q: %w", b.URI, err)
		}
	}
	return nil
}

func (b RecordBase) validate() error {
	switch {
	case !strings.Contains(b.URI, "://"):
		return errors.New("it has no address")
	case len(b.Files) == 0:
		return errors.New("it has no files")
	case b.Provenance != nil && b.Provenance.Digest["sha256"] == "":
		return errors.New("its provenance has no sha256")
	}
	sets := []DigestSet{b.Image}
	if b.Provenance != nil {
		sets = append(sets, b.Provenance.Digest)
	}
	for _, f := range b.Files {
		if f.File == "" || f.Digest["sha256"] == "" {
			return fmt.Errorf("file %q has no name or sha256", f.File)
		}
		sets = append(sets, f.Digest)
	}
	for _, d := range sets {
		if d == nil {
			continue
		}
		if err := validateDigests(d); err != nil {
			return err
		}
	}
	return nil
}
