package sbom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"
)

// namespaceBase starts every document namespace. The address identifies a
// document; nothing is served there.
const namespaceBase = "https://github.com/modelbuild/modelbuild/spdxdocs/"

// SPDX writes the BOM as an SPDX 2.3 JSON document. SPDX requires a creation
// time: without a source date epoch it is 1970-01-01T00:00:00Z.
func SPDX(b *BOM) ([]byte, error) {
	n, err := b.normalize()
	if err != nil {
		return nil, fmt.Errorf("write SPDX: %w", err)
	}
	e := spdxEncoder{bom: n, doc: &spdx.Document{
		SPDXVersion: spdx.Version, DataLicense: spdx.DataLicense, SPDXIdentifier: "DOCUMENT",
		DocumentName: strings.TrimSuffix(n.Model.Name+"-"+n.Model.Version, "-"),
		CreationInfo: &spdx.CreationInfo{
			Creators: []common.Creator{{CreatorType: "Tool", Creator: strings.TrimSuffix(n.Tool.Name+"-"+n.Tool.Version, "-")}},
			Created:  n.timestamp(),
		},
	}}
	e.omissions(n.Omissions)
	e.addModel()
	e.addDatasets()
	e.addAncestors()
	e.addFiles()
	e.addTool()
	e.addPackages()
	e.addBase()
	content, err := json.Marshal(e.doc)
	if err != nil {
		return nil, fmt.Errorf("write SPDX: %w", err)
	}
	e.doc.DocumentNamespace = namespaceBase + url.PathEscape(n.Model.Name) + "-" + n.Model.SHA256 + "-" + uuid(content)
	var buf bytes.Buffer
	if err := spdxjson.Write(e.doc, &buf, spdxjson.Indent("  "), spdxjson.EscapeHTML(false)); err != nil {
		return nil, fmt.Errorf("write SPDX: %w", err)
	}
	return buf.Bytes(), nil
}

// omissions says what the document lacks.
func (e *spdxEncoder) omissions(list []string) {
	if len(list) > 0 {
		e.doc.DocumentComment = omissionsComment(list)
	}
}

func omissionsComment(list []string) string { return "not read:\n" + strings.Join(list, "\n") }

const modelID common.ElementID = "Model"

type spdxEncoder struct {
	bom *BOM
	doc *spdx.Document
}

func (e *spdxEncoder) addModel() {
	m := &e.bom.Model
	p := e.add(modelID, m.Name, m.purl())
	p.PackageVersion, p.PackageFileName = m.Version, m.File
	p.PackageDescription = m.Description
	p.PackageChecksums = spdxChecksums(m.SHA256)
	p.PackageComment = m.spdxComment()
	p.PrimaryPackagePurpose = "FILE"
	e.license(p, m.License)
	e.relate("DOCUMENT", common.TypeRelationshipDescribe, modelID)
}

// spdxComment holds what SPDX 2.3 has no field for, a line each.
func (m *Model) spdxComment() string {
	var lines []string
	for _, f := range []struct{ name, value string }{
		{"task", m.Task}, {"approach", string(m.Approach)}, {"algorithm", m.Algorithm},
	} {
		if f.value != "" {
			lines = append(lines, f.name+": "+f.value)
		}
	}
	for _, metric := range m.Metrics {
		line := "metric " + metric.label() + ": " + formatFloat(metric.Value)
		if i := metric.Interval; i != nil {
			line += " (confidence interval " + formatFloat(i.Low) + " to " + formatFloat(i.High) + ")"
		}
		lines = append(lines, line)
	}
	for _, key := range sortedKeys(m.Properties) {
		lines = append(lines, key+": "+m.Properties[key])
	}
	return strings.Join(lines, "\n")
}

// label is the name with the slice.
func (m *Metric) label() string {
	if m.Slice == "" {
		return m.Name
	}
	return m.Name + "[" + m.Slice + "]"
}

func (e *spdxEncoder) addDatasets() {
	for i := range e.bom.Datasets {
		d := &e.bom.Datasets[i]
		id := common.ElementID(spdxID("Data", d.Name, i))
		p := e.add(id, d.Name, d.purl())
		p.PackageDescription = d.Description
		p.PackageChecksums = spdxChecksums(d.SHA256)
		p.PackageSourceInfo = d.URI
		p.PackageDownloadLocation = downloadLocation(d.URI)
		p.PackageComment = d.spdxComment()
		p.PrimaryPackagePurpose = "FILE"
		e.license(p, d.License)
		e.relate(modelID, common.TypeRelationshipGeneratedFrom, id)
	}
}

// addFiles lists the files of the image besides the model. They are no parts of it:
// the document describes each by itself.
func (e *spdxEncoder) addFiles() {
	for i := range e.bom.Files {
		f := &e.bom.Files[i]
		id := common.ElementID(spdxID("File", f.Path, i))
		p := e.add(id, f.Path, f.purl())
		p.PackageFileName = f.Path
		p.PackageChecksums = spdxChecksums(f.SHA256)
		p.PackageSourceInfo = f.URI
		p.PackageDownloadLocation = downloadLocation(f.URI)
		p.PrimaryPackagePurpose = "FILE"
		e.relate("DOCUMENT", common.TypeRelationshipDescribe, id)
		e.addModules(id, fmt.Sprintf("File-%d-Module", i), f.Modules)
	}
}

