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
)

// Files that the package step writes for the image.
var packagedFiles = []string{"provenance.intoto.json", "sbom.cdx.json", "sbom.spdx.json"}

// Files of Graph.Attest, each the predicate of one attestation.
const (
	TrainingRecordFile = "training-record.json"
	CycloneDXFile      = "cyclonedx.json"
	SPDXFile           = "spdx.json"
)

func (c *compiler) image(train, evaluate, packaged bkllb.State) bkllb.State {
	t := c.epoch()
	dir := bkllb.Mkdir(ModelDir, 0o755, bkllb.WithCreatedTime(*t))
	model := bkllb.Scratch().File(
		dir.Copy(train, path.Join("/", modelFile), path.Join(ModelDir, modelFile), c.copyInfo()),
		c.constraints([]string{"image"}, "[image] "+path.Join(ModelDir, modelFile))...)
	docs := bkllb.Copy(train, path.Join("/", schemaFile), path.Join(ModelDir, schemaFile), c.copyInfo()).
		Copy(evaluate, path.Join("/", metricsFile), path.Join(ModelDir, metricsFile), c.copyInfo())
	for _, f := range packagedFiles {
		docs = docs.Copy(packaged, path.Join("/model", f), path.Join(ModelDir, f), c.copyInfo())
	}
	return model.File(docs, c.constraints([]string{"image"}, "[image] metrics, schema, provenance, SBOMs")...)
}

func (c *compiler) copyInfo() *bkllb.CopyInfo {
	return &bkllb.CopyInfo{CreatedTime: c.epoch()}
}

// attestations holds the predicates alone: BuildKit reads one file per
// attestation from this state.
func (c *compiler) attestations(packaged bkllb.State) bkllb.State {
	return bkllb.Scratch().File(
		bkllb.Copy(packaged, "/attest", "/", &bkllb.CopyInfo{CopyDirContentsOnly: true, CreatedTime: c.epoch()}),
		c.constraints([]string{"image"}, "[attest] training record, SPDX, CycloneDX")...)
}
