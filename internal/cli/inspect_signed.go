package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/trust"
)

// signatureSummary is a signature as it was found.
type signatureSummary struct {
	PredicateType string `json:"predicate_type"` // of what is signed, as it is announced
	// Key is the bundle's hint at the key; empty where a certificate is in it.
	Key string `json:"key,omitempty"`
}

// signaturesOf lists the signatures at a manifest.
func signaturesOf(ctx context.Context, m *oci.Manifest) ([]signatureSummary, error) {
	bundles, err := m.Target().Bundles(ctx)
	if err != nil {
		return nil, err
	}
	out := []signatureSummary{}
	for _, b := range bundles {
		hint, err := trust.Hint(b.Text)
		if err != nil {
			hint = "unreadable"
		}
		out = append(out, signatureSummary{b.PredicateType, hint})
	}
	return out, nil
}

// signed reports whether something that is attached is a signature by its type.
func (s *summary) signed() bool {
	return slices.ContainsFunc(s.Attached, func(kind string) bool {
		return strings.Contains(kind, "sigstore") || strings.Contains(kind, "cosign") || strings.Contains(kind, "notary") || strings.Contains(kind, "signature")
	})
}

// printSigned prints who attested, and whether that is more than a name.
func printSigned(w io.Writer, s *summary) {
	fmt.Fprintf(w, "builder\t%s\t%s\n", cmp.Or(s.Builder, s.BuildKit, "no id"), "by its own word")
	fmt.Fprintf(w, "signed\t%s\n", signedText(s))
}

// signedText counts what is attached. Nothing of it was checked.
func signedText(s *summary) string {
	image := 0
	for _, o := range s.Signatures {
		if o.PredicateType == trust.PredicateImage {
			image++
		}
	}
	n := len(s.Signatures)
	switch {
	case n == 0 && s.signed():
		return "a signature is attached; it was not checked"
	case n == 0:
		return "unsigned: no signature is attached"
	case image == 0:
		return fmt.Sprintf("%d signatures at this manifest, of statements alone; none was checked", n)
	}
	return fmt.Sprintf("%d signatures at this manifest, of the image and of %d statements; none was checked", n, n-image)
}
