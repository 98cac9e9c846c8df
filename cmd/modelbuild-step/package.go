package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/sbom"
	"github.com/modelbuild/modelbuild/train"
)

// Files of the package step below its output folder. The model folder goes into
// the image; the attest folder holds predicates for BuildKit's attestations.
const (
	provenanceFile = "model/provenance.intoto.json"
	cycloneDXFile  = "model/sbom.cdx.json"
	spdxFile       = "model/sbom.spdx.json"
	spdx3File      = "model/sbom.spdx3.json"
	cardFile       = "model/card.md"

	attestRecordFile    = "attest/training-record.json"
	attestCycloneDXFile = "attest/cyclonedx.json"
	attestSPDXFile      = "attest/spdx.json"
	attestSubjectsFile  = "attest/subjects.json"
)

// runPackage is the package step: it describes a trained and evaluated model in
// a provenance statement, two SBOMs and a training record. The flags are --job,
// --train and --evaluate (the outputs of those steps) and --out.
func runPackage(ctx context.Context, args []string) error {
	var jobPath, trainDir, evaluateDir, outDir string
	if err := flags("package", args, map[string]*string{
		"job": &jobPath, "train": &trainDir, "evaluate": &evaluateDir, "out": &outDir,
	}); err != nil {
		return err
	}
	out, err := newOutput(outDir, 0)
	if err != nil {
		return err
	}
	p, err := readPackaging(ctx, jobPath, trainDir, evaluateDir)
	if err != nil {
		return out.problems(err)
	}
	out.mtime = time.Unix(p.job.Epoch, 0)
	p.modules, _ = debug.ReadBuildInfo()
	files, err := p.documents()
	if err = errors.Join(err, ctx.Err()); err != nil {
		return out.problems(err)
	}
	for _, f := range files {
		if err := out.write(f.Name, f.Data); err != nil {
			return err
		}
	}
	return out.close()
}

// packaging is everything the package step read.
type packaging struct {
	job     *packagejob.Job
	record  train.Record
	metrics train.Metrics
	// The digests of the files of earlier steps themselves.
	recordSHA256, predictionsSHA256, metricsSHA256 string
	files                                          []addedFile
	// from are the models that this one was trained from; nil where there are none.
	from *provenance.Lineage
	// base are the packages of the image that the model's is built on.
	base train.Environment
	// programs are the records of those that did not train, by their step.
	programs map[string]train.Record
	// sweep is the record of the trials before training; nil where there were none.
	sweep       *train.Sweep
	sweepSHA256 string // of the parameters that it chose, as the train step read them
	// statistics are those of the training part; nil where there are none.
	statistics *provenance.RecordStatistics
	// undescribed are the files of the image in place of those of the steps before, where
	// the job has no statistics.
	undescribed []train.OutputFile
	// server is what the inference server of the image was built from; nil where it has none.
	server *debug.BuildInfo
	// modules are what the running step binary was built from.
	modules *debug.BuildInfo
}

