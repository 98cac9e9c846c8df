package compare

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/provenance"
)

// Report is the comparison of two images.
type Report struct {
	Platforms []Platform `json:"platforms"` // in the order of the original, then those that only the rebuilt one has
}

// Pair is a digest in both images; it is empty where one has nothing of the kind.
type Pair struct {
	Original string `json:"original,omitempty"`
	Rebuilt  string `json:"rebuilt,omitempty"`
}

// Equal reports whether both are there and the same.
func (p Pair) Equal() bool { return p.Original != "" && p.Original == p.Rebuilt }

// Platform is the comparison of the images of one platform.
type Platform struct {
	Platform string `json:"platform"`
	Manifest Pair   `json:"manifest"`
	Config   Pair   `json:"config"`
	// Settings are the values of the configuration that differ.
	Settings []provenance.Difference `json:"settings"`
	Layers   []Layer                 `json:"layers"`
	// Compared is how many files, folders and links were compared.
	Compared int `json:"compared"`
	// Files are the entries that differ, by path.
	Files []File `json:"files"`

	original, rebuilt *oci.Manifest
	left, right       map[string]*Entry
}

// Layer is one layer of both: its digest as it is stored, and that of its archive before it was packed.
type Layer struct {
	Digest Pair `json:"digest"`
	DiffID Pair `json:"diff_id"`
}

// Same reports whether the two images have the same manifests.
func (r *Report) Same() bool {
	return !slices.ContainsFunc(r.Platforms, func(p Platform) bool { return !p.Manifest.Equal() })
}

// Repacked reports whether two images differ in nothing but how their layers are packed.
func (r *Report) Repacked() bool {
	return !slices.ContainsFunc(r.Platforms, func(p Platform) bool {
		return !p.Config.Equal() || len(p.Files) > 0 || slices.ContainsFunc(p.Layers, func(l Layer) bool { return !l.DiffID.Equal() })
	})
}

// Images compares two images.
func Images(ctx context.Context, original, rebuilt *oci.Image) (*Report, error) {
	r := &Report{}
	for _, m := range original.Manifests {
		p, err := platforms(ctx, m, find(rebuilt, m.Platform))
		if err != nil {
			return nil, fmt.Errorf("compare %s: %w", m.Platform, err)
		}
		r.Platforms = append(r.Platforms, *p)
	}
	for _, m := range rebuilt.Manifests {
		if find(original, m.Platform) == nil {
			r.Platforms = append(r.Platforms, Platform{Platform: m.Platform, Manifest: Pair{Rebuilt: m.Descriptor.Digest.String()}})
		}
	}
	return r, nil
}

func find(img *oci.Image, platform string) *oci.Manifest {
	i := slices.IndexFunc(img.Manifests, func(m *oci.Manifest) bool { return m.Platform == platform })
	if i < 0 {
		return nil
	}
	return img.Manifests[i]
}

func platforms(ctx context.Context, a, b *oci.Manifest) (*Platform, error) {
	p := &Platform{Platform: a.Platform, Manifest: Pair{Original: a.Descriptor.Digest.String()}, original: a, rebuilt: b}
	if b == nil {
		return p, nil
	}
	p.Manifest.Rebuilt = b.Descriptor.Digest.String()
	p.Config = Pair{a.Manifest.Config.Digest.String(), b.Manifest.Config.Digest.String()}
	p.Layers = layers(a, b)
	var err error
	if p.Settings, err = settings(a, b); err != nil {
		return nil, err
	}
	return p, p.entries(ctx)
}

func layers(a, b *oci.Manifest) []Layer {
	out := make([]Layer, max(len(a.Manifest.Layers), len(b.Manifest.Layers)))
	for i := range out {
		out[i] = Layer{
			Digest: Pair{layerDigest(a, i), layerDigest(b, i)},
			DiffID: Pair{diffID(a, i), diffID(b, i)},
		}
	}
	return out
}

func layerDigest(m *oci.Manifest, i int) string {
	if i >= len(m.Manifest.Layers) {
		return ""
	}
	return m.Manifest.Layers[i].Digest.String()
}

func diffID(m *oci.Manifest, i int) string {
	if i >= len(m.Config.RootFS.DiffIDs) {
		return ""
	}
	return m.Config.RootFS.DiffIDs[i].String()
}

// settings compares the configurations, apart from the digests of the layers.
func settings(a, b *oci.Manifest) ([]provenance.Difference, error) {
	left, err := plainConfig(a)
	if err != nil {
		return nil, err
	}
	right, err := plainConfig(b)
	if err != nil {
		return nil, err
	}
	return provenance.CompareJSON(left, right)
}

func plainConfig(m *oci.Manifest) ([]byte, error) {
	config := m.Config
	config.RootFS.DiffIDs = nil
	text, err := json.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("encode image config: %w", err)
	}
	return text, nil
}

// entries compares the root filesystems.
func (p *Platform) entries(ctx context.Context) error {
	left, err := list(ctx, p.original)
	if err != nil {
		return fmt.Errorf("read the original: %w", err)
	}
	p.left, p.right, p.Compared = left, left, len(left)
	if p.Manifest.Equal() {
		return nil
	}
	right, err := list(ctx, p.rebuilt)
	if err != nil {
		return fmt.Errorf("read the rebuilt image: %w", err)
	}
	p.right = right
	all := maps.Clone(left)
	maps.Copy(all, right)
	p.Compared = len(all)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if f, differs := difference(name, left[name], right[name]); differs {
			p.Files = append(p.Files, f)
		}
	}
	return p.explain(ctx)
}

// Digest is that of a file in both images.
func (p *Platform) Digest(name string) Pair {
	return Pair{p.left[name].digest(), p.right[name].digest()}
}

// Manifests are the files, folders and links in which two images of one platform differ, by path.
func Manifests(ctx context.Context, a, b *oci.Manifest) ([]File, error) {
	p, err := platforms(ctx, a, b)
	if err != nil {
		return nil, fmt.Errorf("compare %s: %w", a.Platform, err)
	}
	return p.Files, nil
}
