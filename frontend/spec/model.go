package spec

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lock"
)

// Model is a modelbuild file.
type Model struct {
	Pos
	Name        Value[string] `key:"name,required" doc:"name the model, as in name: penguins"`
	Version     Value[string] `key:"version" doc:"the model's version"`
	Description Value[string] `key:"description" doc:"one line for people"`
	License     Value[string] `key:"license" doc:"SPDX licence expression of the model"`
	Data        Map[Dataset]  `key:"data,required" doc:"add data: with a dataset named train"`
	Features    Features      `key:"features" doc:"the target and the columns to learn from"`
	Split       Split         `key:"split" doc:"how rows are held out for evaluation"`
	Prepare     Prepare       `key:"prepare" doc:"a program that runs before the one that trains"`
	Train       Train         `key:"train,required" doc:"add train: with an algorithm"`
	Checkpoint  Checkpoint    `key:"checkpoint" doc:"split a long training into parts that a killed build does not lose"`
	Evaluate    Evaluate      `key:"evaluate" doc:"gates and slices"`
	Image       Image         `key:"image" doc:"what the image looks like"`

	Platforms Seq[Value[string]] `key:"platforms" doc:"platforms of the image, as in [linux/amd64, linux/arm64]"`
	Card      Card               `key:"card" doc:"notes for the people who use the model"`

	Sweep        Sweep              `key:"sweep" doc:"try several values of parameters and train with the best"`
	From         Value[string]      `key:"from" doc:"base model that a program starts from: image://REF@sha256:…, oci-layout://NAME or target://NAME"`
	SBOM         SBOM               `key:"sbom" doc:"which bills of materials"`
	Provenance   Provenance         `key:"provenance" doc:"detail of the model's provenance, where the build does not choose it"`
	Sign         Sign               `key:"sign" doc:"the key that signs the model's provenance"`
	LaunchPolicy LaunchPolicy       `key:"launch_policy" doc:"what a confidential machine's operator may change"`
	VEX          Seq[Value[string]] `key:"vex" doc:"OpenVEX documents to attach, as in [context://vex.json]"`

	// File is the name the spec was read under; Raw its bytes. Files has those of
	// every file it is made of, by name.
	File  string
	Raw   []byte
	Files map[string][]byte

	Args    []Arg        // declared arguments with their values in this build
	Targets []TargetInfo // the models of a file with several
	Target  string       // which of them this is; empty for a file of one

	stages map[string]*Model // the targets that this one refers to
	reader *Reader
	lock   *lock.File // nil where it is not used
	spans  map[string]*place
	meant  map[string]bool
}

// Dataset is one entry of data.
type Dataset struct {
	Pos
	Source  Value[string] `key:"source,required" doc:"say where the data is, as in source: context://data/train.csv"`
	Digest  Value[string] `key:"digest" doc:"sha256 of the file; a remote source needs it"`
	Secret  Value[string] `key:"auth_secret" doc:"id of the build secret that holds the Authorization header for the source"`
	Format  Value[string] `key:"format" doc:"csv, jsonl or parquet"`
	License Value[string] `key:"license" doc:"SPDX licence expression of the data"`

	Description    Value[string] `key:"description" doc:"what the data is"`
	Classification Value[string] `key:"classification" doc:"sensitivity of the data, as in public"`
	Governance     Governance    `key:"governance" doc:"who answers for the data"`
}

// Governance names organizations that answer for a dataset, in CycloneDX's terms.
type Governance struct {
	Pos
	Owners     Seq[Value[string]] `key:"owners" doc:"who owns the data"`
	Custodians Seq[Value[string]] `key:"custodians" doc:"who keeps it"`
	Stewards   Seq[Value[string]] `key:"stewards" doc:"who sees to its quality and use"`
}

// Features is the features stanza: typed columns for the built-in engine.
type Features struct {
	Pos
	Target  Value[string]      `key:"target" doc:"the column to predict, as in target: species"`
	Weight  Value[string]      `key:"weight" doc:"a column of row weights, not to learn from"`
	Exclude Seq[Value[string]] `key:"exclude" doc:"columns not to learn from"`
	Columns Map[Column]        `key:"columns" doc:"how single columns are read"`
}