// readPackaging reads the inputs and makes sure that they belong together: the
// model file is the one recorded, and the datasets are those of the job.
func readPackaging(ctx context.Context, jobPath, trainDir, evaluateDir string) (*packaging, error) {
	data, err := os.ReadFile(jobPath)
	if err != nil {
		return nil, fmt.Errorf("read package job: %w", err)
	}
	p := &packaging{}
	if p.job, err = packagejob.Parse(data); err != nil {
		return nil, err
	}
	if data, err = os.ReadFile(filepath.Join(trainDir, train.RecordFile)); err != nil {
		return nil, fmt.Errorf("read training record: %w", err)
	}
	p.recordSHA256 = sum(data)
	if p.record, err = train.ReadRecord(data); err != nil {
		return nil, err
	}
	if p.programs, err = readPrograms(p.job.Programs); err != nil {
		return nil, err
	}
	if err := p.readSweep(); err != nil {
		return nil, err
	}
	if p.predictionsSHA256, err = p.predictionsDigest(trainDir); err != nil {
		return nil, err
	}
	if data, err = os.ReadFile(filepath.Join(evaluateDir, train.MetricsFile)); err != nil {
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	p.metricsSHA256 = sum(data)
	if p.metrics, err = readMetrics(data, p.record); err != nil {
		return nil, err
	}
	if err := verifyOutputs(ctx, trainDir, p.record); err != nil {
		return nil, err
	}
	if f := p.record.Tensors; f != nil {
		if err := verifyModel(ctx, trainDir, *f); err != nil {
			return nil, err
		}
	}
	if p.job.NoStatistics {
		p.undescribed, err = p.withoutStatistics(trainDir)
	} else {
		p.statistics, err = readStatistics(trainDir)
	}
	if err != nil {
		return nil, err
	}
	if err := p.checkData(); err != nil {
		return nil, err
	}
	if p.files, err = readFiles(ctx, p.job.Files); err != nil {
		return nil, err
	}
	if p.base, err = readImageBase(p.job.Base); err != nil {
		return nil, err
	}
	if err := p.readServer(trainDir); err != nil {
		return nil, err
	}
	return p, p.readBase()
}

// readMetrics decodes the metrics of a model. Metrics of another layout or of other
// rows than the held-out ones are refused.
func readMetrics(data []byte, r train.Record) (train.Metrics, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var m train.Metrics
	if err := dec.Decode(&m); err != nil {
		return m, fmt.Errorf("read metrics: %w", err)
	}
	if m.Version != train.MetricsVersion {
		return m, fmt.Errorf("read metrics: version %d, want %d", m.Version, train.MetricsVersion)
	}
	if rows := r.Split.TestRows; r.Program == nil && m.Rows != rows {
		return m, fmt.Errorf("read metrics: %d rows were scored, the training record holds out %d", m.Rows, rows)
	}
	return m, nil
}

// verifyModel hashes the model file and compares it with the record, so that a
// statement is never made about bytes that were not seen.
func verifyModel(ctx context.Context, dir string, want train.File) error {
	if !filepath.IsLocal(want.File) {
		return fmt.Errorf("verify model: the training record names %q, outside its folder", want.File)
	}
	got, size, err := hashFile(ctx, filepath.Join(dir, want.File))
	if err != nil {
		return fmt.Errorf("verify model: %w", err)
	}
	if got != want.SHA256 || size != want.Size {
		return fmt.Errorf("verify model: %s has sha256 %s and %d bytes, the training record says %s and %d",
			want.File, got, size, want.SHA256, want.Size)
	}
	return nil
}

// contextReader stops reading when its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (r *contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// checkData requires that every dataset of the record is declared in the job,
// with the same sha256 where the job pins one.
func (p *packaging) checkData() error {
	for _, d := range p.record.Datasets {
		source, ok := p.source(d.Name)
		if !ok {
			return fmt.Errorf("check data: dataset %q was trained on but is not in the package job", d.Name)
		}
		if pinned := source.Digest["sha256"]; !pinnedWhole(source) && pinned != "" && pinned != d.SHA256 {
			return fmt.Errorf("check data: dataset %q has sha256 %s, the package job pins %s", d.Name, d.SHA256, pinned)
		}
	}
	return nil
}

// pinnedWhole reports whether a source's digest is that of what holds the file.
func pinnedWhole(s packagejob.Source) bool {
	return s.Kind == packagejob.KindGit || s.Kind == packagejob.KindImage
}

// source finds the declaration of a dataset.
func (p *packaging) source(name string) (packagejob.Source, bool) {
	for _, s := range p.job.Data {
		if s.Name == name {
			return s, true
		}
	}
	return packagejob.Source{}, false
}

// documents builds every document. The SBOM predicates are the SBOM documents.
func (p *packaging) documents() ([]train.OutputFile, error) {
	build, err := p.build()
	if err != nil {
		return nil, err
	}
	statement, err := provenance.New(build, p.job.Mode)
	if err != nil {
		return nil, err
	}
	statementJSON, err := marshalAs(statement, p.job.Format)
	if err != nil {
		return nil, err
	}
	record, err := p.trainingRecord()
	if err != nil {
		return nil, err
	}
	recordJSON, err := record.Marshal()
	if err != nil {
		return nil, err
	}
	bom, err := p.bom()
	if err != nil {
		return nil, err
	}
	cycloneDX, err := sbom.CycloneDX(bom)
	if err != nil {
		return nil, err
	}
	spdx, err := sbom.SPDX(bom)
	if err != nil {
		return nil, err
	}
	spdx3, err := sbom.SPDX3(bom)
	if err != nil {
		return nil, err
	}
	card, err := p.card()
	if err != nil {
		return nil, err
	}
	training, err := p.trainingBOMs()
	if err != nil {
		return nil, err
	}
	subjects, err := json.Marshal(statement.Subject)
	if err != nil {
		return nil, fmt.Errorf("marshal subjects: %w", err)
	}
	vex, err := p.vex(bom)
	if err != nil {
		return nil, err
	}
	lineage, err := p.lineageFiles()
	if err != nil {
		return nil, err
	}
	return slices.Concat(training, vex, lineage, p.undescribed, []train.OutputFile{
		{Name: attestSubjectsFile, Data: subjects},
		{Name: cardFile, Data: card},
		{Name: provenanceFile, Data: statementJSON}, {Name: cycloneDXFile, Data: cycloneDX}, {Name: spdxFile, Data: spdx}, {Name: spdx3File, Data: spdx3},
		{Name: attestRecordFile, Data: recordJSON}, {Name: attestCycloneDXFile, Data: cycloneDX}, {Name: attestSPDXFile, Data: spdx},
	}), nil
}

// marshalAs writes a statement in a version of SLSA provenance.
func marshalAs(s *provenance.Statement, f packagejob.Format) ([]byte, error) {
	if f == packagejob.FormatSLSA1 {
		return s.SLSA1().Marshal()
	}
	return s.Marshal()
}

func sum(data []byte) string {
	digest := sha256.Sum256(data)
	return hex.EncodeToString(digest[:])
}
