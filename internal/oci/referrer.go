package oci

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/opencontainers/image-spec/specs-go"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/content/oci"
	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote"

	"github.com/modelbuild/modelbuild/internal/atomicfile"
)

// MediaTypeInToto is that of a statement, and of the artifact that holds one.
const MediaTypeInToto = "application/vnd.in-toto+json"

// pusher takes content, which may be there already.
type pusher interface {
	content.Pusher
	content.Fetcher
}

// Target is a manifest or an index that artifacts can refer to, in a registry or an OCI layout.
type Target struct {
	Descriptor ocispecs.Descriptor
	Created    time.Time // the image's own time, so that attaching the same again gives the same artifact

	source source
	layout string // the folder of the OCI layout, where it is in one
}

// Target is the manifest as something to attach to.
func (m *Manifest) Target() *Target {
	created := time.Unix(0, 0).UTC()
	if m.Config.Created != nil {
		created = m.Config.Created.UTC()
	}
	return &Target{m.Descriptor, created, m.source, m.layout}
}

// Attach puts a statement beside an image in the registry or the OCI layout that the image was opened in: as an artifact that refers to
// the manifest, which a registry lists among its referrers, or under the fallback tag sha256-… where it does not know
// of them. The same statement gives the same artifact.
func (m *Manifest) Attach(ctx context.Context, predicateType string, statement []byte) (ocispecs.Descriptor, error) {
	about := map[string]string{annotationPredicateType: predicateType}
	desc, err := m.Target().attach(ctx, attachment{MediaTypeInToto, statement, about, about})
	if err != nil {
		return desc, fmt.Errorf("attach statement: %w", err)
	}
	return desc, nil
}

// attachment is an artifact to be: one blob of a media type, which is the artifact's type too.
type attachment struct {
	kind       string
	data       []byte
	layerNotes map[string]string // annotations of the blob
	notes      map[string]string // annotations of the artifact, beside its time
}

func (t *Target) attach(ctx context.Context, a attachment) (ocispecs.Descriptor, error) {
	artifact, blobs, err := t.artifact(a)
	if err != nil {
		return artifact, err
	}
	var to pusher
	switch s := t.source.(type) {
	case *remote.Repository:
		to = s
	default:
		store, err := oci.NewStorage(t.layout)
		if err != nil {
			return artifact, err
		}
		to = store
	}
	for _, b := range blobs {
		if err := to.Push(ctx, b.desc, bytes.NewReader(b.data)); err != nil && !errors.Is(err, errdef.ErrAlreadyExists) {
			return artifact, err
		}
	}
	if t.layout == "" {
		return artifact, nil
	}
	return artifact, addToLayout(t.layout, artifact)
}

type blob struct {
	desc ocispecs.Descriptor
	data []byte
}

// artifact is the manifest of an attachment, with what it is made of before it.
func (t *Target) artifact(a attachment) (ocispecs.Descriptor, []blob, error) {
	layer := content.NewDescriptorFromBytes(a.kind, a.data)
	layer.Annotations = a.layerNotes
	subject := ocispecs.Descriptor{MediaType: t.Descriptor.MediaType, Digest: t.Descriptor.Digest, Size: t.Descriptor.Size}
	about := maps.Clone(a.notes)
	about[ocispecs.AnnotationCreated] = t.Created.Format(time.RFC3339)
	text, err := json.Marshal(ocispecs.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispecs.MediaTypeImageManifest, ArtifactType: a.kind,
		Config: ocispecs.DescriptorEmptyJSON, Layers: []ocispecs.Descriptor{layer}, Subject: &subject, Annotations: about,
	})
	if err != nil {
		return ocispecs.Descriptor{}, nil, err
	}
	desc := content.NewDescriptorFromBytes(ocispecs.MediaTypeImageManifest, text)
	desc.ArtifactType, desc.Annotations = a.kind, about
	empty := ocispecs.DescriptorEmptyJSON
	empty.Data = nil
	return desc, []blob{{layer, a.data}, {empty, ocispecs.DescriptorEmptyJSON.Data}, {desc, text}}, nil
}

// addToLayout lists an artifact in the index of an OCI layout, once.
func addToLayout(dir string, artifact ocispecs.Descriptor) error {
	index, err := readLayoutIndex(dir)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(index.Manifests, func(d ocispecs.Descriptor) bool { return d.Digest == artifact.Digest }) {
		return nil
	}
	index.Manifests = append(index.Manifests, artifact)
	text, err := json.Marshal(index)
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(dir, ocispecs.ImageIndexFile), text)
}

// Attached are the statements of a predicate type, or of all for "", that were attached to the manifest, in the order of
// their digests.
func (m *Manifest) Attached(ctx context.Context, predicateType string) ([]*Statement, error) {
	found, err := m.Target().artifacts(ctx, MediaTypeInToto)
	if err != nil {
		return nil, err
	}
	var out []*Statement
	for _, artifact := range found {
		for _, layer := range artifact.Layers {
			if kind := layer.Annotations[annotationPredicateType]; layer.MediaType != MediaTypeInToto || predicateType != "" && kind != predicateType {
				continue
			}
			s, err := (&Attestation{Descriptor: layer, manifest: m}).Statement(ctx)
			if err != nil {
				return nil, err
			}
			out = append(out, s)
		}
	}
	return out, nil
}

// Referrers are the artifact types of all that was attached to the manifest, sorted: signatures among them.
func (m *Manifest) Referrers(ctx context.Context) ([]string, error) {
	found, err := m.Target().artifacts(ctx, "")
	if err != nil {
		return nil, err
	}
	out := make([]string, len(found))
	for i, artifact := range found {
		out[i] = artifact.ArtifactType
	}
	slices.Sort(out)
	return out, nil
}

// artifacts are the manifests of one type, or of all for "", that name this one as their subject, in the order of their
// digests.
func (t *Target) artifacts(ctx context.Context, kind string) ([]ocispecs.Manifest, error) {
	found, err := t.referrers(ctx, kind)
	if err != nil {
		return nil, fmt.Errorf("list what is attached to %s: %w", t.Descriptor.Digest, err)
	}
	slices.SortFunc(found, func(a, b ocispecs.Descriptor) int { return cmp.Compare(a.Digest, b.Digest) })
	var out []ocispecs.Manifest
	for _, desc := range found {
		var artifact ocispecs.Manifest
		if err := fetchJSON(ctx, t.source, desc, &artifact); err != nil {
			return nil, fmt.Errorf("read what is attached to %s: %w", t.Descriptor.Digest, err)
		}
		if artifact.Subject != nil && artifact.Subject.Digest == t.Descriptor.Digest {
			out = append(out, artifact)
		}
	}
	return out, nil
}

// referrers are what was attached as an artifact of one type; of all types for "".
func (t *Target) referrers(ctx context.Context, kind string) (out []ocispecs.Descriptor, err error) {
	repo, ok := t.source.(*remote.Repository)
	if ok {
		err = repo.Referrers(ctx, t.Descriptor, kind, func(page []ocispecs.Descriptor) error {
			if out = append(out, page...); len(out) > maxReferrers {
				return &LimitError{What: "the list of referrers", Size: int64(len(out)), Limit: maxReferrers}
			}
			return nil
		})
		return out, err
	}
	index, err := readLayoutIndex(t.layout)
	if err != nil {
		return nil, err
	}
	for _, d := range index.Manifests {
		if d.ArtifactType == kind || kind == "" && d.ArtifactType != "" {
			out = append(out, d)
		}
	}
	return out, nil
}

// maxReferrers bounds what is attached to an image.
const maxReferrers = 1000
