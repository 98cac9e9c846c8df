package llb

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/train/job"
)

// Env is what a plan depends on besides the spec: where the build runs and how
// its result is to be described.
type Env struct {
	Mode     packagejob.Mode  // detail of the model's own provenance
	Builder  string           // SLSA builder.id; may be empty
	Frontend packagejob.Image // the image this code runs in, by digest
	Platform string           // platform of the steps, such as linux/amd64
	Epoch    time.Time        // SOURCE_DATE_EPOCH; the zero Unix time by default
	Labels   map[string]string
	Context  Context
	// Overrides replaces the source of a dataset by a file of the named context
	// data.NAME.
	Overrides map[string]string
}

// OverrideContext is the named context that replaces the source of a dataset.
func OverrideContext(dataset string) string { return "data." + dataset }

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
	Evaluate job.Evaluate
	Package  packagejob.Job
	Image    Image
	Epoch    time.Time
}

// NewPlan projects a checked model onto the steps of its build.
func NewPlan(m *spec.Model, env Env) (*Plan, error) {
	sources, err := m.Sources()
	if err != nil {
		return nil, fmt.Errorf("plan %s: %w", m.Name.V, err)
	}
	override(sources, env.Overrides)
	p := &Plan{Model: m, Sources: sources, Epoch: env.Epoch}
	p.Train = trainJob(m, sources)
	if p.Evaluate, err = evaluateJob(m, sources); err != nil {
		return nil, fmt.Errorf("plan %s: %w", m.Name.V, err)
	}
	p.Image = newImage(m, env)
	p.Package = packageJob(p, env)
	return p, nil
}

// override puts a named context in place of a source. A digest the spec gives
// holds for whatever comes in its place.
func override(sources []spec.NamedSource, by map[string]string) {
	for i, s := range sources {
		if file, ok := by[s.Name]; ok {
			sources[i].Source = spec.Source{Kind: spec.SourceContext, Name: OverrideContext(s.Name), Path: file, Digest: s.Source.Digest}
		}
	}
}

func datasets(sources []spec.NamedSource) []job.Dataset {
	out := make([]job.Dataset, len(sources))
	for i, s := range sources {
		format := s.Dataset.Format.Or("csv")
		out[i] = job.Dataset{Name: s.Name, Path: dataPath(s.Name, format), Format: format}
		if s.Source.Kind != spec.SourceHTTP { // BuildKit checks the digest of a download itself
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
		Params:    params(m),
		Seed:      m.Train.Seed.V,
	}
}

// params are the algorithm's parameters with every default, so that writing a
// default out in the spec changes nothing. Check has found them sound.
func params(m *spec.Model) job.Params {
	a, ok := job.LookupAlgorithm(m.Train.Algorithm.V)
	if !ok {
		return m.Params()
	}
	resolved, err := a.Resolve(m.Params())
	if err != nil {
		return m.Params()
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
	if len(out.Slices) > 0 {
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
