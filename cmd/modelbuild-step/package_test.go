package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/provenance"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/train"
	"github.com/modelbuild/modelbuild/train/job"
)

// packageSecret is what must never reach an output.
const packageSecret = "hunter2"

// packageJob is a job with one of everything, in max mode.
func packageJob() *packagejob.Job {
	spec := "# syntax=org/modelbuild:1\nname: penguins\n"
	return &packagejob.Job{
		Version: packagejob.Version, Mode: packagejob.ModeMax,
		Model: packagejob.Model{
			Name: "penguins", Version: "1.2.0", License: "CC0-1.0",
			Labels:         map[string]string{"org.opencontainers.image.source": "https://u:" + packageSecret + "@example.org/r?t=" + packageSecret},
			Considerations: &packagejob.Considerations{Limitations: []string{"three species"}},
		},
		Spec:       packagejob.Spec{URI: "context://model.yaml", Filename: "model.yaml", SHA256: sum([]byte(spec)), Source: []byte(spec)},
		Parameters: map[string]any{"evaluate": map[string]any{"gates": map[string]any{"accuracy": ">= 0.95"}}},
		Frontend:   packagejob.Image{Ref: "docker.io/org/modelbuild:1", Digest: "sha256:" + strings.Repeat("f", 64)},
		Data:       []packagejob.Source{{Name: "train", Kind: packagejob.KindLocal, URI: "context://data/penguins.csv", License: "CC0-1.0"}},
		Sources: []packagejob.Source{
			{Name: "base", Kind: packagejob.KindImage, URI: "busybox:1.36", Digest: map[string]string{"sha256": strings.Repeat("b", 64)}},
			{Name: "code", Kind: packagejob.KindGit, URI: "https://" + packageSecret + "@example.org/r.git", Digest: map[string]string{"gitCommit": strings.Repeat("c", 40)}},
		},
		Platform: "linux/amd64", Hermetic: true, Epoch: 1700000000,
		Steps: []packagejob.Step{
			{Name: "train", Command: []string{"modelbuild-step", "train"}, Locations: []packagejob.Location{{Start: 2, End: 2}}, Data: []string{"train"}},
			{Name: "evaluate", Command: []string{"modelbuild-step", "evaluate"}},
			{Name: "package", Command: []string{"modelbuild-step", "package"}},
		},
	}
}

// trainRecord is the record of a model with the given bytes.
func trainRecord(model []byte) train.Record {
	return train.Record{
		Version: train.RecordVersion, Engine: train.BuiltIn(),
		Job: job.Train{
			Version: job.Version, Data: []job.Dataset{{Name: "train", Path: "penguins.csv", Format: "csv"}},
			Features: job.Features{Target: "species"}, Split: job.Split{Kind: job.SplitStratified, Test: 0.2},
			Task: "classification", Algorithm: "logistic", Params: job.Params{"l2": 1.0}, Seed: 42,
		},
		Datasets: []train.Dataset{{Name: "train", File: "penguins.csv", SHA256: strings.Repeat("d", 64), Size: 15000, Rows: 344}},
		Split:    train.Split{TrainRows: 275, TestRows: 69, TrainDigest: "sha256:" + strings.Repeat("2", 64), TestDigest: "sha256:" + strings.Repeat("3", 64)},
		Features: 9, Classes: []string{"Adelie", "Gentoo"}, Iterations: 24, FinalLoss: 0.0669, Converged: true,
		Determinism: train.Determinism{Class: "exact", KnownAnswer: "sha256:" + strings.Repeat("4", 64)},
		Model:       train.File{File: train.ModelFile, SHA256: sum(model), Size: int64(len(model))},
	}
}

// packageCase is a folder of inputs for the package step.
type packageCase struct {
	dir     string
	job     *packagejob.Job
	record  train.Record
	model   []byte
	tensors []byte // nil for none
	schema  []byte // nil for none
	metrics train.Metrics
}

