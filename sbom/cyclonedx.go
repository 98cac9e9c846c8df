package sbom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// References of the components of a CycloneDX document.
const (
	modelRef = "model"
	toolRef  = "tool"
)

// propertyPrefix starts the names of this project's CycloneDX properties.
const propertyPrefix = "modelbuild:"

// cdxVersions are the versions of CycloneDX that can be written.
var cdxVersions = map[string]cdx.SpecVersion{"": cdx.SpecVersion1_6, "1.6": cdx.SpecVersion1_6, "1.7": cdx.SpecVersion1_7}

// CycloneDX writes the BOM as a CycloneDX JSON document.
func CycloneDX(b *BOM) ([]byte, error) {
	n, err := b.normalize()
	if err != nil {
		return nil, fmt.Errorf("write CycloneDX: %w", err)
	}
	version, ok := cdxVersions[n.CycloneDXVersion]
	if !ok {
		return nil, fmt.Errorf("write CycloneDX: version %q is not known", n.CycloneDXVersion)
	}
	doc := cdx.NewBOM()
	doc.SpecVersion = version
	doc.JSONSchema = "http://cyclonedx.org/schema/bom-" + version.String() + ".schema.json"
	doc.Metadata = n.cdxMetadata()
	components := n.cdxComponents()
	doc.Components = &components
	doc.Dependencies = n.cdxDependencies()
	content, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("write CycloneDX: %w", err)
	}
	doc.SerialNumber = "urn:uuid:" + uuid(content)
	var buf bytes.Buffer
	enc := cdx.NewBOMEncoder(&buf, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false)
	if err := enc.EncodeVersion(doc, version); err != nil {
		return nil, fmt.Errorf("write CycloneDX: %w", err)
	}
	return buf.Bytes(), nil
}

func (b *BOM) cdxMetadata() *cdx.Metadata {
	model := b.cdxModel()
	md := &cdx.Metadata{
		Lifecycles: &[]cdx.Lifecycle{{Phase: cdx.LifecyclePhaseBuild}},
		Component:  &model,
		Tools:      &cdx.ToolsChoice{Components: &[]cdx.Component{b.cdxTool()}},
	}
	if b.Epoch > 0 {
		md.Timestamp = b.timestamp()
	}
	var props []cdx.Property
	for _, text := range b.Omissions {
		props = append(props, property("not-read", text))
	}
	if props != nil {
		md.Properties = &props
	}
	return md
}

func (b *BOM) cdxModel() cdx.Component {
	m := &b.Model
	c := cdx.Component{
		BOMRef: modelRef, Type: cdx.ComponentTypeMachineLearningModel,
		Name: m.Name, Version: m.Version, Description: m.Description,
		Hashes: cdxHashes(m.SHA256), Licenses: cdxLicenses(m.License), PackageURL: m.purl(),
		ModelCard: b.cdxModelCard(), Pedigree: b.cdxPedigree(),
	}
	var props []cdx.Property
	if m.File != "" {
		props = append(props, property("model:file", m.File))
	}
	for _, key := range sortedKeys(m.Properties) {
		props = append(props, property(key, m.Properties[key]))
	}
	if props != nil {
		c.Properties = &props
	}
	return c
}

func (b *BOM) cdxModelCard() *cdx.MLModelCard {
	m := &b.Model
	params := &cdx.MLModelParameters{Task: m.Task, ArchitectureFamily: m.Algorithm}
	if m.Approach != "" {
		params.Approach = &cdx.MLModelParametersApproach{Type: cdx.MLModelParametersApproachType(m.Approach)}
	}
	if len(b.Datasets) > 0 {
		var refs []cdx.MLDatasetChoice
		for i := range b.Datasets {
			refs = append(refs, cdx.MLDatasetChoice{Ref: b.Datasets[i].ref()})
		}
		params.Datasets = &refs
	}
	card := &cdx.MLModelCard{ModelParameters: params, Considerations: m.cdxConsiderations()}
	if len(m.Metrics) > 0 {
		var metrics []cdx.MLPerformanceMetric
		for _, metric := range m.Metrics {
			metrics = append(metrics, cdx.MLPerformanceMetric{
				Type: metric.Name, Value: formatFloat(metric.Value), Slice: metric.Slice, ConfidenceInterval: metric.Interval.cdx(),
			})
		}
		card.QuantitativeAnalysis = &cdx.MLQuantitativeAnalysis{PerformanceMetrics: &metrics}
	}
	return card
}

