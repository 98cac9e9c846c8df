package sbom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// spdx3Context is the JSON-LD context of SPDX 3.0.1, which the format names by address.
const spdx3Context = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"

// spdx3Creation is the blank node of who made the document and when.
const spdx3Creation = "_:creation"

// SPDX3 writes the BOM as an SPDX 3.0.1 JSON-LD document: the model with the classes of
// the AI profile and its datasets with those of the dataset profile. It says to conform to
// neither profile: both ask for a supplier and a release time, which a build does not know.
func SPDX3(b *BOM) ([]byte, error) {
	n, err := b.normalize()
	if err != nil {
		return nil, fmt.Errorf("write SPDX 3: %w", err)
	}
	graph := func(namespace string) ([]byte, error) {
		e := spdx3Encoder{bom: n, namespace: namespace}
		return marshalIndented(object{"@context": spdx3Context, "@graph": e.graph()})
	}
	content, err := graph("urn:")
	if err != nil {
		return nil, fmt.Errorf("write SPDX 3: %w", err)
	}
	return graph(namespaceBase + url.PathEscape(n.Model.Name) + "-" + uuid(content) + "#")
}

func marshalIndented(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// object is a JSON object; its keys are written in order.
type object map[string]any

// set leaves out what is empty.
func (o object) set(key, text string) {
	if text != "" {
		o[key] = text
	}
}

type spdx3Encoder struct {
	bom       *BOM
	namespace string
	elements  []object // but for the document and what made it
	licenses  map[string]string
}

// add appends an element of a class and returns it.
func (e *spdx3Encoder) add(class, id, name string) object {
	o := object{"type": class, "spdxId": e.namespace + id, "creationInfo": spdx3Creation}
	o.set("name", name)
	e.elements = append(e.elements, o)
	return o
}

func spdx3ID(o object) string { return o["spdxId"].(string) }

func (e *spdx3Encoder) graph() []object {
	model := e.addModel()
	roots := []string{spdx3ID(model)}
	for i := range e.bom.Datasets {
		e.addDataset(model, i)
	}
	e.addAncestors(model)
	for i := range e.bom.Files {
		roots = append(roots, spdx3ID(e.addFile(i)))
	}
	e.addTool(model)
	e.addPackages(model)
	if base := e.addBase(); base != nil {
		roots = append(roots, spdx3ID(base))
	}
	ids := make([]string, len(e.elements))
	for i, o := range e.elements {
		ids[i] = spdx3ID(o)
	}
	agent := object{"type": "SoftwareAgent", "spdxId": e.namespace + "Agent", "creationInfo": spdx3Creation, "name": e.bom.Tool.Name}
	document := object{"type": "SpdxDocument", "spdxId": e.namespace + "Document", "creationInfo": spdx3Creation,
		"name": strings.TrimSuffix(e.bom.Model.Name+"-"+e.bom.Model.Version, "-"), "rootElement": roots, "element": append(ids, spdx3ID(agent)),
		"profileConformance": []string{"core", "software", "simpleLicensing"}}
	if len(e.bom.Omissions) > 0 {
		document["comment"] = omissionsComment(e.bom.Omissions)
	}
	creation := object{"type": "CreationInfo", "@id": spdx3Creation, "specVersion": "3.0.1", "created": e.bom.timestamp(), "createdBy": []string{spdx3ID(agent)}}
	return append([]object{creation, agent, document}, e.elements...)
}

// addArtifact appends a package about which its identity is said; sha256 may be empty.
func (e *spdx3Encoder) addArtifact(class, id, name, purl string) object {
	o := e.add(class, id, name)
	o.set("software_packageUrl", purl)
	return o
}

func spdx3Hashes(sha256 string) []object {
	return []object{{"type": "Hash", "algorithm": "sha256", "hashValue": sha256}}
}

func (e *spdx3Encoder) addModel() object {
	m := &e.bom.Model
	o := e.addArtifact("ai_AIPackage", "Model", m.Name, m.purl())
	o["verifiedUsing"], o["software_primaryPurpose"] = spdx3Hashes(m.SHA256), "model"
	o.set("description", m.Description)
	o.set("software_packageVersion", m.Version)
	o.set("comment", m.spdxComment())
	o.set("ai_limitation", strings.Join(m.Limitations, "\n"))
	var use []string
	for _, f := range []struct {
		what  string
		lines []string
	}{{"user", m.Users}, {"use case", m.UseCases}, {"performance trade-off", m.Tradeoffs}, {"ethical consideration", m.Ethical}} {
		for _, line := range f.lines {
			use = append(use, f.what+": "+line)
		}
	}
	o.set("ai_informationAboutApplication", strings.Join(use, "\n"))
	var kinds []string
	for _, kind := range []string{m.Algorithm, string(m.Approach)} {
		if kind != "" {
			kinds = append(kinds, kind)
		}
	}
	if kinds != nil {
		o["ai_typeOfModel"] = kinds
	}
	var metrics []object
	for _, metric := range m.Metrics {
		metrics = append(metrics, object{"type": "DictionaryEntry", "key": metric.label(), "value": formatFloat(metric.Value)})
	}
	if metrics != nil {
		o["ai_metric"] = metrics
	}
	e.license(o, m.License)
	return o
}

func (e *spdx3Encoder) addDataset(model object, i int) {
	d := &e.bom.Datasets[i]
	o := e.addArtifact("dataset_DatasetPackage", spdxID("Data", d.Name, i), d.Name, d.purl())
	o["verifiedUsing"], o["software_primaryPurpose"] = spdx3Hashes(d.SHA256), "data"
	o["dataset_datasetType"] = []string{"noAssertion"}
	if d.Rows > 0 {
		o["dataset_datasetType"] = []string{"structured"} // it was read as a table
	}
	if d.Size > 0 {
		o["dataset_datasetSize"] = d.Size
	}
	o.set("description", d.Description)
	o.set("software_sourceInfo", d.URI)
	if at := downloadLocation(d.URI); at != noAssertion {
		o["software_downloadLocation"] = at
	}
	o.set("comment", d.spdxComment())
	kind := "trainedOn"
	if d.HeldOut {
		kind = "testedOn"
	}
	e.relate(model, kind, "", o)
	e.license(o, d.License)
}

// addAncestors lists the models before this one.
func (e *spdx3Encoder) addAncestors(model object) {
	for i := range e.bom.Ancestors {
		a := &e.bom.Ancestors[i]
		o := e.addArtifact("ai_AIPackage", spdxID("Ancestor", a.File, i), a.File, a.purl())
		o["verifiedUsing"], o["software_primaryPurpose"] = spdx3Hashes(a.SHA256), "model"
		o.set("software_sourceInfo", a.URI)
		e.relate(model, "descendantOf", "", o)
	}
}

func (e *spdx3Encoder) addFile(i int) object {
	f := &e.bom.Files[i]
	o := e.add("software_File", spdxID("File", f.Path, i), f.Path)
	o["verifiedUsing"], o["software_primaryPurpose"] = spdx3Hashes(f.SHA256), "file"
	o.set("comment", f.URI)
	e.addModules(o, fmt.Sprintf("File-%d-Module", i), f.Modules)
	return o
}

// addModules lists what a program is made of.
func (e *spdx3Encoder) addModules(of object, prefix string, modules []Module) {
	for i := range modules {
		m := &modules[i]
		o := e.addArtifact("software_Package", spdxID(prefix, m.Path, i), m.Path, m.purl())
		o["software_primaryPurpose"] = "library"
		o.set("software_packageVersion", m.Version)
		if m.Sum != "" {
			o["software_sourceInfo"] = "go.sum " + m.Sum
		}
		e.relate(of, "hasStaticLink", "", o)
	}
}

func (e *spdx3Encoder) addTool(model object) {
	t := &e.bom.Tool
	tool := e.addArtifact("software_Package", "Tool", t.Name, t.purl())
	tool["software_primaryPurpose"] = "application"
	tool.set("software_packageVersion", t.Version)
	if t.ImageSHA256 != "" {
		tool["verifiedUsing"] = spdx3Hashes(t.ImageSHA256)
	}
	e.relate(model, "usesTool", "build", tool)
	e.addModules(tool, "Module", e.bom.Modules)
}

// addPackages lists what was installed where the model was trained.
func (e *spdx3Encoder) addPackages(model object) {
	e.installed("Package", e.bom.Packages, func(o object) { e.relate(model, "dependsOn", "build", o) })
}

// installed lists packages, and calls relate with each before its licence.
func (e *spdx3Encoder) installed(prefix string, packages []Package, relate func(object)) {
	for i, pkg := range packages {
		o := e.addArtifact("software_Package", spdxID(prefix, pkg.Name, i), pkg.Name, pkg.PURL)
		o["software_primaryPurpose"] = "library"
		o.set("software_packageVersion", pkg.Version)
		relate(o)
		e.license(o, pkg.License)
	}
}

// relate says how one element is to another, in a phase of the life of software where
// scope names one.
func (e *spdx3Encoder) relate(from object, kind, scope string, to object) {
	class := "Relationship"
	if scope != "" {
		class = "LifecycleScopedRelationship"
	}
	o := e.add(class, fmt.Sprintf("Relationship-%d", len(e.elements)), "")
	o["from"], o["relationshipType"], o["to"] = spdx3ID(from), kind, []string{spdx3ID(to)}
	o.set("scope", scope)
}

// license records what the author declared: an expression, or a text of their own.
func (e *spdx3Encoder) license(o object, declared string) {
	l := parseLicense(declared)
	if l.expression == noAssertion {
		return
	}
	id, ok := e.licenses[l.expression]
	if !ok {
		var element object
		if l.known {
			element = e.add("simplelicensing_LicenseExpression", fmt.Sprintf("License-%d", len(e.licenses)), "")
			element["simplelicensing_licenseExpression"] = l.expression
		} else {
			element = e.add("simplelicensing_SimpleLicensingText", fmt.Sprintf("License-%d", len(e.licenses)), l.declared)
			element["simplelicensing_licenseText"] = noLicenseText(l.declared)
		}
		if e.licenses == nil {
			e.licenses = map[string]string{}
		}
		id = spdx3ID(element)
		e.licenses[l.expression] = id
	}
	e.relate(o, "hasDeclaredLicense", "", object{"spdxId": id})
}
