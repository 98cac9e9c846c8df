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

// System is an image that has no model.
type System struct {
	Name string // what it is
	Tool string // what listed the packages
	// Epoch is in Unix seconds.
	Epoch    int64
	Packages []Package
	// Omissions are what the tool could not read.
	Omissions []string
}

// SystemSPDX writes an SPDX 2.3 document of a system: the packages that are installed
// in it, and what is not known of it.
func SystemSPDX(s System) ([]byte, error) {
	const rootID common.ElementID = "System"
	b := &BOM{Epoch: s.Epoch}
	e := spdxEncoder{bom: b, doc: &spdx.Document{
		SPDXVersion: spdx.Version, DataLicense: spdx.DataLicense, SPDXIdentifier: "DOCUMENT", DocumentName: s.Name,
		CreationInfo: &spdx.CreationInfo{Creators: []common.Creator{{CreatorType: "Tool", Creator: s.Tool}}, Created: b.timestamp()},
	}}
	e.omissions(s.Omissions)
	root := e.add(rootID, s.Name, "")
	root.PackageExternalReferences, root.PrimaryPackagePurpose = nil, "CONTAINER"
	e.relate("DOCUMENT", common.TypeRelationshipDescribe, rootID)
	packages := slices.Clone(s.Packages)
	slices.SortFunc(packages, func(a, b Package) int { return strings.Compare(a.PURL, b.PURL) })
	e.installed("Package", packages, func(id common.ElementID) { e.relate(rootID, common.TypeRelationshipContains, id) })
	content, err := json.Marshal(e.doc)
	if err != nil {
		return nil, fmt.Errorf("write SPDX: %w", err)
	}
	e.doc.DocumentNamespace = namespaceBase + url.PathEscape(s.Name) + "-" + uuid(content)
	var buf bytes.Buffer
	if err := spdxjson.Write(e.doc, &buf, spdxjson.Indent("  "), spdxjson.EscapeHTML(false)); err != nil {
		return nil, fmt.Errorf("write SPDX: %w", err)
	}
	return buf.Bytes(), nil
}
