package oci

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"
)

// Limits on what is read into memory, in bytes.
const (
	maxManifest  = 4 << 20  // an index, a manifest or a config; registries refuse larger ones
	maxStatement = 80 << 20 // an in-toto statement; BuildKit makes none larger
	// MaxFile is the largest file that ReadFiles returns.
	MaxFile = 64 << 20
)

// LimitError says that something is larger than what is read of it.
type LimitError struct {
	What  string
	Size  int64 // bytes; -1 when only known to be more than the limit
	Limit int64
}

// Error gives the sizes.
func (e *LimitError) Error() string {
	if e.Size < 0 {
		return fmt.Sprintf("%s is larger than the limit of %d bytes", e.What, e.Limit)
	}
	return fmt.Sprintf("%s has %d bytes, more than the limit of %d", e.What, e.Size, e.Limit)
}

// fetch reads a blob of limited size and checks it against its descriptor.
func fetch(ctx context.Context, s source, desc ocispecs.Descriptor, limit int64) ([]byte, error) {
	if err := desc.Digest.Validate(); err != nil {
		return nil, fmt.Errorf("read digest %q: %w", desc.Digest, err)
	}
	if desc.Size < 0 || desc.Size > limit {
		return nil, &LimitError{What: desc.Digest.String(), Size: desc.Size, Limit: limit}
	}
	rc, err := s.Fetch(ctx, desc)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", desc.Digest, err)
	}
	defer rc.Close()
	text, err := content.ReadAll(rc, desc)
	if errors.Is(err, content.ErrMismatchedDigest) || errors.Is(err, content.ErrTrailingData) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, &CorruptError{What: desc.Digest.String(), Why: err}
	}
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", desc.Digest, err)
	}
	return text, nil
}

// CorruptError says that content is not what its digest, or the digest of what it unpacks to, says.
type CorruptError struct {
	What string // the digest
	Why  error
}

// Error names the content.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s is not what its digest says: %v", e.What, e.Why)
}

// Unwrap is the reason.
func (e *CorruptError) Unwrap() error { return e.Why }

// fetchJSON reads a JSON document that the image's structure is made of.
func fetchJSON(ctx context.Context, s source, desc ocispecs.Descriptor, into any) error {
	text, err := fetch(ctx, s, desc, maxManifest)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read %s: %w", desc.Digest, err)
	}
	return nil
}
