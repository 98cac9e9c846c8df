package llb

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/train/job"
)

// Env is what a plan depends on besides the spec: where the build runs and how
// its result is to be described.
type Env struct {
	Mode     packagejob.Mode   // detail of the model's own provenance
	Format   packagejob.Format // of its SLSA provenance; v0.2 where it is empty
	Open     Open              // what of these two the spec may choose
	Builder  string            // SLSA builder.id; may be empty
	Frontend packagejob.Image  // the image this code runs in, by digest
	Platform string            // of the steps, such as linux/amd64: a program's model may depend on it
	Target   string            // of the image, where each platform has a plan of its own; empty where it is not to count
	// Workbench says that the environment is not to train in but to be looked at, on the platform
	// of the image.
	Workbench bool
	Epoch     time.Time // SOURCE_DATE_EPOCH; the zero Unix time by default
	Labels    map[string]string
	Context   Context
	// Bases are the configurations of the images that images are built on, for the platform of
	// the image, by the text of the spec.
	Bases map[string]*dockerspec.DockerOCIImage
	VCS   *packagejob.VCS // the commit, where the client tells it and a record is asked for

	DebianMirrors map[string]string // addresses of archives by their label, for a spec that gives none; "" is the main one
	PythonIndex   string            // likewise of an index

	// Overrides replaces sources of datasets by files of named contexts: the path of
	// the file by the name of the context, which [OverrideContext] gives.
	Overrides map[string]string
}

// trainsOn is the platform of the environment of a model's program.
func (e Env) trainsOn(m *spec.Model) string {
	if e.ofImage(m) {
		return cmp.Or(e.Target, e.Platform)
	}
	return e.Platform
}

// ofImage reports whether the environment of a model's program is one of the image's platform.
func (e Env) ofImage(m *spec.Model) bool { return m.Train.PerPlatform.V || e.Workbench }

// OverrideContext is the named context that replaces the source of a dataset: of
// the target that is built, or of another one that it needs.
func OverrideContext(target, dataset string) string {
	if target == "" {
		return "data." + dataset
	}
	return target + ".data." + dataset
}

// Context describes the build context that context:// sources are files of.
type Context struct {
	URI    string            // git or http address; empty for a local directory
	Digest map[string]string // of a remote context, where known
	// LocalSpec says that the spec is a local file although the context is remote.
	LocalSpec bool
}

// Plan is a model build as data: what each step reads, byte for byte.
type Plan struct {
	Model    *spec.Model
	Sources  []spec.NamedSource
	Train    job.Train
	Sweep    *Sweep   // before Train, where the spec has one
	Programs Programs // in place of Train, where programs of the user's own are run
	Evaluate job.Evaluate
	Package  packagejob.Job
	Image    Image
	Epoch    time.Time

	Environment *Environment     // of the programs
	Trees       []spec.NamedTree // what they read besides the data

	Files []spec.NamedFile // what the spec adds to the image
	Serve *Server          // the inference server of the image; nil where it has none
	Base  *Plan            // the target whose image this one's is built on; may be nil
	// ImageBase is the image that is below them all; nil where there is none.
	ImageBase *ImageBase
	Stages    []*Plan // the targets that this one reads from, each once
	Stage     string  // the name of the target, where it is built for another one
}

// NewPlan projects a checked model onto the steps of its build, and the targets that
// it needs onto those of theirs.
func NewPlan(m *spec.Model, env Env) (*Plan, error) {
	p, err := (&planner{env: env, stages: map[string]*Plan{}}).plan(m, "")
	if err != nil {
		return nil, fmt.Errorf("plan %s: %w", m.Name.V, err)
	}
	return p, nil
}

// planner plans each target once.
type planner struct {
	env    Env
	stages map[string]*Plan
}

func (pl *planner) plan(m *spec.Model, stage string) (*Plan, error) {
	env := pl.env
	env.Workbench = env.Workbench && stage == ""
	sources, err := m.Sources()
	if err != nil {
		return nil, err
	}
	override(sources, stage, pl.env.Overrides)
	p := &Plan{Model: m, Sources: sources, Epoch: pl.env.Epoch, Stage: stage}
	if p.Files, err = m.ImageFiles(); err != nil {
		return nil, err
	}
	if p.Trees, err = m.Trees(); err != nil {
		return nil, err
	}
	if err := pl.needed(p); err != nil {
		return nil, err
	}
	if p.ImageBase, err = pl.imageBase(p); err != nil {
		return nil, err
	}
	if p.Evaluate, err = evaluateJob(m, sources); err != nil {
		return nil, err
	}
	if p.Programs = newPrograms(m, sources); p.Programs.Train != nil {
		p.Evaluate = evaluateProgram(m, p.Evaluate, p.Programs)
		p.addBase()
		p.Environment, err = newEnvironment(m, env)
		p.Programs.platform(perPlatform(m, env))
	} else {
		p.Train = trainJob(m, sources)
		p.Sweep, err = newSweep(m, p.Train)
	}
	if err != nil {
		return nil, err
	}
	if p.Serve, err = newServer(p, pl.env); err != nil {
		return nil, err
	}
	p.Image = newImage(p, env)
	p.Package = packageJob(p, env)
	return p, nil
}

// needed plans the targets that a plan reads from.
func (pl *planner) needed(p *Plan) error {
	var names []string
	for _, s := range p.Sources {
		if s.Source.Kind == spec.SourceTarget {
			names = append(names, s.Source.Name)
		}
	}
	for _, f := range p.Files {
		if f.Source.Kind == spec.SourceTarget {
			names = append(names, f.Source.Name)
		}
	}
	for _, t := range p.Trees {
		if t.Source.Kind == spec.SourceTarget {
			names = append(names, t.Source.Name)
		}
	}
	base := p.Model.BaseTarget()
	if base != "" {
		names = append(names, base)
	}
	for _, name := range names {
		stage, err := pl.stage(p.Model, name)
		if err != nil {
			return err
		}
		if !slices.Contains(p.Stages, stage) {
			p.Stages = append(p.Stages, stage)
		}
	}
	p.Base = pl.stages[base]
	return nil
}

