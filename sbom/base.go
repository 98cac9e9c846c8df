package sbom

import (
	"errors"
	"fmt"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/spdx/tools-golang/spdx/v2/common"

	"github.com/modelbuild/modelbuild/internal/redact"
)

// baseRef is the reference of the base image in a CycloneDX document, and with a colon the
// beginning of those of its packages: what trained the model may have had the same ones.
const baseRef = "image-base"

func (b *Base) validate() error {
	switch {
	case b == nil:
		return nil
	case b.Name == "":
		return errors.New("base image has no name")
	case !isSHA256(b.SHA256):
		return fmt.Errorf("base image %q: sha256 %q is not 64 lower-case hex digits", b.Name, b.SHA256)
	}
	return validatePackages(b.Packages)
}

func (b *Base) normalize() *Base {
	if b == nil {
		return nil
	}
	return &Base{Name: redact.URI(b.Name), PURL: redact.URI(b.PURL), SHA256: b.SHA256, Packages: sortedPackages(b.Packages), Omissions: b.Omissions}
}

// cdxBase is the image and what is in it. Unlike what trained the model that is in scope: it
// is shipped with the model.
func (b *BOM) cdxBase() []cdx.Component {
	if b.Base == nil {
		return nil
	}
	out := []cdx.Component{{
		BOMRef: baseRef, Type: cdx.ComponentTypeContainer, Name: b.Base.Name, Hashes: cdxHashes(b.Base.SHA256), PackageURL: b.Base.PURL,
		Properties: &[]cdx.Property{property("role", baseRef)},
	}}
	for _, p := range b.Base.Packages {
		out = append(out, cdx.Component{
			BOMRef: baseRef + ":" + p.PURL, Type: cdx.ComponentTypeLibrary, Name: p.Name, Version: p.Version,
			PackageURL: p.PURL, Licenses: cdxLicenses(p.License), Properties: &[]cdx.Property{property("role", baseRef)},
		})
	}
	return out
}

// cdxBaseDependency says which packages the image has; nil where there is no image.
func (b *BOM) cdxBaseDependency() []cdx.Dependency {
	if b.Base == nil {
		return nil
	}
	var refs []string
	for _, p := range b.Base.Packages {
		refs = append(refs, baseRef+":"+p.PURL)
	}
	return []cdx.Dependency{{Ref: baseRef, Dependencies: list(refs)}}
}

// addBase lists the image and what it holds. It is no part of the model: the document
// describes it by itself.
func (e *spdxEncoder) addBase() {
	b := e.bom.Base
	if b == nil {
		return
	}
	const id common.ElementID = "ImageBase"
	p := e.add(id, b.Name, b.PURL)
	if b.PURL == "" {
		p.PackageExternalReferences = nil
	}
	p.PackageChecksums = spdxChecksums(b.SHA256)
	p.PrimaryPackagePurpose = "CONTAINER"
	e.relate("DOCUMENT", common.TypeRelationshipDescribe, id)
	e.installed("ImagePackage", b.Packages, func(held common.ElementID) { e.relate(id, common.TypeRelationshipContains, held) })
}

// addBase is the same of SPDX 3; nil where there is no image.
func (e *spdx3Encoder) addBase() object {
	b := e.bom.Base
	if b == nil {
		return nil
	}
	image := e.addArtifact("software_Package", "ImageBase", b.Name, b.PURL)
	image["software_primaryPurpose"] = "container"
	image["verifiedUsing"] = spdx3Hashes(b.SHA256)
	e.installed("ImagePackage", b.Packages, func(o object) { e.relate(image, "contains", "", o) })
	return image
}
