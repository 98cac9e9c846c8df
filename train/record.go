package train

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"slices"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/split"
	"github.com/modelbuild/modelbuild/train/table"
)

// RecordVersion is the layout version of [Record].
const RecordVersion = 2

// Engine identifies what trained a model. The version changes when the bits
// of a model of an unchanged job may.
type Engine struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// BuiltIn is this engine.
func BuiltIn() Engine { return Engine{Name: "builtin", Version: "3"} }

// Record says everything that decided a model: the job with no default left
// open, the data by digest, the rows of each part, and how training ended.
type Record struct {
	Version   int          `json:"version"`
	Engine    Engine       `json:"engine"`
	Job       job.Train    `json:"job"` // paths are cut to file names
	Datasets  []Dataset    `json:"datasets"`
	Split     Split        `json:"split"`
	Features  int          `json:"features"` // after encoding
	Output    string       `json:"output"`   // name of the model's output of numbers
	Classes   []string     `json:"classes,omitempty"`
	ClassRows *ClassRows   `json:"class_rows,omitempty"`
	Target    *TargetStats `json:"target,omitempty"` // of a regression
	Cutoff    *float32     `json:"cutoff,omitempty"` // score above which a row is an anomaly
	// Measures describe the fit of a model without a target on the held-out rows.
	Measures map[string]float64 `json:"measures,omitempty"`
	// CrossValidation is there where the split has folds.
	CrossValidation *CrossValidation `json:"cross_validation,omitempty"`
	// LearningCurve is there where the job asks for one.
	LearningCurve []CurvePoint `json:"learning_curve,omitempty"`
	Iterations    int          `json:"iterations"`
	FinalLoss     float64      `json:"final_loss"`
	Gradient      float64      `json:"gradient"` // largest absolute component at the end
	Converged     bool         `json:"converged"`
	Stopped       string       `json:"stopped"` // why training ended: see packages optimize and learn
	Determinism   Determinism  `json:"determinism"`
	Model         File         `json:"model"`
	// Program is there where one of the user's trained the model. Of the job it then
	// has the data, the task and the seed.
	Program *Program `json:"program,omitempty"`
	Tensors *File    `json:"tensors,omitempty"` // the same parameters, where they were asked for
}

// Dataset is a dataset as it was read.
type Dataset struct {
	Name   string `json:"name"`
	File   string `json:"file"`
	SHA256 string `json:"sha256"` // hex, of the file's bytes
	Size   int64  `json:"size"`
	Rows   int    `json:"rows"`
}

// Split is the outcome of the split. Digests are those of [split.Digest],
// prefixed with sha256:.
type Split struct {
	TrainRows   int    `json:"train_rows"`
	TestRows    int    `json:"test_rows"`
	TrainDigest string `json:"train_digest"`
	TestDigest  string `json:"test_digest"`
}

// TargetStats describe a number to be predicted, in the training part.
type TargetStats struct {
	Mean   float64 `json:"mean"`
	Std    float64 `json:"std"` // population standard deviation
	Min    float64 `json:"min"`
	Median float64 `json:"median"`
	Max    float64 `json:"max"`
}

// ClassRows counts the rows of each class, in the order of Record.Classes.
type ClassRows struct {
	Train []int `json:"train"`
	Test  []int `json:"test"`
}

// Determinism is the class of reproducibility that was checked, with the
// digest of [SelfCheck] that supports it.
type Determinism struct {
	Class       string `json:"class"`
	KnownAnswer string `json:"known_answer"`
}

// File is a file by digest.
type File struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"` // hex
	Size   int64  `json:"size"`
}

// Config is what a model was trained by: the job with every default filled in, and
// the engine.
type Config struct {
	Engine Engine `json:"engine"`
	job.Train
}

// config names each dataset by its own name and digest, wherever its file was.
func (r *Record) config() Config {
	c := Config{r.Engine, r.Job}
	c.Data = nil
	for _, d := range r.Job.Data {
		d.Path = d.Name + "." + d.Format
		for _, read := range r.Datasets {
			if read.Name == d.Name {
				d.Digest = "sha256:" + read.SHA256
			}
		}
		c.Data = append(c.Data, d)
	}
	return c
}

// ModelFiles are the files that hold the model.
func (r *Record) ModelFiles() []File {
	if r.Tensors == nil {
		return []File{r.Model}
	}
	return []File{r.Model, *r.Tensors}
}

func (in *input) record(f *fitted, answer string) Record {
	r := Record{
		Version: RecordVersion, Engine: BuiltIn(), Job: in.resolved(),
		Datasets: []Dataset{in.dataset(in.train)},
		Split: Split{
			TrainRows: len(in.parts.Train), TrainDigest: "sha256:" + split.Digest(in.parts.Train),
			TestRows: len(in.parts.Test), TestDigest: "sha256:" + split.Digest(in.parts.Test),
		},
		Features: f.enc.Width(), Output: outputOf(in.job.Task, f.algorithm.scores), Classes: in.classes,
		Iterations: f.info.Iterations, FinalLoss: f.info.Loss, Gradient: f.info.Gradient,
		Converged: f.info.Converged, Stopped: f.info.Stopped,
		Determinism: Determinism{Class: "exact", KnownAnswer: answer},
	}
	switch in.job.Task {
	case job.TaskClassification:
		r.ClassRows = &ClassRows{in.counts(in.trainTarget.Class, in.parts.Train), in.counts(in.testTarget.Class, in.parts.Test)}
	case job.TaskRegression:
		r.Target = describeTarget(pick(in.trainTarget.Value, in.parts.Train))
	case job.TaskAnomaly:
		cutoff := f.cutoff()
		r.Cutoff = &cutoff
	}
	if in.test != in.train {
		r.Datasets = append(r.Datasets, in.dataset(in.test))
	}
	return r
}

// outputOf is the name of the output of numbers of a task's models.
func outputOf(task string, scores bool) string {
	for _, o := range outputs(task, scores, 0, job.Float32) {
		if len(o.Shape) == 2 {
			return o.Name
		}
	}
	return ""
}

func describeTarget(values []float64) *TargetStats {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	t := &TargetStats{Min: sorted[0], Median: (sorted[(n-1)/2] + sorted[n/2]) / 2, Max: sorted[n-1]}
	t.Mean, t.Std = spread(values)
	return t
}

func (in *input) dataset(t *table.Table) Dataset {
	return Dataset{Name: t.Name, File: in.file(t.Name), SHA256: t.SHA256, Size: t.Size, Rows: t.Rows()}
}

func (in *input) file(name string) string {
	for _, d := range in.job.Data {
		if d.Name == name {
			return filepath.Base(d.Path)
		}
	}
	return ""
}

// resolved is the job with each feature's treatment spelled out.
func (in *input) resolved() job.Train {
	j := in.job
	j.Data = append([]job.Dataset(nil), j.Data...)
	for i := range j.Data {
		j.Data[i].Path = filepath.Base(j.Data[i].Path)
	}
	j.Features.Columns = make(map[string]job.Column, len(in.plan))
	for _, c := range in.plan {
		j.Features.Columns[c.Name] = c.Column
	}
	return j
}

func describe(name string, data []byte) File {
	sum := sha256.Sum256(data)
	return File{File: name, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(data))}
}
