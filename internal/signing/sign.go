package signing

import (
	"context"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/trust"
	"github.com/modelbuild/modelbuild/trust/sigstore"
)

// Signature is one that an image has after it was signed.
type Signature struct {
	Platform      string `json:"platform,omitempty"`
	Digest        string `json:"digest"` // of the manifest or the index that it is attached to
	PredicateType string `json:"predicate_type"`
	// Added is false where the key had signed the same before.
	Added bool `json:"added"`
}

// Sign signs all that is signed of an image, and adds nothing that is there.
func Sign(ctx context.Context, img *oci.Image, key *trust.Key) ([]Signature, error) {
	claims, err := Claims(ctx, img)
	if err != nil {
		return nil, err
	}
	var policy sigstore.Policy
	if err := policy.Keys(key.Public()); err != nil {
		return nil, err
	}
	there := map[string][]*trust.Statement{}
	var out []Signature
	for _, c := range claims {
		for _, t := range c.Targets {
			digest := t.Descriptor.Digest.String()
			if there[digest] == nil {
				if there[digest], err = signed(ctx, t, &policy); err != nil {
					return nil, err
				}
			}
			s := Signature{c.Platform, digest, c.Statement.PredicateType, !has(there[digest], c.Statement)}
			if s.Added {
				if err := attach(ctx, t, c.Statement, key); err != nil {
					return nil, err
				}
			}
			out = append(out, s)
		}
	}
	return out, nil
}

func attach(ctx context.Context, t *oci.Target, s *trust.Statement, key *trust.Key) error {
	text, err := s.Marshal()
	if err != nil {
		return err
	}
	bundle, err := key.Sign(text)
	if err != nil {
		return err
	}
	_, err = t.AttachBundle(ctx, s.PredicateType, bundle)
	return err
}

// signed are the statements about the target that the policy's signers signed.
func signed(ctx context.Context, t *oci.Target, policy *sigstore.Policy) ([]*trust.Statement, error) {
	bundles, err := t.Bundles(ctx)
	if err != nil {
		return nil, err
	}
	out := []*trust.Statement{}
	for _, b := range bundles {
		if s, err := policy.Verify(b.Text, t.Descriptor.Digest.String()); err == nil {
			out = append(out, s.Statement)
		}
	}
	return out, nil
}

func has(all []*trust.Statement, s *trust.Statement) bool {
	for _, o := range all {
		if o.SaysTheSame(s) {
			return true
		}
	}
	return false
}