// Column says how one column is read and encoded.
type Column struct {
	Pos
	Type          Value[string]       `key:"type" doc:"number, category, binary, date, text or vector; inferred when left out"`
	Missing       Value[string]       `key:"missing" doc:"how missing values are filled"`
	Indicator     Value[bool]         `key:"indicator" doc:"add a feature that says where values are missing"`
	Scale         Value[string]       `key:"scale" doc:"how numbers are scaled"`
	Clip          Seq[Value[float64]] `key:"clip" doc:"the least and the greatest value, as in [0, 100]"`
	ClipQuantiles Seq[Value[float64]] `key:"clip_quantiles" doc:"the same as quantiles of the training part, as in [0.01, 0.99]"`
	Encode        Value[string]       `key:"encode" doc:"how categories and texts become numbers"`
	MaxCategories Value[uint64]       `key:"max_categories" doc:"categories kept, the most frequent ones; the others become one"`
	Parts         Seq[Value[string]]  `key:"parts" doc:"parts of a date, as in [year, month, weekday]"`
	MaxFeatures   Value[uint64]       `key:"max_features" doc:"words of a text that are kept, or buckets that they are hashed to"`
	NGrams        Value[uint64]       `key:"ngrams" doc:"longest run of words that counts as one"`
}

// Split says how rows are held out for evaluation.
type Split struct {
	Pos
	Kind Value[string]  `key:"kind" doc:"random, stratified, fixed, time, group or hash"`
	Test Value[float64] `key:"test" doc:"the held-out share, between 0 and 1"`

	Column Value[string] `key:"column" doc:"the column that a time, group or hash split goes by"`
	KFold  Value[uint64] `key:"kfold" doc:"folds of a cross-validation of the training part"`
}

// Train is the train stanza.
type Train struct {
	Pos
	Engine        Value[string]       `key:"engine" doc:"builtin"`
	Task          Value[string]       `key:"task" doc:"classification, regression, clustering, anomaly or decomposition; the algorithm's own when left out"`
	Algorithm     Value[string]       `key:"algorithm" doc:"name the algorithm, as in algorithm: logistic"`
	Params        Map[Value[any]]     `key:"params" doc:"the algorithm's parameters"`
	Calibrate     Value[string]       `key:"calibrate" doc:"how a classifier's scores become probabilities: platt or isotonic; left as they are when left out"`
	Threshold     Value[float64]      `key:"threshold" doc:"probability from which the second of two classes is predicted; the larger one is when left out"`
	LearningCurve Seq[Value[float64]] `key:"learning_curve" doc:"shares of the training part to fit the algorithm on too, as in [0.1, 0.25, 0.5]"`
	Export        Export              `key:"export" doc:"forms of the model besides ONNX in float32"`
	Seed          Value[uint64]       `key:"seed" doc:"seed of every random choice; 0 when left out"`
	Network       Value[string]       `key:"network" doc:"none"`

	Exec
}

// Export says in which forms a model is written.
type Export struct {
	Pos
	Safetensors Value[bool]   `key:"safetensors" doc:"write the parameters of a dense model as /model/model.safetensors too"`
	Precision   Value[string] `key:"precision" doc:"float32, or float64 for trees whose values are added in float64"`
}

// Evaluate is the evaluate stanza.
type Evaluate struct {
	Pos
	Gates  Map[Bound]         `key:"gates" doc:"bounds on metrics, as in accuracy: \">= 0.95\""`
	Slices Seq[Value[string]] `key:"slices" doc:"columns to report metrics by"`
	// Confidence is the level of the intervals.
	Confidence Value[float64] `key:"confidence" doc:"level of the confidence intervals; 0.95 when left out"`

	Importance        Importance         `key:"importance" doc:"how much worse the model is without what each column says"`
	PartialDependence Seq[Value[string]] `key:"partial_dependence" doc:"columns to show the mean prediction over the values of"`

	ONNX    ONNX `key:"onnx" doc:"score the ONNX model of a program on a dataset"`
	Program      // that scores the model, for the exec engine
}

// ONNX says how the model of a program is scored, where it is in the ONNX format.
type ONNX struct {
	Pos
	Data    Value[string]      `key:"data" doc:"the dataset to score it on; test when left out"`
	Target  Value[string]      `key:"target,required" doc:"the column that it predicts"`
	Columns Seq[Value[string]] `key:"columns" doc:"the columns of an input that takes several, in its order; every column but the target when left out"`
	Classes Seq[Value[string]] `key:"classes" doc:"the classes of its scores, in their order; those of the data, sorted, when left out"`
}

// Importance says how the importance of columns is measured.
type Importance struct {
	Pos
	Repeats Value[uint64] `key:"repeats" doc:"shuffles of each column; 5 when left out"`
	Metric  Value[string] `key:"metric" doc:"the metric that becomes worse; accuracy or rmse when left out"`
	Rows    Value[uint64] `key:"rows" doc:"held-out rows that are used at most; 5000 when left out"`
}

