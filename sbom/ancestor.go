package sbom

import (
	"path"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/spdx/tools-golang/spdx/v2/common"
)

// Ancestor is a file of a model that the model was trained from.
type Ancestor struct {
	// URI is where its model came from.
	URI string
	// File is its path in the image of that.
	File   string
	SHA256 string
	// Back is how far back: 1 is the model that this one was trained from itself.
	Back int
}

func (a *Ancestor) purl() string { return genericPURL(path.Base(a.File), "", a.SHA256) }

// cdxPedigree nests the ancestors: each generation is the pedigree of the first file of
// the one after it.
func (b *BOM) cdxPedigree() *cdx.Pedigree {
	var out *cdx.Pedigree
	for i := len(b.Ancestors); i > 0; {
		from := i - 1
		for from > 0 && b.Ancestors[from-1].Back == b.Ancestors[i-1].Back {
			from--
		}
		var generation []cdx.Component
		for _, a := range b.Ancestors[from:i] {
			generation = append(generation, cdx.Component{
				Type: cdx.ComponentTypeMachineLearningModel, Name: a.File, Description: a.URI, Hashes: cdxHashes(a.SHA256), PackageURL: a.purl(),
			})
		}
		generation[0].Pedigree = out
		out, i = &cdx.Pedigree{Ancestors: &generation}, from
	}
	return out
}

// addAncestors makes each ancestor a package that the model descends from.
func (e *spdxEncoder) addAncestors() {
	for i := range e.bom.Ancestors {
		a := &e.bom.Ancestors[i]
		id := common.ElementID(spdxID("Ancestor", a.File, i))
		p := e.add(id, a.File, a.purl())
		p.PackageChecksums = spdxChecksums(a.SHA256)
		p.PackageSourceInfo = a.URI
		p.PackageDownloadLocation = downloadLocation(a.URI)
		p.PrimaryPackagePurpose = "FILE"
		e.relate(modelID, common.TypeRelationshipDescendantOf, id)
	}
}