func newPackageCase(t *testing.T) *packageCase {
	model := []byte("the bytes of a model")
	metrics := map[string]float64{"accuracy": 0.98}
	return &packageCase{dir: t.TempDir(), job: packageJob(), record: trainRecord(model), model: model, metrics: train.Metrics{
		Version: train.MetricsVersion, Task: "classification", Part: "test", Rows: 69, Metrics: metrics,
		Slices: map[string]map[string]train.Slice{"island": {"Biscoe": {Rows: 30, Metrics: metrics}}},
		Gates:  []train.GateResult{{Metric: "accuracy", Op: ">=", Value: 0.95, Actual: 0.98, Met: true}},
		Importance: &train.Importance{Metric: "log_loss", Value: 0.1, Rows: 69, Repeats: 5,
			Columns: []train.ColumnImportance{{Column: "bill|length", Mean: 1.25, Std: 0.125}}},
	}}
}

// run writes the inputs, runs the step into a fresh folder and returns that.
func (c *packageCase) run(t *testing.T) (string, error) {
	t.Helper()
	out, err := os.MkdirTemp(c.dir, "out")
	require.NoError(t, err)
	put := func(name string, v any) {
		data, isBytes := v.([]byte)
		if !isBytes {
			data, err = json.Marshal(v)
			require.NoError(t, err)
		}
		path := filepath.Join(c.dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, data, 0o644))
	}
	put("job.json", c.job)
	put("train/train.json", c.record)
	put("train/predictions.csv", "row,actual\n")
	put("train/model.onnx", c.model)
	if c.tensors != nil {
		put("train/model.safetensors", c.tensors)
	}
	if c.schema != nil {
		put("train/schema.json", c.schema)
	}
	put("evaluate/metrics.json", c.metrics)
	in := func(name string) string { return filepath.Join(c.dir, name) }
	return out, runPackage(context.Background(), []string{
		"--job", in("job.json"), "--train", in("train"), "--evaluate", in("evaluate"), "--out", out,
	})
}

// readTree returns the files below dir by name, and checks modes and times.
func readTree(t *testing.T, dir string, mtime time.Time) map[string]string {
	t.Helper()
	files := make(map[string]string)
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		assert.True(t, info.ModTime().Equal(mtime), "%s has time %v", path, info.ModTime())
		if d.IsDir() {
			assert.Equal(t, fs.FileMode(0o755), info.Mode().Perm(), path)
			return nil
		}
		assert.Equal(t, fs.FileMode(0o644), info.Mode().Perm(), path)
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		name, err := filepath.Rel(dir, path)
		files[filepath.ToSlash(name)] = string(data)
		return err
	}))
	return files
}

func TestPackageWritesTheSameTwice(t *testing.T) {
	c := newPackageCase(t)
	first, err := c.run(t)
	require.NoError(t, err)
	second, err := c.run(t)
	require.NoError(t, err)
	files := readTree(t, first, time.Unix(1700000000, 0))
	assert.Equal(t, files, readTree(t, second, time.Unix(1700000000, 0)))
	assert.Len(t, files, 9)
	for name, data := range files {
		assert.NotContains(t, data, packageSecret, name)
	}
	assert.Equal(t, files[cycloneDXFile], files[attestCycloneDXFile])
	assert.Equal(t, files[spdxFile], files[attestSPDXFile])
}