func (i *Interval) cdx() *cdx.MLPerformanceMetricConfidenceInterval {
	if i == nil {
		return nil
	}
	return &cdx.MLPerformanceMetricConfidenceInterval{LowerBound: formatFloat(i.Low), UpperBound: formatFloat(i.High)}
}

func (m *Model) cdxConsiderations() *cdx.MLModelCardConsiderations {
	if len(m.Users)+len(m.UseCases)+len(m.Limitations)+len(m.Tradeoffs)+len(m.Ethical) == 0 {
		return nil
	}
	c := &cdx.MLModelCardConsiderations{
		Users: list(m.Users), UseCases: list(m.UseCases), TechnicalLimitations: list(m.Limitations), PerformanceTradeoffs: list(m.Tradeoffs),
	}
	if len(m.Ethical) > 0 {
		ethical := make([]cdx.MLModelCardEthicalConsideration, len(m.Ethical))
		for i, text := range m.Ethical {
			ethical[i].Name = text
		}
		c.EthicalConsiderations = &ethical
	}
	return c
}

// list returns a pointer for cyclonedx-go, nil where nothing is listed.
func list(s []string) *[]string {
	if len(s) == 0 {
		return nil
	}
	return &s
}

func (b *BOM) cdxTool() cdx.Component {
	c := cdx.Component{
		BOMRef: toolRef, Type: cdx.ComponentTypeApplication,
		Name: b.Tool.Name, Version: b.Tool.Version, PackageURL: b.Tool.purl(),
	}
	if b.Tool.ImageSHA256 != "" {
		c.Hashes = cdxHashes(b.Tool.ImageSHA256)
	}
	return c
}

// cdxComponents lists datasets, files and modules. Modules are excluded from the scope
// because nothing of them is in the model: they belong to the environment that
// trained it.
func (b *BOM) cdxComponents() []cdx.Component {
	components := make([]cdx.Component, 0, len(b.Datasets)+len(b.Modules))
	for i := range b.Datasets {
		components = append(components, b.Datasets[i].cdxComponent())
	}
	for i := range b.Files {
		components = append(components, b.Files[i].cdxComponent())
		for k := range b.Files[i].Modules {
			c := b.Files[i].Modules[k].cdxComponent("image")
			c.BOMRef, c.Scope = b.Files[i].moduleRef(k), cdx.ScopeRequired
			components = append(components, c)
		}
	}
	for i := range b.Modules {
		c := b.Modules[i].cdxComponent("training-environment")
		c.Scope = cdx.ScopeExcluded
		components = append(components, c)
	}
	return append(append(components, b.cdxPackages()...), b.cdxBase()...)
}

// cdxComponent is a module in a role.
func (m *Module) cdxComponent(role string) cdx.Component {
	props := []cdx.Property{property("role", role)}
	if m.Sum != "" {
		props = append(props, property("go:sum", m.Sum))
	}
	return cdx.Component{BOMRef: m.purl(), Type: cdx.ComponentTypeLibrary, Name: m.Path, Version: m.Version, PackageURL: m.purl(), Properties: &props}
}

// cdxPackages are excluded from the scope as modules are.
func (b *BOM) cdxPackages() []cdx.Component {
	out := make([]cdx.Component, len(b.Packages))
	for i, p := range b.Packages {
		out[i] = cdx.Component{
			BOMRef: p.PURL, Type: cdx.ComponentTypeLibrary, Scope: cdx.ScopeExcluded, Name: p.Name, Version: p.Version,
			PackageURL: p.PURL, Licenses: cdxLicenses(p.License), Properties: &[]cdx.Property{property("role", "training-environment")},
		}
	}
	return out
}

