package llb

import (
	"path"
	"slices"
	"strings"

	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/modelbuild/modelbuild/frontend/spec"
)

// Files of the image. The model has a layer of its own, so that a change in what
// is said about it moves no weights.
const (
	modelFile   = "model.onnx"
	tensorsFile = spec.TensorsFile // where the spec asks for it, in the model's layer
	schemaFile  = "schema.json"
	configFile  = "config.json"
	metricsFile = "metrics.json"
	plotsDir    = "plots"
)

// WarningsFile is what the train step found dubious in the data: a JSON array of
// job.Problem.
const WarningsFile = "warnings.json"

// Files that the package step writes for the image.
var packagedFiles = []string{"provenance.intoto.json", "sbom.cdx.json", "sbom.spdx.json", "sbom.spdx3.json", "card.md"}

// lineageFile is another one, of a model with a base.
const lineageFile = "lineage.json"

// trainingFiles describe the environment of a program.
var trainingFiles = []string{"sbom.training.cdx.json", "sbom.training.spdx.json", "sbom.training.spdx3.json"}

// Files of Graph.Attest, each the predicate of one attestation.
const (
	TrainingRecordFile = "/attest/training-record.json"
	CycloneDXFile      = "/attest/cyclonedx.json"
	SPDXFile           = "/attest/spdx.json"
)

// SubjectsFile is beside them: the model's files by digest, as in-toto subjects.
const SubjectsFile = "/attest/subjects.json"

// image copies directories rather than files: a copied directory ends with the
// time it is given, whereas a file copied into it leaves the time of the copy on
// its parent, and the layer would differ from build to build.
//
// On the image of a registry or a layout, own are its layers without that one's.
func (c *compiler) image(b built, server, files *bkllb.State) (own, image bkllb.State) {
	root := bkllb.Scratch()
	if c.plan.Base != nil && c.plan.ImageBase == nil {
		root = c.done[c.plan.Base].image
	}
	root = c.serverLayer(root, server)
	model := root.File(
		bkllb.Copy(b.train, "/", ModelDir, c.pick(c.plan.weights()...)),
		c.layer([]string{"image"}, "[image] "+path.Join(ModelDir, c.plan.ModelFile()))...)
	all := &bkllb.CopyInfo{CopyDirContentsOnly: true, CreatedTime: c.epoch()}
	if kept := c.kept(b); kept != nil {
		model = model.File(bkllb.Copy(*kept, "/", ModelDir, all), c.layer([]string{"checkpoint"}, "[image] checkpoints")...)
	}
	docs := bkllb.Copy(b.evaluate, "/", ModelDir, c.pick(c.plan.evaluated()...)).
		Copy(b.packaged, "/model", ModelDir, c.pick(c.plan.packaged()...))
	if beside := c.plan.trained(); len(beside) > 0 {
		docs = docs.Copy(b.train, "/", ModelDir, c.pick(beside...))
	}
	if c.plan.Sweep != nil {
		docs = docs.Copy(b.selected, "/", ModelDir, c.pick(sweepFile))
	}
	if c.plan.signs() {
		docs = docs.Copy(b.signed, "/", ModelDir, c.pick(signatureFile))
	}
	own = model.File(docs, c.layer([]string{"image"}, "[image] metrics, schema, provenance, SBOMs")...)
	layers := own
	if files != nil {
		own = c.withFiles(own, *files)
	}
	if c.plan.ImageBase != nil {
		return own, c.onBase(layers, files)
	}
	return own, own
}

// withFiles adds the files of the spec.
func (c *compiler) withFiles(image, files bkllb.State) bkllb.State {
	all := &bkllb.CopyInfo{CopyDirContentsOnly: true, CreatedTime: c.epoch()}
	return image.File(bkllb.Copy(files, "/", "/", all), c.layer([]string{"image"}, "[image] files of the spec")...)
}

// trained are the files beside the model that the train step writes for the image.
func (p *Plan) trained() []string {
	if p.Programs.Train != nil {
		_, others := outputs(p.Programs.Train)
		return others
	}
	if p.withoutStatistics() {
		return []string{configFile, WarningsFile}
	}
	return []string{schemaFile, configFile, WarningsFile}
}

// withoutStatistics: the image says nothing of the training data's values. The files that would are then those of the
// package step, so that neither training nor evaluation runs again for it.
func (p *Plan) withoutStatistics() bool { return !p.Model.Image.Statistics.Or(true) }

// evaluated are the files that the evaluation writes for the image.
func (p *Plan) evaluated() []string {
	if p.withoutStatistics() {
		return []string{plotsDir}
	}
	return []string{metricsFile, plotsDir}
}

// packaged are those that the package step writes.
func (p *Plan) packaged() []string {
	files := slices.Clone(packagedFiles)
	if p.Programs.Train != nil {
		files = append(files, trainingFiles...)
	}
	if p.base() != nil {
		files = append(files, lineageFile)
	}
	if p.withoutStatistics() {
		files = append(files, schemaFile, metricsFile)
	}
	return slices.DeleteFunc(files, func(name string) bool {
		return strings.HasSuffix(name, ".cdx.json") && !p.Model.SBOM.Has(spec.CycloneDX) ||
			strings.HasSuffix(name, ".spdx.json") && !p.Model.SBOM.Has(spec.SPDX) ||
			strings.HasSuffix(name, ".spdx3.json") && !p.Model.SBOM.Has(spec.SPDX3)
	})
}

// weights are the files of the model's layer.
func (p *Plan) weights() []string {
	if p.Programs.Train == nil && p.Train.Export.Safetensors {
		return []string{modelFile, tensorsFile}
	}
	return []string{p.ModelFile()}
}

// pick copies the named files of a directory.
func (c *compiler) pick(files ...string) *bkllb.CopyInfo {
	return &bkllb.CopyInfo{
		IncludePatterns:     files,
		CopyDirContentsOnly: true,
		CreateDestPath:      true,
		CreatedTime:         c.epoch(),
	}
}
