package provenance

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/package-url/packageurl-go"

	"github.com/modelbuild/modelbuild/internal/redact"
)

// hexLength is the length of the hex value of the digest algorithms in use.
var hexLength = map[string]int{"sha1": 40, "sha256": 64, "sha384": 96, "sha512": 128}

// ImageMaterial returns the material of an OCI image. The URI is the package
// URL that BuildKit's provenance uses: pkg:docker/NAME@TAG?digest=…&platform=….
// A digest, "sha256:" and hex, overrides one in ref; platform may be empty.
func ImageMaterial(ref, digest, platform string) (Material, error) {
	var qualifiers packageurl.Qualifiers
	if platform != "" {
		qualifiers = append(qualifiers, packageurl.Qualifier{Key: "platform", Value: platform})
	}
	return registryMaterial(ref, digest, qualifiers)
}

// BlobMaterial returns the material of a single blob of a registry, REF@DIGEST, named
// as BuildKit's provenance does: pkg:docker/NAME?digest=…&ref_type=blob.
func BlobMaterial(ref string) (Material, error) {
	return registryMaterial(ref, "", packageurl.Qualifiers{{Key: "ref_type", Value: "blob"}})
}

func registryMaterial(ref, digest string, qualifiers packageurl.Qualifiers) (Material, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return Material{}, fmt.Errorf("parse image reference %q: %w", ref, err)
	}
	if canonical, ok := named.(reference.Canonical); ok && digest == "" {
		digest = canonical.Digest().String()
	}
	version := ""
	if tagged, ok := named.(reference.Tagged); ok {
		version = tagged.Tag()
	} else if _, ok := named.(reference.Canonical); !ok {
		version = "latest"
	}
	var set DigestSet
	if digest != "" {
		if set, err = parseDigest(digest); err != nil {
			return Material{}, fmt.Errorf("image %q: %w", ref, err)
		}
		qualifiers = append(packageurl.Qualifiers{{Key: "digest", Value: digest}}, qualifiers...)
	}
	name := reference.FamiliarName(named)
	namespace := ""
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		namespace, name = name[:i], name[i+1:]
	}
	purl := packageurl.NewPackageURL(packageurl.TypeDocker, namespace, name, version, qualifiers, "")
	return Material{URI: purl.ToString(), Digest: set}, nil
}

// GitMaterial returns the material of a git commit. The digest algorithm is
// that of the repository: sha1, or sha256 for a commit of 64 digits.
func GitMaterial(url, commit string) (Material, error) {
	set := commitDigest(commit)
	if err := validateDigests(set); err != nil {
		return Material{}, fmt.Errorf("git %s: %w", redact.URI(url), err)
	}
	return Material{URI: redact.URI(url), Digest: set}, nil
}

func commitDigest(commit string) DigestSet {
	if len(commit) == hexLength["sha256"] {
		return DigestSet{"sha256": commit}
	}
	return DigestSet{"sha1": commit}
}

// FileMaterial returns the material of a file or download with its digests.
func FileMaterial(uri string, digests map[string]string) Material {
	return Material{URI: redact.URI(uri), Digest: maps.Clone(digests)}
}

// NormalizeMaterials redacts, sorts (by URI, then digest) and deduplicates
// materials. Two materials may share a URI when their digests differ.
func NormalizeMaterials(materials []Material) ([]Material, error) {
	out := make([]Material, 0, len(materials))
	for _, m := range materials {
		if m.URI == "" {
			return nil, errors.New("a material has no URI")
		}
		m = FileMaterial(m.URI, m.Digest)
		if err := validateDigests(m.Digest); err != nil {
			return nil, fmt.Errorf("material %s: %w", m.URI, err)
		}
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b Material) int {
		return cmp.Or(cmp.Compare(a.URI, b.URI), cmp.Compare(digestKey(a.Digest), digestKey(b.Digest)))
	})
	return slices.CompactFunc(out, func(a, b Material) bool {
		return a.URI == b.URI && maps.Equal(a.Digest, b.Digest)
	}), nil
}

// digestKey is a text that is the same for equal digest sets only.
func digestKey(set DigestSet) string {
	var sb strings.Builder
	for _, algorithm := range slices.Sorted(maps.Keys(set)) {
		fmt.Fprintf(&sb, "%s:%s,", algorithm, set[algorithm])
	}
	return sb.String()
}

// parseDigest splits "sha256:hex".
func parseDigest(digest string) (DigestSet, error) {
	algorithm, value, found := strings.Cut(digest, ":")
	if !found {
		return nil, fmt.Errorf("digest %q has no algorithm", digest)
	}
	set := DigestSet{algorithm: value}
	return set, validateDigests(set)
}

// validateDigests requires lower-case hex of the algorithm's length; of an
// unknown algorithm only that the value is not empty.
func validateDigests(set DigestSet) error {
	for _, algorithm := range slices.Sorted(maps.Keys(set)) {
		value := set[algorithm]
		n, known := hexLength[algorithm]
		switch {
		case algorithm == "" || value == "":
			return fmt.Errorf("digest %q:%q is empty", algorithm, value)
		case known && (len(value) != n || strings.Trim(value, "0123456789abcdef") != ""):
			return fmt.Errorf("%s digest %q is not %d lower-case hex digits", algorithm, value, n)
		}
	}
	return nil
}