func TestPackageProvenance(t *testing.T) {
	c := newPackageCase(t)
	out, err := c.run(t)
	require.NoError(t, err)
	data, err := os.ReadFile(filepath.Join(out, filepath.FromSlash(provenanceFile)))
	require.NoError(t, err)
	st, err := provenance.ParseStatement(data)
	require.NoError(t, err)
	assert.Equal(t, []provenance.Subject{{Name: "model/model.onnx", Digest: provenance.DigestSet{"sha256": sum(c.model)}}}, st.Subject)
	var uris []string
	for _, m := range st.Predicate.Materials {
		assert.NotEmpty(t, m.Digest, m.URI)
		uris = append(uris, m.URI)
	}
	assert.Equal(t, []string{
		"context://data/penguins.csv", "context://model.yaml", "https://example.org/r.git",
		"pkg:docker/busybox@1.36?digest=sha256:" + strings.Repeat("b", 64) + "&platform=linux%2Famd64",
		"pkg:docker/org/modelbuild@1?digest=sha256:" + strings.Repeat("f", 64) + "&platform=linux%2Famd64",
	}, uris)
	assert.Equal(t, provenance.DigestSet{"sha256": strings.Repeat("d", 64)}, st.Predicate.Materials[0].Digest, "digest measured by training")
	params := st.Predicate.Invocation.Parameters
	assert.Equal(t, json.Number("42"), params["train"].(map[string]any)["seed"])
	assert.Equal(t, map[string]any{"gates": map[string]any{"accuracy": ">= 0.95"}}, params["evaluate"])
	steps := st.Predicate.BuildConfig.Steps
	require.Len(t, steps, 3)
	assert.Contains(t, steps[2].Inputs, provenance.FileMaterial("step:train/model.onnx", map[string]string{"sha256": sum(c.model)}))
	assert.True(t, st.Predicate.Metadata.Reproducible)
}

// TestPackageStepInputs: a step's inputs are the datasets that the planner says it reads, whatever the
// metrics look like, and the model where the evaluation asks it.
func TestPackageStepInputs(t *testing.T) {
	inputs := func(change func(j *packagejob.Job)) map[string][]string {
		c := newPackageCase(t)
		c.job.Data = append(c.job.Data, packagejob.Source{Name: "test", Kind: packagejob.KindLocal, URI: "context://test.csv", Digest: map[string]string{"sha256": strings.Repeat("e", 64)}})
		change(c.job)
		out, err := c.run(t)
		require.NoError(t, err)
		st, err := provenance.ParseStatement([]byte(readTree(t, out, time.Unix(1700000000, 0))[provenanceFile]))
		require.NoError(t, err)
		read := map[string][]string{}
		for i, s := range st.Predicate.BuildConfig.Steps {
			for _, m := range s.Inputs {
				if strings.HasPrefix(m.URI, "context://") || strings.HasPrefix(m.URI, "step:train/model") {
					read[c.job.Steps[i].Name] = append(read[c.job.Steps[i].Name], m.URI)
				}
			}
		}
		return read
	}
	packaged := []string{"step:train/model.onnx"}
	assert.Equal(t, map[string][]string{"train": {"context://data/penguins.csv"}, "package": packaged}, inputs(func(*packagejob.Job) {}))
	assert.Equal(t, map[string][]string{"train": {"context://data/penguins.csv", "context://test.csv"}, "evaluate": {"context://test.csv", "step:train/model.onnx"}, "package": packaged},
		inputs(func(j *packagejob.Job) {
			j.Steps[0].Data, j.Steps[1].Data, j.Steps[1].Model = []string{"train", "test"}, []string{"test"}, true
		}))
}