func (pl *planner) stage(m *spec.Model, name string) (*Plan, error) {
	if p, ok := pl.stages[name]; ok {
		return p, nil
	}
	other, ok := m.Stage(name)
	if !ok {
		return nil, fmt.Errorf("target %s was not read", name)
	}
	p, err := pl.plan(other, name)
	if err != nil {
		return nil, err
	}
	pl.stages[name] = p
	return p, nil
}

// All are the plans of the targets that this one needs, each after those that it
// needs itself, and this one last.
func (p *Plan) All() []*Plan {
	var out []*Plan
	var visit func(*Plan)
	visit = func(q *Plan) {
		if slices.Contains(out, q) {
			return
		}
		for _, s := range q.Stages {
			visit(s)
		}
		out = append(out, q)
	}
	visit(p)
	return out
}

// override puts a named context in place of a source. A digest the spec gives
// holds for whatever comes in its place.
func override(sources []spec.NamedSource, stage string, by map[string]string) {
	for i, s := range sources {
		context := OverrideContext(stage, s.Name)
		if file, ok := by[context]; ok {
			sources[i].Source = spec.Source{Kind: spec.SourceContext, Name: context, Path: file, Digest: s.Source.Digest}
		}
	}
}

func datasets(sources []spec.NamedSource) []job.Dataset {
	out := make([]job.Dataset, len(sources))
	for i, s := range sources {
		format := s.Dataset.Format.Or("csv")
		out[i] = job.Dataset{Name: s.Name, Path: dataPath(s.Name, format), Format: format}
		if !s.Source.Checked() {
			out[i].Digest = s.Source.Digest.String()
		}
	}
	return out
}

// trainJob leaves the epoch at 0: the image sets the time of its files itself,
// and another SOURCE_DATE_EPOCH is no reason to train again.
func trainJob(m *spec.Model, sources []spec.NamedSource) job.Train {
	return job.Train{
		Version:   job.Version,
		Data:      datasets(sources),
		Features:  features(m.Features),
		Split:     split(m),
		Task:      m.Task(),
		Algorithm: m.Train.Algorithm.V,
		Params:    resolved(m, m.Params()),
		Calibrate: m.Train.Calibrate.V,
		Threshold: m.Train.Threshold.V,
		Export:    m.Export(),
		Seed:      m.Train.Seed.V,

		LearningCurve: items(m.Train.LearningCurve),
	}
}

// resolved are parameters of the algorithm with every default, so that writing a
// default out in the spec changes nothing. Check has found them sound.
func resolved(m *spec.Model, given job.Params) job.Params {
	a, ok := job.LookupAlgorithm(m.Train.Algorithm.V)
	if !ok {
		return given
	}
	resolved, err := a.Resolve(given)
	if err != nil {
		return given
	}
	return resolved
}

func features(f spec.Features) job.Features {
	out := job.Features{Target: f.Target.V, Weight: f.Weight.V, Exclude: texts(f.Exclude)}
	for _, e := range f.Columns.Entries {
		if out.Columns == nil {
			out.Columns = map[string]job.Column{}
		}
		out.Columns[e.Key] = column(e.Value)
	}
	return out
}

func column(c spec.Column) job.Column {
	return job.Column{
		Type: c.Type.V, Missing: c.Missing.V, Indicator: c.Indicator.V, Scale: c.Scale.V,
		Clip: items(c.Clip), ClipQuantiles: items(c.ClipQuantiles), Encode: c.Encode.V, MaxCategories: int(c.MaxCategories.V),
		Parts: texts(c.Parts), MaxFeatures: int(c.MaxFeatures.V), NGrams: int(c.NGrams.V),
	}
}

func split(m *spec.Model) job.Split {
	s := m.Split
	out := job.Split{Kind: s.Kind.Or(job.DefaultSplit(m.Task())), Column: s.Column.V, KFold: int(s.KFold.V)}
	if out.Kind != job.SplitFixed {
		out.Test = s.Test.Or(job.DefaultTest)
	}
	return out
}

func evaluateJob(m *spec.Model, sources []spec.NamedSource) (job.Evaluate, error) {
	out := job.Evaluate{Version: job.Version, Slices: texts(m.Evaluate.Slices), Confidence: m.Evaluate.Confidence.Or(job.DefaultConfidence)}
	if i := m.Evaluate.Importance; i.Set {
		out.Importance = &job.Importance{
			Repeats: int(i.Repeats.Or(job.DefaultRepeats)),
			Metric:  i.Metric.Or(job.HeadlineMetric(m.Task())),
			Rows:    int(i.Rows.Or(job.DefaultExplainRows)),
		}
	}
	out.PartialDependence = texts(m.Evaluate.PartialDependence)
	if out.NeedsData() {
		out.Data = datasets(sources)
	}
	for _, e := range m.Evaluate.Gates.Entries {
		g, err := spec.ParseGate(e.Value.V)
		if err != nil {
			return job.Evaluate{}, fmt.Errorf("evaluate.gates.%s: %w", e.Key, err)
		}
		out.Gates = append(out.Gates, job.Gate{Metric: e.Key, Op: g.Op, Value: g.Value, Tolerance: g.Tolerance, Field: "evaluate.gates." + e.Key})
	}
	return out, nil
}

// canonical is the JSON that a step reads: fields in declared order, map keys
// sorted.
func canonical(v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode job: %w", err)
	}
	return append(data, '\n'), nil
}
