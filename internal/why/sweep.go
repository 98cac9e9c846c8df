package why

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/sweep"
)

// Steps of a sweep. The trials are one step here, with those of them that run again.
const (
	stepTrials = "trials"
	stepSelect = "select"
)

// trialInput reports whether an input of training is one of its trials too: what is done
// with the probabilities, and in which forms a model is written, comes after the choice.
func trialInput(key string) bool {
	return !slices.ContainsFunc([]string{"train.calibrate", "train.threshold", "train.learning_curve", "train.export.safetensors", "data.test."}, func(p string) bool { return strings.HasPrefix(key, p) })
}

// sweep takes the parameters of a sweep, after those of training. The values that a
// statement has of what was tried are those that were chosen.
func (s *Side) sweep(params map[string]any, chosen bool) error {
	swept, ok := params["sweep"].(map[string]any)
	if !ok {
		return nil
	}
	space := readSpace(swept)
	trials, err := sweep.Trials(space)
	if err != nil {
		return err
	}
	for _, p := range trials {
		s.Trials = append(s.Trials, sweep.Text(space.Names(), p))
	}
	s.chosen = chosen
	tree, err := plain(swept)
	if err != nil {
		return err
	}
	if err := flatten(s.step(stepSelect), "sweep", tree); err != nil {
		return err
	}
	for _, name := range space.Names() {
		s.tried = append(s.tried, "train.params."+name)
	}
	if !chosen {
		maps.DeleteFunc(s.step("train"), func(key, _ string) bool { return slices.Contains(s.tried, key) })
	}
	return nil
}

// trialInputs are the inputs that all trials have, once those of training are known.
func (s *Side) trialInputs() {
	if len(s.Trials) == 0 {
		return
	}
	for key, value := range s.step("train") {
		if trialInput(key) && !slices.Contains(s.tried, key) {
			s.set(stepTrials, key, value)
		}
	}
}

// readSpace reads what llb wrote of a space: numbers of its JSON are those of the trials.
func readSpace(swept map[string]any) job.Space {
	kind, _ := swept["kind"].(string)
	s := job.Space{Kind: kind, Trials: int(float(swept["trials"]))}
	if seed, ok := swept["seed"]; ok {
		s.Seed, _ = strconv.ParseUint(fmt.Sprint(seed), 10, 64) // more digits than a float64 has
	}
	params, _ := swept["params"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(params)) {
		p := job.SpaceParam{Name: name}
		switch v := params[name].(type) {
		case []any:
			for _, item := range v {
				if n, ok := number(item); ok {
					item = n
				}
				p.List = append(p.List, item)
			}
		case map[string]any:
			log, _ := v["log"].(bool)
			whole, _ := v["whole"].(bool)
			p.Range = &job.SpaceSpan{Min: float(v["min"]), Max: float(v["max"]), Log: log, Whole: whole}
		}
		s.Params = append(s.Params, p)
	}
	return s
}

func float(v any) float64 {
	n, _ := number(v)
	return n
}

// number is a value of decoded JSON as a number.
func number(v any) (float64, bool) {
	switch x := v.(type) {
	case float64:
		return x, true
	case int:
		return float64(x), true
	case uint64:
		return float64(x), true
	case interface{ Float64() (float64, error) }:
		f, err := x.Float64()
		return f, err == nil
	}
	return 0, false
}

// compareTrials finds the trials of the new side that the old side has no result of.
func compareTrials(before, after Side) Step {
	out := Step{Name: stepTrials, Causes: causes(before.Inputs[stepTrials], after.Inputs[stepTrials], after.Place)}
	if len(before.Trials) == 0 {
		out.Causes = nil // none of them was run
	}
	for _, t := range after.Trials {
		if len(out.Causes) > 0 || !slices.Contains(before.Trials, t) {
			out.Trials = append(out.Trials, t)
		}
	}
	out.Reruns, out.Kept = len(out.Trials) > 0, len(after.Trials)-len(out.Trials)
	return out
}
