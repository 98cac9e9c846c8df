package provenance

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/in-toto/in-toto-golang/in_toto"
)

// PredicateOMS is the type of [OMS], the manifest of a signature by OpenSSF's model signing v1.0.
const PredicateOMS = "https://model_signing/signature/v1.0"

// OMS is what model signing v1.0 says of a model's folder: its files by digest. The format is closed, and the one subject is the
// model by the sha256 of the digests of its files, one after the other in the order of their names.
type OMS struct {
	Serialization OMSSerialization `json:"serialization"`
	Resources     []OMSResource    `json:"resources"`
}

// OMSSerialization says how the folder was read.
type OMSSerialization struct {
	// Method is files: each is hashed as a whole.
	Method        string   `json:"method"`
	HashType      string   `json:"hash_type"`
	AllowSymlinks bool     `json:"allow_symlinks"`
	IgnorePaths   []string `json:"ignore_paths,omitempty"`
}

// OMSResource is a file: its name relative to the folder, and its sha256 in hex.
type OMSResource struct {
	Name      string `json:"name"`
	Algorithm string `json:"algorithm"`
	Digest    string `json:"digest"`
}

// OMSStatement is the unsigned statement, ready for a signature.
type OMSStatement struct {
	in_toto.StatementHeader
	Predicate OMS `json:"predicate"`
}

// NewOMS returns the statement about a folder of that name with files by their sha256 in hex. The paths of ignore are those that a
// verifier leaves out, such as the signature's own.
func NewOMS(name string, files map[string]string, ignore ...string) (*OMSStatement, error) {
	o := OMS{Serialization: OMSSerialization{Method: "files", HashType: "sha256", IgnorePaths: slices.Sorted(slices.Values(ignore))}, Resources: []OMSResource{}}
	for file, digest := range files {
		o.Resources = append(o.Resources, OMSResource{Name: file, Algorithm: "sha256", Digest: digest})
	}
	slices.SortFunc(o.Resources, func(a, b OMSResource) int { // folder by folder, as the reference implementation orders paths
		return slices.Compare(strings.Split(a.Name, "/"), strings.Split(b.Name, "/"))
	})
	root, err := o.root()
	if err != nil {
		return nil, fmt.Errorf("build statement: %w", err)
	}
	subjects := []Subject{{Name: name, Digest: DigestSet{"sha256": root}}}
	if err := validateSubjects(subjects); err != nil {
		return nil, fmt.Errorf("build statement: %w", err)
	}
	return &OMSStatement{
		StatementHeader: in_toto.StatementHeader{Type: StatementType, PredicateType: PredicateOMS, Subject: subjects}, //nolint:staticcheck // the form BuildKit writes too
		Predicate:       o,
	}, nil
}

// Marshal returns the canonical JSON of the statement, as [Statement.Marshal] does.
func (s *OMSStatement) Marshal() ([]byte, error) { return canonical(s) }

// OMS decodes a manifest of model signing, and checks it against the one subject of the statement. Other methods than whole files and
// other hashes than sha256, which the format has, are refused.
func (r *Raw) OMS() (*OMS, error) {
	if r.PredicateType != PredicateOMS {
		return nil, &MismatchError{Want: PredicateOMS, Got: r.PredicateType}
	}
	dec := json.NewDecoder(bytes.NewReader(r.Predicate))
	dec.DisallowUnknownFields()
	var o OMS
	if err := dec.Decode(&o); err != nil {
		return nil, fmt.Errorf("parse OMS manifest: %w", err)
	}
	root, err := o.root()
	switch {
	case err != nil:
		return nil, fmt.Errorf("parse OMS manifest: %w", err)
	case len(r.Subject) != 1:
		return nil, fmt.Errorf("parse OMS manifest: it has %d subjects, and has to have one", len(r.Subject))
	case r.Subject[0].Digest["sha256"] != root:
		return nil, fmt.Errorf("parse OMS manifest: its subject is %s, but its files give %s", r.Subject[0].Digest["sha256"], root)
	}
	return &o, nil
}

// root is the digest of the model; the manifest is checked on the way.
func (o *OMS) root() (string, error) {
	if s := o.Serialization; s.Method != "files" || s.HashType != "sha256" {
		return "", fmt.Errorf("serialization by %q and %q is not supported, only by files and sha256", s.Method, s.HashType)
	}
	if len(o.Resources) == 0 {
		return "", errors.New("there is no file")
	}
	h := sha256.New()
	seen := make(map[string]bool, len(o.Resources))
	for _, r := range o.Resources {
		switch {
		case !fs.ValidPath(r.Name) || r.Name == ".":
			return "", fmt.Errorf("%q is no path of a file below the model's folder", r.Name)
		case seen[r.Name]:
			return "", fmt.Errorf("file %q occurs twice", r.Name)
		case r.Algorithm != "sha256":
			return "", fmt.Errorf("file %q has a digest of the kind %q", r.Name, r.Algorithm)
		}
		if err := validateDigests(DigestSet{"sha256": r.Digest}); err != nil {
			return "", fmt.Errorf("file %q: %w", r.Name, err)
		}
		seen[r.Name] = true
		raw, err := hex.DecodeString(r.Digest)
		if err != nil {
			return "", fmt.Errorf("file %q: %w", r.Name, err)
		}
		h.Write(raw)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
