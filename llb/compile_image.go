package llb

import (
	"path"

	bkllb "github.com/moby/buildkit/client/llb"
)

// Files of the image. The model has a layer of its own, so that a change in what
// is said about it moves no weights.
const (
	modelFile   = "model.onnx"
	schemaFile  = "schema.json"
	metricsFile = "metrics.json"
	plotsDir    = "plots"
)

// Files that the package step writes for the image.
var packagedFiles = []string{"provenance.intoto.json", "sbom.cdx.json", "sbom.spdx.json", "card.md"}

// Files of Graph.Attest, each the predicate of one attestation.
const (
	TrainingRecordFile = "/attest/training-record.json"
	CycloneDXFile      = "/attest/cyclonedx.json"
	SPDXFile           = "/attest/spdx.json"
)

// image copies directories rather than files: a copied directory ends with the
// time it is given, whereas a file copied into it leaves the time of the copy on
// its parent, and the layer would differ from build to build.
func (c *compiler) image(train, evaluate, packaged bkllb.State) bkllb.State {
	model := bkllb.Scratch().File(
		bkllb.Copy(train, "/", ModelDir, c.pick(modelFile)),
		c.constraints([]string{"image"}, "[image] "+path.Join(ModelDir, modelFile))...)
	docs := bkllb.Copy(train, "/", ModelDir, c.pick(schemaFile)).
		Copy(evaluate, "/", ModelDir, c.pick(metricsFile, plotsDir)).
		Copy(packaged, "/model", ModelDir, c.pick(packagedFiles...))
	return model.File(docs, c.constraints([]string{"image"}, "[image] metrics, schema, provenance, SBOMs")...)
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