// TestPackageWithoutStatistics: the schema and the metrics of the image are the step's own then, without what
// describes the training data, and nothing else has it.
func TestPackageWithoutStatistics(t *testing.T) {
	c := newPackageCase(t)
	mean := 4207.0625
	c.metrics.Baseline = &train.Baseline{Class: "Most-frequent", Value: &mean, Metrics: map[string]float64{"accuracy": 0.4375}}
	const inputs = `"version": 2, "task": "classification", "missing_values": [], "inputs": [{"name": "mass", "tensor": "float32", "type": "number", "fill": 4050}], "outputs": []`
	c.schema = []byte(`{` + inputs + `, "statistics": {"rows": 275, "columns": {"mass": {"rows": 275, "missing": 1, "numbers": {"min": 2700.03125, "max": 6300.03125}}}}}`)
	out, err := c.run(t)
	require.NoError(t, err)
	files := readTree(t, out, time.Unix(1700000000, 0))
	require.NotContains(t, files, "model/schema.json")
	require.Contains(t, files[attestRecordFile], `"statistics"`)

	c.job.NoStatistics = true
	out, err = c.run(t)
	require.NoError(t, err)
	files = readTree(t, out, time.Unix(1700000000, 0))
	require.JSONEq(t, `{`+inputs+`}`, files["model/schema.json"])
	var m train.Metrics
	require.NoError(t, json.Unmarshal([]byte(files["model/metrics.json"]), &m))
	require.Equal(t, &train.Baseline{Metrics: map[string]float64{"accuracy": 0.4375}}, m.Baseline)
	require.Equal(t, c.metrics.Slices, m.Slices)
	for name, text := range files {
		for _, leaked := range []string{"2700.03125", "6300.03125", "Most-frequent", "4207.0625", `"statistics"`} {
			require.NotContains(t, text, leaked, name)
		}
	}
	c.schema = []byte("{")
	_, err = c.run(t)
	require.ErrorContains(t, err, "read schema")
}

// TestPackageTensors: they are a subject beside the model, and in the record and both
// SBOMs; another file in their place is refused.
func TestPackageTensors(t *testing.T) {
	c := newPackageCase(t)
	c.tensors = []byte("tensors")
	c.record.Tensors = &train.File{File: train.TensorsFile, SHA256: sum(c.tensors), Size: 7}
	out, err := c.run(t)
	require.NoError(t, err)
	files := readTree(t, out, time.Unix(1700000000, 0))
	st, err := provenance.ParseStatement([]byte(files[provenanceFile]))
	require.NoError(t, err)
	want := provenance.DigestSet{"sha256": sum(c.tensors)}
	assert.Equal(t, []provenance.Subject{{Name: "model/model.onnx", Digest: provenance.DigestSet{"sha256": sum(c.model)}},
		{Name: "model/model.safetensors", Digest: want}}, st.Subject)
	assert.Contains(t, st.Predicate.BuildConfig.Steps[2].Inputs, provenance.FileMaterial("step:train/model.safetensors", want))
	r, err := provenance.ParseTrainingRecord([]byte(files[attestRecordFile]))
	require.NoError(t, err)
	assert.Equal(t, &provenance.RecordFile{File: "model/model.safetensors", Digest: want, Size: 7}, r.Model.Tensors)
	for _, name := range []string{cycloneDXFile, spdxFile} {
		assert.Contains(t, files[name], want["sha256"], name)
	}
	c.tensors = []byte("other")
	_, err = c.run(t)
	require.ErrorContains(t, err, "model.safetensors has sha256")
}

func TestPackageRemoteContext(t *testing.T) {
	c := newPackageCase(t)
	c.job.Spec.URI = "https://u:" + packageSecret + "@example.org/models.git#main"
	c.job.Spec.Digest = map[string]string{"gitCommit": strings.Repeat("9", 40)}
	out, err := c.run(t)
	require.NoError(t, err)
	st, err := provenance.ParseStatement([]byte(readTree(t, out, time.Unix(1700000000, 0))[provenanceFile]))
	require.NoError(t, err)
	want := provenance.Material{URI: "https://example.org/models.git#main", Digest: provenance.DigestSet{"sha1": strings.Repeat("9", 40)}}
	source := st.Predicate.Invocation.ConfigSource
	assert.Equal(t, want, provenance.Material{URI: source.URI, Digest: source.Digest})
	assert.Contains(t, st.Predicate.Materials, want)
	assert.Contains(t, st.Predicate.Materials, provenance.FileMaterial("context://model.yaml", map[string]string{"sha256": c.job.Spec.SHA256}))
	assert.True(t, st.Predicate.Metadata.Completeness.Materials)
}

