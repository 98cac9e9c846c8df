package sbom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"
)

// SystemSPDX writes an SPDX 2.3 document of an image that has no model: the name of what
// it is, and the packages that are installed in it. The epoch is in Unix seconds.
func SystemSPDX(name, tool string, epoch int64, packages []Package) ([]byte, error) {
	const rootID common.ElementID = "System"
	b := &BOM{Epoch: epoch}
	e := spdxEncoder{bom: b, doc: &spdx.Document{
		SPDXVersion: spdx.Version, DataLicense: spdx.DataLicense, SPDXIdentifier: "DOCUMENT", DocumentName: name,
		CreationInfo: &spdx.CreationInfo{Creators: []common.Creator{{CreatorType: "Tool", Creator: tool}}, Created: b.timestamp()},
	}}
	root := e.add(rootID, name, "")
	root.PackageExternalReferences, root.PrimaryPackagePurpose = nil, "CONTAINER"
	e.relate("DOCUMENT", common.TypeRelationshipDescribe, rootID)
	packages = slices.Clone(packages)
	slices.SortFunc(packages, func(a, b Package) int { return strings.Compare(a.PURL, b.PURL) })
	for i, pkg := range packages {
		id := common.ElementID(spdxID("Package", pkg.Name, i))
		p := e.add(id, pkg.Name, pkg.PURL)
		p.PackageVersion, p.PrimaryPackagePurpose = pkg.Version, "LIBRARY"
		e.license(p, pkg.License)
		e.relate(rootID, common.TypeRelationshipContains, id)
	}
	content, err := json.Marshal(e.doc)
	if err != nil {
		return nil, fmt.Errorf("write SPDX: %w", err)
	}
	e.doc.DocumentNamespace = namespaceBase + url.PathEscape(name) + "-" + uuid(content)
	var buf bytes.Buffer
	if err := spdxjson.Write(e.doc, &buf, spdxjson.Indent("  "), spdxjson.EscapeHTML(false)); err != nil {
		return nil, fmt.Errorf("write SPDX: %w", err)
	}
	return buf.Bytes(), nil
}
