package openvex

import (
	"slices"

	"github.com/package-url/packageurl-go"
)

// Known is what a model's image is known by.
type Known struct {
	Name  string   // of the model, which an image is expected to have
	PURLs []string // of the packages and files that the SBOMs list, and of the model
	// SHA256 are the digests of the files that the image is about, in hex.
	SHA256 []string
}

// PURL is the package URL of an image by the name of its model, without a version.
func (k Known) PURL() string {
	return packageurl.NewPackageURL(packageurl.TypeOCI, "", k.Name, "", nil, "").ToString()
}

// Names reports whether a product is one of those that are known. A package URL without
// a version stands for each of them, and one without qualifiers for whatever has some.
func (k Known) Names(p Product) bool { return k.index().names(p) }

// index has what is known by type, namespace and name.
type index struct {
	Known
	purls map[[3]string][]packageurl.PackageURL
}

func (k Known) index() index {
	i := index{k, map[[3]string][]packageurl.PackageURL{}}
	for _, text := range k.PURLs {
		if p, err := packageurl.FromString(text); err == nil {
			i.purls[key(p)] = append(i.purls[key(p)], p)
		}
	}
	return i
}

func key(p packageurl.PackageURL) [3]string { return [3]string{p.Type, p.Namespace, p.Name} }

func (i index) names(p Product) bool {
	if slices.Contains(i.SHA256, p.Hashes["sha-256"]) {
		return true
	}
	for _, text := range []string{p.ID, p.PURL} {
		purl, err := packageurl.FromString(text)
		if err != nil {
			continue
		}
		if (purl.Type == packageurl.TypeOCI || purl.Type == packageurl.TypeDocker) && purl.Name == i.Name {
			return true
		}
		if slices.ContainsFunc(i.purls[key(purl)], func(have packageurl.PackageURL) bool { return covers(purl, have) }) {
			return true
		}
	}
	return false
}

// covers reports whether a package URL, which may be general, stands for another one of
// its name.
func covers(general, p packageurl.PackageURL) bool {
	if general.Version != "" && general.Version != p.Version {
		return false
	}
	have := p.Qualifiers.Map()
	return !slices.ContainsFunc(general.Qualifiers, func(q packageurl.Qualifier) bool { return have[q.Key] != q.Value })
}

// Stranger is a product that is not known.
type Stranger struct {
	Product
	At Position
}

// Strangers are the products that are not known, each once, in the order of the text, and
// at most so many.
func (d *Document) Strangers(k Known, most int) []Stranger {
	var out []Stranger
	known := k.index()
	seen := map[string]bool{}
	for _, s := range d.Statements {
		for _, p := range s.Products {
			if len(out) == most {
				return out
			}
			if name := p.Name(); !seen[name] && !known.names(p) {
				seen[name] = true
				out = append(out, Stranger{p, position(d.data, p.offset)})
			}
		}
	}
	return out
}
