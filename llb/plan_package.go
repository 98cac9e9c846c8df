package llb

import (
	"encoding/json"
	"maps"
	"path"
	"slices"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/opencontainers/go-digest"
)

func packageJob(p *Plan, env Env) packagejob.Job {
	m := p.Model
	mode, format := env.Statement(m)
	j := packagejob.Job{
		Version: packagejob.Version,
		Mode:    mode,
		Format:  format,
		Model: packagejob.Model{
			Name:        m.Name.V,
			Version:     m.Version.V,
			Description: m.Description.V,
			License:     m.License.V,
			Labels:      p.labels(),

			Considerations: considerations(m.Card),
		},
		Builder: env.Builder,
		Spec: packagejob.Spec{
			URI:      contextURI(env.Context, path.Base(m.File)),
			Filename: path.Base(m.File),
			SHA256:   digest.FromBytes(m.Raw).Encoded(),
			Digest:   env.Context.Digest,
		},
		Frontend: env.Frontend,
		Data:     dataSources(p.Sources, env.Context),
		Trees:    trees(p.Trees, env.Context),
		Programs: p.Programs.others(),
		From:     fromJob(p),
		Base:     packageBase(p.ImageBase),
		Files:    addedFiles(p.Files, env.Context),
		VEX:      vexDocuments(p.Files),
		Targets:  targets(p),
		Sources:  append(included(m, env.Context), p.Environment.sources()...),
		Platform: p.platform(env),
		Hermetic: p.hermetic(),
		Epoch:    env.Epoch.Unix(),
		VCS:      env.VCS,

		Sweep: p.sweepRecord(),

		CycloneDXVersion: m.SBOM.CycloneDX.V,
		NoStatistics:     p.withoutStatistics(),
	}
	if p.Serve != nil {
		server := p.Serve.file(env.Frontend)
		j.Files = append(j.Files, server)
		j.Server = server.Input
	}
	if mode == packagejob.ModeMax {
		j.Spec.Source = m.Raw
		j.Spec.Texts = specTexts(m)
		j.Parameters = parameters(p)
		j.Steps = steps(p)
	}
	return j
}

// contextURI names a file of the build context: by the context's own address
// where it is remote, else as context://.
func contextURI(c Context, file string) string {
	if c.URI != "" && !c.LocalSpec {
		return c.URI
	}
	return "context://" + file
}

func dataSources(sources []spec.NamedSource, c Context) []packagejob.Source {
	out := make([]packagejob.Source, len(sources))
	for i, s := range sources {
		out[i] = source(s.Name, s.Source, c)
		out[i].License = s.Dataset.License.V
		out[i].Description = s.Dataset.Description.V
		out[i].Classification = s.Dataset.Classification.V
		if g := s.Dataset.Governance; g.Set {
			out[i].Governance = &packagejob.Governance{Owners: texts(g.Owners), Custodians: texts(g.Custodians), Stewards: texts(g.Stewards)}
		}
	}
	return out
}

// source describes where a file comes from. Its digest is left out where the build
// has to measure it.
func source(name string, s spec.Source, c Context) packagejob.Source {
	out := packagejob.Source{Name: name}
	switch s.Kind {
	case spec.SourceContext:
		out.Kind, out.URI = packagejob.KindLocal, contextFile(s, c)
	case spec.SourceHTTP:
		out.Kind, out.URI = packagejob.KindHTTP, s.URL
		out.Digest = map[string]string{"sha256": s.Digest.Encoded()}
	case spec.SourceGit:
		out.Kind, out.URI = packagejob.KindGit, s.URL+"#"+s.Commit+":"+s.Path
		out.Digest = map[string]string{"gitCommit": s.Commit}
	case spec.SourceImage:
		out.Kind, out.URI = packagejob.KindImage, "image://"+s.URL+"@"+s.Image.String()+"#"+s.Path
		out.Digest = sha256Of(s.Image)
	case spec.SourceLayout:
		out.Kind, out.URI = packagejob.KindLocal, "oci-layout://"+s.Name+"#"+s.Path
	case spec.SourceBlob:
		out.Kind, out.URI = packagejob.KindBlob, "image+blob://"+s.URL+"@"+s.Digest.String()
	case spec.SourceLayoutBlob:
		out.Kind, out.URI = packagejob.KindLocal, "oci-layout+blob://"+s.Name+"@"+s.Digest.String()
	case spec.SourceTarget:
		out.Kind, out.URI = packagejob.KindTarget, "target://"+path.Join(s.Name, s.Path)
	}
	if s.Digest != "" && out.Digest == nil {
		out.Digest = map[string]string{"sha256": s.Digest.Encoded()}
	}
	return out
}

// addedFiles are the files that the spec adds to the image.
func addedFiles(files []spec.NamedFile, c Context) []packagejob.File {
	var out []packagejob.File
	for _, f := range files {
		out = append(out, packagejob.File{Path: f.Path, Input: path.Join(filesDir, f.Path), Source: source(f.Key, f.Source, c)})
	}
	return out
}

// targets are the models that this one was made from, or shares its image with.
func targets(p *Plan) []packagejob.Target {
	var out []packagejob.Target
	for i, q := range p.Stages {
		out = append(out, packagejob.Target{Name: q.Stage, Statement: statementPath(i)})
	}
	return out
}

// contextFile names a file of a build context as the spec would.
func contextFile(s spec.Source, c Context) string {
	switch {
	case s.Name != "":
		return "context+" + s.Name + "://" + s.Path
	case c.URI != "":
		return c.URI + ":" + s.Path
	}
	return "context://" + s.Path
}

func considerations(c spec.Card) *packagejob.Considerations {
	if !c.Set {
		return nil
	}
	return &packagejob.Considerations{Users: texts(c.Users), UseCases: texts(c.UseCases), Limitations: texts(c.Limitations),
		Tradeoffs: texts(c.Tradeoffs), Ethical: texts(c.Ethical)}
}

