package spec

import (
	yaml "go.yaml.in/yaml/v3"
)

// Sweep trains several models and keeps the best.
type Sweep struct {
	Pos
	Kind   Value[string]    `key:"kind,required" doc:"grid or random"`
	Trials Value[uint64]    `key:"trials" doc:"number of random trials"`
	Seed   Value[uint64]    `key:"seed" doc:"seed of the random trials"`
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

// SBOM chooses the bills of materials.
type SBOM struct {
	Pos
	Formats   Seq[Value[string]] `key:"formats" doc:"spdx, cyclonedx, spdx-3; the first two when left out"`
	CycloneDX Value[string]      `key:"cyclonedx_version" doc:"version of CycloneDX, 1.6 or 1.7; 1.6 when left out"`
}

// Provenance chooses the model's own provenance.
type Provenance struct {
	Pos
	Mode    Value[string] `key:"mode" doc:"min or max"`
	Version Value[string] `key:"version" doc:"v0.2 or v1"`
}

// Sign says who signs the model.
type Sign struct {
	Pos
	Key Value[string] `key:"key,required" doc:"id of the build secret that holds the key"`
}

// Serve adds the inference server to the image.
type Serve struct {
	Pos
	Port Value[uint64] `key:"port" doc:"TCP port; 8080 when left out"`
}

// Card is what the model card says to people who use the model.
type Card struct {
	Pos
	Users       Seq[Value[string]] `key:"users" doc:"who the model is for"`
	UseCases    Seq[Value[string]] `key:"use_cases" doc:"what the model is for"`
	Limitations Seq[Value[string]] `key:"limitations" doc:"what the model cannot do"`
	Tradeoffs   Seq[Value[string]] `key:"performance_tradeoffs" doc:"what was given up for what"`
	Ethical     Seq[Value[string]] `key:"ethical_considerations" doc:"what to mind in using the model"`
}