// addModules lists what a program is made of.
func (e *spdxEncoder) addModules(of common.ElementID, prefix string, modules []Module) {
	for i := range modules {
		m := &modules[i]
		id := common.ElementID(spdxID(prefix, m.Path, i))
		p := e.add(id, m.Path, m.purl())
		p.PackageVersion = m.Version
		p.PrimaryPackagePurpose = "LIBRARY"
		if m.Sum != "" {
			p.PackageSourceInfo = "go.sum " + m.Sum
		}
		e.relate(of, common.TypeRelationshipDependsOn, id)
	}
}

func (d *Dataset) spdxComment() string {
	var lines []string
	if d.Rows > 0 {
		lines = append(lines, "rows: "+strconv.Itoa(d.Rows))
	}
	if d.Size > 0 {
		lines = append(lines, "bytes: "+strconv.FormatInt(d.Size, 10))
	}
	if d.Classification != "" {
		lines = append(lines, "classification: "+d.Classification)
	}
	for _, g := range []struct {
		role  string
		names []string
	}{{"owner", d.Owners}, {"custodian", d.Custodians}, {"steward", d.Stewards}} {
		for _, name := range g.names {
			lines = append(lines, g.role+": "+name)
		}
	}
	return strings.Join(lines, "\n")
}

// downloadLocation accepts the schemes that SPDX knows; a file of the build
// context has no place to download it from.
func downloadLocation(uri string) string {
	for _, scheme := range []string{"https://", "http://", "git://", "git+https://", "git+ssh://"} {
		if strings.HasPrefix(uri, scheme) {
			return uri
		}
	}
	return noAssertion
}

func (e *spdxEncoder) addTool() {
	const toolID common.ElementID = "Tool"
	t := &e.bom.Tool
	p := e.add(toolID, t.Name, t.purl())
	p.PackageVersion = t.Version
	p.PrimaryPackagePurpose = "APPLICATION"
	if t.ImageSHA256 != "" {
		p.PackageChecksums = spdxChecksums(t.ImageSHA256)
	}
	e.relate(toolID, common.TypeRelationshipBuildToolOf, modelID)
	e.addModules(toolID, "Module", e.bom.Modules)
}

// addPackages lists what was installed where the model was trained. Nothing of it is
// in the model.
func (e *spdxEncoder) addPackages() {
	e.installed("Package", e.bom.Packages, func(id common.ElementID) { e.relate(id, common.TypeRelationshipBuildDependencyOf, modelID) })
}

// installed lists packages, and calls relate with each after it.
func (e *spdxEncoder) installed(prefix string, packages []Package, relate func(common.ElementID)) {
	for i, pkg := range packages {
		id := common.ElementID(spdxID(prefix, pkg.Name, i))
		p := e.add(id, pkg.Name, pkg.PURL)
		p.PackageVersion = pkg.Version
		p.PrimaryPackagePurpose = "LIBRARY"
		e.license(p, pkg.License)
		relate(id)
	}
}

// add appends a package about which nothing but its identity is asserted.
func (e *spdxEncoder) add(id common.ElementID, name, purl string) *spdx.Package {
	p := &spdx.Package{
		PackageName: name, PackageSPDXIdentifier: id,
		PackageDownloadLocation: noAssertion, PackageLicenseConcluded: noAssertion,
		PackageLicenseDeclared: noAssertion, PackageCopyrightText: noAssertion,
		IsFilesAnalyzedTagPresent: true,
		PackageExternalReferences: []*spdx.PackageExternalReference{{
			Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL, Locator: purl,
		}},
	}
	e.doc.Packages = append(e.doc.Packages, p)
	return p
}

// license records what the author declared. Nobody analysed the files, so the
// concluded licence stays NOASSERTION.
func (e *spdxEncoder) license(p *spdx.Package, declared string) {
	l := parseLicense(declared)
	p.PackageLicenseDeclared = l.expression
	for _, ref := range l.refs {
		known := func(o *spdx.OtherLicense) bool { return o.LicenseIdentifier == ref }
		if slices.ContainsFunc(e.doc.OtherLicenses, known) {
			continue
		}
		e.doc.OtherLicenses = append(e.doc.OtherLicenses, &spdx.OtherLicense{
			LicenseIdentifier: ref, LicenseName: l.declared,
			ExtractedText: noLicenseText(l.declared),
		})
	}
}

func noLicenseText(declared string) string {
	return "The author declared the licence \"" + declared + "\" and gave no text."
}

func (e *spdxEncoder) relate(a common.ElementID, kind string, b common.ElementID) {
	e.doc.Relationships = append(e.doc.Relationships, &spdx.Relationship{
		RefA:         common.DocElementID{ElementRefID: a},
		RefB:         common.DocElementID{ElementRefID: b},
		Relationship: kind,
	})
}

func spdxChecksums(sha256 string) []common.Checksum {
	return []common.Checksum{{Algorithm: common.SHA256, Value: sha256}}
}