func (d *Dataset) ref() string { return "data:" + d.Name }

func (d *Dataset) cdxComponent() cdx.Component {
	var props []cdx.Property
	if d.Rows > 0 {
		props = append(props, property("data:rows", strconv.Itoa(d.Rows)))
	}
	if d.Size > 0 {
		props = append(props, property("data:bytes", strconv.FormatInt(d.Size, 10)))
	}
	contents := &cdx.ComponentDataContents{URL: d.URI}
	if props != nil {
		contents.Properties = &props
	}
	return cdx.Component{
		BOMRef: d.ref(), Type: cdx.ComponentTypeData, Name: d.Name, Description: d.Description,
		Hashes: cdxHashes(d.SHA256), Licenses: cdxLicenses(d.License), PackageURL: d.purl(),
		Data: &[]cdx.ComponentData{{
			Type: cdx.ComponentDataTypeDataset, Name: d.Name, Description: d.Description,
			Classification: d.Classification, Contents: contents, Governance: d.cdxGovernance(),
		}},
	}
}

func (d *Dataset) cdxGovernance() *cdx.DataGovernance {
	if len(d.Owners)+len(d.Custodians)+len(d.Stewards) == 0 {
		return nil
	}
	parties := func(names []string) *[]cdx.ComponentDataGovernanceResponsibleParty {
		if len(names) == 0 {
			return nil
		}
		out := make([]cdx.ComponentDataGovernanceResponsibleParty, len(names))
		for i, name := range names {
			out[i].Organization = &cdx.OrganizationalEntity{Name: name}
		}
		return &out
	}
	return &cdx.DataGovernance{Owners: parties(d.Owners), Custodians: parties(d.Custodians), Stewards: parties(d.Stewards)}
}

func (f *File) ref() string { return "file:" + f.Path }

// moduleRef names a module in the file: the tool may have the same one.
func (f *File) moduleRef(k int) string { return f.ref() + "#" + f.Modules[k].purl() }

func (f *File) cdxComponent() cdx.Component {
	return cdx.Component{
		BOMRef: f.ref(), Type: cdx.ComponentTypeFile, Name: f.Path, Hashes: cdxHashes(f.SHA256), PackageURL: f.purl(),
		Properties: &[]cdx.Property{property("source", f.URI), property("data:bytes", strconv.FormatInt(f.Size, 10))},
	}
}

// cdxDependencies says that the model depends on its data and on the tool, and
// programs on their modules.
func (b *BOM) cdxDependencies() *[]cdx.Dependency {
	model := []string{toolRef}
	for i := range b.Datasets {
		model = append(model, b.Datasets[i].ref())
	}
	for _, p := range b.Packages {
		model = append(model, p.PURL)
	}
	var tool []string
	for i := range b.Modules {
		tool = append(tool, b.Modules[i].purl())
	}
	out := append([]cdx.Dependency{
		{Ref: modelRef, Dependencies: &model},
		{Ref: toolRef, Dependencies: list(tool)},
	}, b.cdxBaseDependency()...)
	for i := range b.Files {
		var refs []string
		for k := range b.Files[i].Modules {
			refs = append(refs, b.Files[i].moduleRef(k))
		}
		if len(refs) > 0 {
			out = append(out, cdx.Dependency{Ref: b.Files[i].ref(), Dependencies: &refs})
		}
	}
	return &out
}

func cdxHashes(sha256 string) *[]cdx.Hash {
	return &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: sha256}}
}

// cdxLicenses uses an expression even for one identifier: the schema lists the
// identifiers of its own day, an expression may hold newer ones.
func cdxLicenses(declared string) *cdx.Licenses {
	l := parseLicense(declared)
	switch {
	case l.expression == noAssertion:
		return nil
	case l.known:
		return &cdx.Licenses{{Expression: l.expression}}
	default:
		return &cdx.Licenses{{License: &cdx.License{Name: l.declared}}}
	}
}

func property(name, value string) cdx.Property {
	return cdx.Property{Name: propertyPrefix + name, Value: value}
}
