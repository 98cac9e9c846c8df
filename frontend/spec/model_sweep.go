package spec

import (
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
	yaml "go.yaml.in/yaml/v3"
)

// Sweep tries several values of parameters and trains with the best.
type Sweep struct {
	Pos
	Kind   Value[string]    `key:"kind,required" doc:"grid or random"`
	Trials Value[uint64]    `key:"trials" doc:"number of random trials"`
	Seed   Value[uint64]    `key:"seed" doc:"seed of the random trials; 0 when left out"`
	Metric Value[string]    `key:"metric,required" doc:"the metric that decides"`
	Goal   Value[string]    `key:"goal" doc:"maximize or minimize; the metric's own direction when left out"`
	Params Map[SweepValues] `key:"params,required" doc:"values to try, as in l2: [0.1, 1, 10]"`
}

// SweepValues are the values of one parameter: a list, or a range for random
// trials.
type SweepValues struct {
	List  Seq[Value[any]]
	Range SweepRange
}

// SweepRange is a range of numbers.
type SweepRange struct {
	Pos
	Min Value[float64] `key:"min,required" doc:"the smallest value"`
	Max Value[float64] `key:"max,required" doc:"the largest value"`
	Log Value[bool]    `key:"log" doc:"draw from the logarithm of the range"`
}

func (s *SweepValues) decodeNode(d *decoder, n *yaml.Node, path string) {
	switch n.Kind {
	case yaml.SequenceNode:
		s.List.decodeNode(d, n, path)
	case yaml.MappingNode:
		d.value(n, &s.Range, path)
	default:
		d.wrongType(n, path, "a list, or a range such as {min: 0.01, max: 1}")
	}
}

// Space is what a checked sweep tries, each value in the type of its parameter.
func (m *Model) Space() job.Space {
	s := m.Sweep
	out := job.Space{Kind: s.Kind.V, Trials: int(s.Trials.V), Seed: s.Seed.V}
	a, _ := job.LookupAlgorithm(m.Train.Algorithm.V)
	for _, e := range s.Params.Entries {
		p := job.SpaceParam{Name: e.Key}
		for _, v := range e.Value.List.Items {
			if resolved, err := a.Resolve(job.Params{e.Key: v.V}); err == nil {
				p.List = append(p.List, resolved[e.Key])
			}
		}
		if r := e.Value.Range; r.Set {
			i := slices.IndexFunc(a.Params, func(q job.Param) bool { return q.Name == e.Key })
			p.Range = &job.SpaceSpan{Min: r.Min.V, Max: r.Max.V, Log: r.Log.V, Whole: i >= 0 && a.Params[i].Type == job.ParamInt}
		}
		out.Params = append(out.Params, p)
	}
	slices.SortFunc(out.Params, func(a, b job.SpaceParam) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Goal is the goal of the sweep with its default.
func (m *Model) Goal() string {
	return m.Sweep.Goal.Or(job.DefaultGoal(m.Task(), m.Sweep.Metric.V))
}