func texts(s spec.Seq[spec.Value[string]]) []string { return items(s) }

func items[T any](s spec.Seq[spec.Value[T]]) []T {
	var out []T
	for _, v := range s.Items {
		out = append(out, v.V)
	}
	return out
}

// included are the files that the spec is made of besides its own.
func included(m *spec.Model, c Context) []packagejob.Source {
	var out []packagejob.Source
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		if name == m.File {
			continue
		}
		out = append(out, packagejob.Source{
			Name: "include " + name, Kind: packagejob.KindLocal, URI: contextURI(c, name),
			Digest: map[string]string{"sha256": digest.FromBytes(m.Files[name]).Encoded()},
		})
	}
	return out
}

// parameters are the resolved choices of the spec in its own words, for the
// invocation of the model's provenance, with those of the targets that it needs.
func parameters(p *Plan) map[string]any {
	out := ownParameters(p)
	needed := map[string]any{}
	for _, q := range p.All() {
		if q != p {
			needed[q.Stage] = ownParameters(q)
		}
	}
	if len(needed) > 0 {
		out["targets"] = needed
	}
	return out
}

func ownParameters(p *Plan) map[string]any {
	if p.Programs.Train != nil {
		out := p.Programs.parameters(p.Evaluate)
		if b := p.base(); b != nil {
			out["from"] = b.Text
		}
		return out
	}
	out := map[string]any{
		"features": plain(p.Train.Features),
		"split":    plain(p.Train.Split),
		"train":    trainParameters(p.Train),
	}
	if p.Sweep != nil {
		out["sweep"] = p.Sweep.parameters()
	}
	if e := p.Evaluate; len(e.Gates) > 0 || len(e.Slices) > 0 || e.NeedsModel() {
		evaluate := map[string]any{"gates": gates(e), "slices": plain(p.Evaluate.Slices)}
		if p.Evaluate.Importance != nil {
			evaluate["importance"] = plain(p.Evaluate.Importance)
		}
		if columns := p.Evaluate.PartialDependence; len(columns) > 0 {
			evaluate["partial_dependence"] = plain(columns)
		}
		out["evaluate"] = evaluate
	}
	return out
}

// trainParameters are those of the built-in engine.
func trainParameters(t job.Train) map[string]any {
	out := map[string]any{"task": t.Task, "algorithm": t.Algorithm, "params": plain(t.Params), "seed": t.Seed}
	if t.Calibrate != "" {
		out["calibrate"] = t.Calibrate
	}
	if t.Threshold != 0 {
		out["threshold"] = t.Threshold
	}
	if len(t.LearningCurve) > 0 {
		out["learning_curve"] = plain(t.LearningCurve)
	}
	if t.Export != (job.Export{}) {
		out["export"] = plain(t.Export)
	}
	return out
}

func gates(e job.Evaluate) map[string]any {
	out := map[string]any{}
	for _, g := range e.Gates {
		out[g.Metric] = map[string]any{"op": g.Op, "value": g.Value}
	}
	return out
}

// platform is where a program trained. The built-in engine's models are the same
// everywhere, and so is what is said of them.
func (p *Plan) platform(env Env) string {
	if p.Programs.Train == nil {
		return ""
	}
	return env.trainsOn(p.Model)
}

// hermetic reports whether no step has a network, of this plan and those it needs.
func (p *Plan) hermetic() bool {
	return !slices.ContainsFunc(p.All(), func(q *Plan) bool { return q.Programs.Train != nil && q.Programs.Train.Network })
}

// plain turns a typed value into maps and lists, as its JSON form has them. The
// types are our own and always encode, so a failure is a bug.
func plain(v any) any {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var out any
	if err := json.Unmarshal(data, &out); err != nil {
		panic(err)
	}
	return out
}

// steps are the commands of a build in the order in which they run.
func steps(p *Plan) []packagejob.Step {
	var out []packagejob.Step
	add := func(ph phase, command []string, data []job.Dataset) {
		s := packagejob.Step{Name: ph.name, Command: command}
		for _, d := range data {
			s.Data = append(s.Data, d.Name)
		}
		for _, r := range lines(p.Model, ph.stanzas) {
			if r.File == p.Model.File {
				s.Locations = append(s.Locations, packagejob.Location{Start: r.First, End: r.Last})
			}
		}
		out = append(out, s)
	}
	ps := p.Programs
	if ps.Prepare != nil {
		add(phasePrepare, ps.Prepare.Command, ps.Prepare.Data)
	}
	for i, part := range ps.Parts {
		add(phase{packagejob.StepPart(i + 1), nil, phaseProgram.stanzas}, part.Command, part.Data)
	}
	if ps.Train != nil {
		add(phaseProgram, ps.Train.Command, ps.Train.Data)
	} else {
		p.sweepSteps(add)
		add(phaseTrain, p.trainPhase().command(), p.Train.Data)
	}
	if ps.Score != nil {
		add(phaseScore, ps.Score.Command, ps.Score.Data)
	}
	add(phaseEvaluate, phaseEvaluate.command(), p.Evaluate.Data)
	out[len(out)-1].Model = p.Evaluate.NeedsModel() || p.Evaluate.ONNX != nil
	add(phasePackage, phasePackage.command(), nil)
	return out
}

// specTexts are the files that the spec is made of besides its own, the lock among them.
func specTexts(m *spec.Model) []packagejob.Text {
	var out []packagejob.Text
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		if name != m.File {
			out = append(out, packagejob.Text{Filename: name, Language: language, Data: m.Files[name]})
		}
	}
	return out
}

// language is that of the files of a spec, as source maps name it.
const language = "YAML"