// Image is the image stanza.
type Image struct {
	Pos
	Base   Value[string]      `key:"base" doc:"what the image is built on: scratch, image://REF@sha256:…, oci-layout://NAME@sha256:… or target://NAME"`
	Files  Map[Value[string]] `key:"files" doc:"files to add, as in /model/LICENSE: context://LICENSE"`
	Labels Map[Value[string]] `key:"labels" doc:"OCI labels"`
	User   Value[string]      `key:"user" doc:"uid[:gid] the image runs as; 65532 when left out"`
	Serve  Serve              `key:"serve" doc:"add the inference server, as in {port: 8080}"`

	Entrypoint Seq[Value[string]] `key:"entrypoint" doc:"the program that a container runs and its arguments, as in [/bin/server, --model, /model]"`
	Cmd        Seq[Value[string]] `key:"cmd" doc:"arguments after those of entrypoint, which whoever starts a container may replace"`
	Statistics Value[bool]        `key:"statistics" doc:"false leaves out of the image what describes the training data: its smallest, largest and most frequent values, quantiles and means"`
}

// Options are what a spec is read with besides its text.
type Options struct {
	Args   map[string]string // values of build arguments
	Target string            // the model of a file with several; the first by default
	// Load reads an included file, or the lock, by its path beside the spec's own
	// name. It returns fs.ErrNotExist where there is none.
	Load func(name string) ([]byte, error)
	Lock LockUse // what the lock is to the spec
}

// Parse reads and checks a modelbuild file that stands alone. file is the name
// shown in diagnostics. The model is usable only where the list has no errors; it
// may be nil where the file is not YAML at all.
func Parse(file string, data []byte) (*Model, diag.List) {
	return ParseWith(file, data, Options{})
}

// ParseWith is [Parse] for a file with arguments, targets or includes.
func ParseWith(file string, data []byte, o Options) (*Model, diag.List) {
	return NewReader(file, data, o.Load).Read(o)
}

// Reader reads the models of one file. The text is parsed once for all of them.
type Reader struct {
	file string
	data []byte
	docs *documents
}

// NewReader is a reader of a file with that name and text. load reads the files
// beside it, as [Options] say.
func NewReader(file string, data []byte, load func(name string) ([]byte, error)) *Reader {
	return &Reader{file: file, data: data, docs: newDocuments(file, load)}
}

// Read reads and checks the model that the options name, as [ParseWith] does, and
// the targets that it refers to.
func (r *Reader) Read(o Options) (*Model, diag.List) {
	o.Load = r.docs.open
	g := &reading{Reader: r, o: o, done: map[string]*Model{}}
	m, diags := g.model(o.Target)
	return m, diags.Sorted()
}

func newDecoder(c *composer) *decoder {
	nodes := 0
	for name := range c.data {
		nodes += c.docs.parsed[name].nodes
	}
	return &decoder{composer: c, types: map[reflect.Type]fieldSet{}, spans: make(map[string]*place, nodes/2), meant: map[string]bool{}}
}

// At is the place of the value at path, such as features.target, or of the
// nearest part above it that the file has.
func (m *Model) At(path string) diag.Span {
	for {
		if p, ok := m.spans[path]; ok {
			if p.value.Start == p.value.End && !p.key.IsZero() {
				return p.key // a mapping or list: its key says more than its first character
			}
			return p.value
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return diag.Span{File: m.File, Start: diag.Position{Line: 1, Column: 1}, End: diag.Position{Line: 1, Column: 1}}
		}
		path = path[:i]
	}
}

// Lines is a range of lines of one file, both ends included.
type Lines struct {
	File        string
	First, Last int
}

// Lines are the lines that the stanza at path covers, from its key to its last
// value, in each file that has a part of it, in the order of the files' names.
func (m *Model) Lines(path string) []Lines {
	byFile := map[string]*Lines{}
	for p, at := range m.spans {
		if p != path && !strings.HasPrefix(p, path+".") && !strings.HasPrefix(p, path+"[") {
			continue
		}
		for _, s := range []diag.Span{at.key, at.value} {
			if s.IsZero() {
				continue
			}
			l, ok := byFile[s.File]
			if !ok {
				l = &Lines{File: s.File, First: s.Start.Line}
				byFile[s.File] = l
			}
			l.First = min(l.First, s.Start.Line)
			l.Last = max(l.Last, s.Start.Line)
		}
	}
	var out []Lines
	for _, file := range slices.Sorted(maps.Keys(byFile)) {
		out = append(out, *byFile[file])
	}
	return out
}
