package verify

import (
	"context"
	"errors"
	"fmt"

	"github.com/modelbuild/modelbuild/internal/contents"
	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/signing"
	"github.com/modelbuild/modelbuild/trust"
	"github.com/modelbuild/modelbuild/trust/sigstore"
)

// NotCheckedSigned is what no check is about where signatures were checked.
const NotCheckedSigned = "that what was signed is true: a signature says who signed, not that it is so"

// signatures are the checks of an image's signatures.
type signatures struct {
	*Report
	policy *sigstore.Policy
	claims []signing.Claim
	image  *oci.Image
}

// signatures checks what is attached to the image and to what it consists of. The image is signed where its own digest, of the
// index where there is one, is: everything else follows from that digest.
func (r *Report) signatures(ctx context.Context, img *oci.Image, policy *sigstore.Policy) error {
	claims, err := signing.Claims(ctx, img)
	var read *oci.StatementError
	if r.corrupt("", "signatures", err) {
		return nil
	}
	if errors.As(err, &read) || errors.Is(err, trust.ErrStatement) {
		r.add("", "signatures", Failed, err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	s := &signatures{r, policy, claims, img}
	for i, t := range img.Targets() {
		if err := s.target(ctx, t, i == 0); err != nil {
			return err
		}
	}
	return nil
}

// target checks the bundles at one manifest or index.
func (s *signatures) target(ctx context.Context, t *oci.Target, root bool) error {
	digest := t.Descriptor.Digest.String()
	platform, name := s.name(digest)
	bundles, err := t.Bundles(ctx)
	if s.corrupt(platform, "signature", err) {
		return nil
	}
	if err != nil {
		return err
	}
	var statements []*sigstore.Signed
	var ignored []error
	whole := false
	for _, b := range bundles {
		signed, err := s.policy.Verify(b.Text, digest)
		switch {
		case errors.Is(err, sigstore.ErrStranger), errors.Is(err, sigstore.ErrMalformed):
			ignored = append(ignored, err)
		case err != nil:
			s.add(platform, "signature", Failed, fmt.Sprintf("%s at %s: %v", b.Digest, name, err))
		case signed.Statement.PredicateType == trust.PredicateImage:
			whole = true
			s.add(platform, "signature", OK, fmt.Sprintf("of %s by %s", name, signed.By))
		default:
			statements = append(statements, signed)
		}
	}
	if n := len(ignored); n > 0 {
		s.add(platform, "signature", Absent, fmt.Sprintf("%d at %s do not count: %v", n, name, ignored[0]))
	}
	if root && !whole {
		s.add(platform, "signature", Failed, fmt.Sprintf("none of %s by whom you trust", name))
	}
	s.statements(platform, digest, statements)
	return nil
}

// name says what a digest is of.
func (s *signatures) name(digest string) (platform, name string) {
	for _, m := range s.image.Manifests {
		if m.Descriptor.Digest.String() == digest {
			return m.Platform, "manifest " + digest
		}
	}
	if s.image.Descriptor.Digest.String() == digest {
		return "", "index " + digest
	}
	return "", "attestation manifest " + digest
}

// statements compares what was signed with what the image has.
func (s *signatures) statements(platform, digest string, signed []*sigstore.Signed) {
	used := make([]bool, len(signed))
	unsigned := map[string]bool{}
	for _, c := range s.claims {
		kind := c.Statement.PredicateType
		if kind == trust.PredicateImage || !c.At(digest) {
			continue
		}
		found := false
		for i, o := range signed {
			if o.Statement.SaysTheSame(c.Statement) {
				found, used[i] = true, true
				s.add(platform, "signature", OK, fmt.Sprintf("of statement %s by %s", kind, o.By))
			}
		}
		unsigned[kind] = unsigned[kind] || !found
	}
	for i, o := range signed {
		kind := o.Statement.PredicateType
		switch {
		case used[i]:
		case unsigned[kind]:
			s.add(platform, "signature", Failed, fmt.Sprintf("what %s signed as statement %s is not what the image has", o.By, kind))
		default:
			s.add(platform, "signature", OK, fmt.Sprintf("of statement %s, which is nowhere else, by %s", kind, o.By))
		}
	}
}

// modelSignature checks the signature that the image itself has of the model's provenance.
func (p *platform) modelSignature() {
	const what = "model signature"
	text, ok := p.contents.Documents[contents.Signature]
	if !ok || p.statement == nil {
		return
	}
	payload, err := trust.Payload(text)
	if err != nil {
		p.fail(what, "%s%s: %v", contents.Folder, contents.Signature, err)
		return
	}
	if string(payload) != string(p.contents.Documents[contents.Statement]) {
		p.fail(what, "%s%s is not of %s", contents.Folder, contents.Signature, contents.Statement)
		return
	}
	if p.policy.Empty() {
		p.absent(what, "%s%s is of %s; by whom was not checked", contents.Folder, contents.Signature, contents.Statement)
		return
	}
	signed, err := p.policy.Verify(text, "sha256:"+p.statement.Subject[0].Digest["sha256"])
	switch {
	case errors.Is(err, sigstore.ErrStranger):
		p.absent(what, "%s%s does not count: %v", contents.Folder, contents.Signature, err)
	case err != nil:
		p.fail(what, "%s%s: %v", contents.Folder, contents.Signature, err)
	default:
		p.ok(what, "of %s%s by %s", contents.Folder, contents.Statement, signed.By)
	}
}
