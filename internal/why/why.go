// Package why tells which inputs made a build's steps run again: it compares two
// specs, or the provenance of two images, step by step.
package why

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Side is one of the two builds compared, as what each step reads. Keys name an
// input as the spec does, such as train.seed; values are its JSON.
type Side struct {
	Name   string
	Inputs map[string]map[string]string // by step
	// Place says where the spec has an input, as file:line; nil for an image.
	Place func(key string) string
	// Trials are those of a sweep, as in l1=0, l2=0.1.
	Trials []string
	tried  []string // the inputs of training that a sweep chooses
	chosen bool     // whether the values of these are known, as they are of an image
}

// Steps are the steps of a build in order; the first two are of a sweep. A step that
// reads another's output runs again when that one does.
func Steps() []string {
	return []string{stepTrials, stepSelect, "train", "evaluate", "package", "image"}
}

// reads says which earlier steps a step reads the output of.
func reads(step string) []string {
	switch step {
	case stepSelect:
		return []string{stepTrials}
	case "train":
		return []string{stepSelect}
	case "evaluate":
		return []string{"train"}
	case "package":
		return []string{"train", "evaluate"}
	case "image":
		return []string{"train", "evaluate", "package"}
	}
	return nil
}

// Absent is the value of an input that one side does not have.
const Absent = "(absent)"

// Cause is an input in which the two sides differ.
type Cause struct {
	Input string `json:"input"`
	Old   string `json:"old"`
	New   string `json:"new"`
	Place string `json:"place,omitempty"` // in the new spec
}

// Step is one step with what made it run again.
type Step struct {
	Name   string   `json:"step"`
	Reruns bool     `json:"reruns"`
	Causes []Cause  `json:"causes,omitempty"`  // inputs of its own that changed
	After  []string `json:"because,omitempty"` // earlier steps that run again
	// When is what has to be so besides, which is not known before.
	When string `json:"when,omitempty"`
	// Trials are the trials of a sweep that run again, and Kept how many do not.
	Trials []string `json:"trials,omitempty"`
	Kept   int      `json:"kept,omitempty"`
}

// otherTrial is when a training after a sweep runs again.
const otherTrial = "another trial is chosen"

// Compare finds the steps of the new side that the old side's results do not
// serve.
func Compare(before, after Side) []Step {
	reruns := map[string]bool{}
	var out []Step
	for _, name := range Steps() {
		if (name == stepTrials || name == stepSelect) && len(after.Trials) == 0 {
			continue
		}
		if name == stepTrials {
			s := compareTrials(before, after)
			reruns[name] = s.Reruns
			out = append(out, s)
			continue
		}
		s := Step{Name: name, Causes: causes(before.Inputs[name], after.Inputs[name], after.Place)}
		for _, earlier := range reads(name) {
			if reruns[earlier] {
				s.After = append(s.After, earlier)
			}
		}
		if name == "train" {
			s.afterSweep(before, after)
		}
		s.Reruns = len(s.Causes) > 0 || len(s.After) > 0
		reruns[name] = s.Reruns
		out = append(out, s)
	}
	return out
}

// afterSweep says what a sweep has to do with training: its inputs tell where they are
// known, and a sweep that is new or gone changes the step itself.
func (s *Step) afterSweep(before, after Side) {
	switch was, is := len(before.Trials) > 0, len(after.Trials) > 0; {
	case was && !is:
		s.Causes = append(s.Causes, Cause{Input: "sweep", Old: "there", New: Absent})
	case was && is && before.chosen && after.chosen:
		s.After = nil
	case was && is && len(s.After) > 0 && len(s.Causes) == 0:
		s.When = otherTrial
	}
}

func causes(before, after map[string]string, place func(string) string) []Cause {
	keys := make([]string, 0, len(before)+len(after))
	for k := range before {
		keys = append(keys, k)
	}
	for k := range after {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var out []Cause
	for _, k := range slices.Compact(keys) {
		c := Cause{Input: k, Old: valueOf(before, k), New: valueOf(after, k)}
		if c.Old == c.New {
			continue
		}
		if place != nil {
			c.Place = place(k)
		}
		out = append(out, c)
	}
	return out
}

func valueOf(m map[string]string, key string) string {
	if v, ok := m[key]; ok {
		return v
	}
	return Absent
}

// flatten writes the leaves of a JSON value under path into out.
func flatten(out map[string]string, path string, v any) error {
	switch x := v.(type) {
	case map[string]any:
		for k, child := range x {
			if err := flatten(out, strings.TrimPrefix(path+"."+k, "."), child); err != nil {
				return err
			}
		}
		return nil
	case []any:
		for i, child := range x {
			if err := flatten(out, fmt.Sprintf("%s[%d]", path, i), child); err != nil {
				return err
			}
		}
		return nil
	}
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %s: %w", path, err)
	}
	out[path] = string(data)
	return nil
}

// plain turns any value into maps, lists and scalars by way of its JSON.
func plain(v any) (any, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.UseNumber()
	var out any
	if err := dec.Decode(&out); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	return out, nil
}