func TestPackageMin(t *testing.T) {
	c := newPackageCase(t)
	c.job.Mode, c.job.Spec.Source, c.job.Epoch = packagejob.ModeMin, nil, 0
	c.record.Determinism.Class = provenance.ClassTolerance
	out, err := c.run(t)
	require.NoError(t, err)
	st, err := provenance.ParseStatement([]byte(readTree(t, out, time.Unix(0, 0))[provenanceFile]))
	require.NoError(t, err)
	assert.Nil(t, st.Predicate.Invocation.Parameters)
	assert.Nil(t, st.Predicate.BuildConfig)
	assert.Nil(t, st.Predicate.Metadata.BuildStartedOn)
	assert.False(t, st.Predicate.Metadata.Reproducible, "class tolerance")
}

func TestPackageRecordAndSBOMs(t *testing.T) {
	c := newPackageCase(t)
	out, err := c.run(t)
	require.NoError(t, err)
	files := readTree(t, out, time.Unix(1700000000, 0))
	assert.Contains(t, files[cardFile], "how much worse `log_loss` is")
	assert.Contains(t, files[cardFile], "| bill\\|length | 1.25 ± 0.125 |")
	r, err := provenance.ParseTrainingRecord([]byte(files[attestRecordFile]))
	require.NoError(t, err)
	assert.Equal(t, 344, r.Datasets[0].Rows)
	assert.Equal(t, "context://data/penguins.csv", r.Datasets[0].URI)
	assert.True(t, r.Evaluation.Gates[0].Met)
	assert.Equal(t, 30, r.Evaluation.Slices["island"]["Biscoe"].Rows)

	doc := new(cdx.BOM)
	require.NoError(t, cdx.NewBOMDecoder(bytes.NewReader([]byte(files[cycloneDXFile])), cdx.BOMFileFormatJSON).Decode(doc))
	assert.Equal(t, sum(c.model), (*doc.Metadata.Component.Hashes)[0].Value)
	assert.Equal(t, strings.Repeat("f", 64), (*(*doc.Metadata.Tools.Components)[0].Hashes)[0].Value)
	s, err := spdxjson.Read(bytes.NewReader([]byte(files[spdxFile])))
	require.NoError(t, err)
	assert.Len(t, s.Packages, len(*doc.Components)+2)
	assert.Equal(t, "2023-11-14T22:13:20Z", s.CreationInfo.Created)
}

func TestPackageRefusesWhatDoesNotBelongTogether(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit func(*packageCase)
		want string
	}{
		{"other model", func(c *packageCase) { c.model = []byte("something else") }, "verify model: model.onnx has sha256"},
		{"model elsewhere", func(c *packageCase) { c.record.Model.File = "../job.json" }, "outside its folder"},
		{"undeclared data", func(c *packageCase) { c.job.Data[0].Name = "other" }, `dataset "train" was trained on but is not in the package job`},
		{"other data", func(c *packageCase) { c.job.Data[0].Digest = map[string]string{"sha256": strings.Repeat("1", 64)} }, "the package job pins 1111"},
		{"job version", func(c *packageCase) { c.job.Version = 9 }, "version 9 is not supported"},
		{"record version", func(c *packageCase) { c.record.Version = 9 }, "read training record: version 9"},
		{"other metrics", func(c *packageCase) { c.record.Split.TestRows = 70 }, "69 rows were scored, the training record holds out 70"},
		{"image", func(c *packageCase) { c.job.Frontend.Ref = "No Image" }, "name frontend image"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newPackageCase(t)
			tc.edit(c)
			out, err := c.run(t)
			require.ErrorContains(t, err, tc.want)
			entries, err := os.ReadDir(out)
			require.NoError(t, err)
			assert.Empty(t, entries, "something was written")
		})
	}
}

func TestPackageStopsWithItsContext(t *testing.T) {
	c := newPackageCase(t)
	_, err := c.run(t)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = readPackaging(ctx, filepath.Join(c.dir, "job.json"), filepath.Join(c.dir, "train"), filepath.Join(c.dir, "evaluate"))
	assert.ErrorIs(t, err, context.Canceled)
}
