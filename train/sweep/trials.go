package sweep

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/modelbuild/modelbuild/train/fpmath"
	"github.com/modelbuild/modelbuild/train/job"
)

// stream separates the draws of a sweep from other uses of a seed.
const stream = 0x7377656570 // "sweep"

// maxRepeated is how many draws in a row may be combinations that were drawn already.
const maxRepeated = 100_000

// ErrExhausted says that a space has fewer combinations than trials.
var ErrExhausted = errors.New("there are fewer combinations than trials")

// Size is the number of combinations, +Inf where a number of any value may be drawn.
func Size(s job.Space) float64 {
	n := 1.0
	for _, p := range s.Params {
		switch {
		case p.Range == nil:
			n = float64(n * float64(len(p.List)))
		case p.Range.Whole:
			n = float64(n * (p.Range.Max - p.Range.Min + 1))
		default:
			return math.Inf(1)
		}
	}
	return n
}

// Trials are the values of each trial in their order. A grid is the product of the
// lists: of parameters sorted by name, the last one changes fastest, and each takes its
// values in the order of its list. Of random trials, more of them begin with the same
// ones. The space has been checked; one with too many combinations is an error.
func Trials(s job.Space) ([]job.Params, error) {
	if s.Kind == job.SweepRandom {
		return draw(s)
	}
	if n := Size(s); n > job.MaxTrials {
		return nil, fmt.Errorf("list trials: %.0f combinations, at most %d are tried", n, job.MaxTrials)
	}
	out := []job.Params{{}}
	for _, p := range s.Params {
		var longer []job.Params
		for _, before := range out {
			for _, v := range p.List {
				longer = append(longer, before.With(job.Params{p.Name: v}))
			}
		}
		out = longer
	}
	return out, nil
}

// draw draws trials without replacement: a combination that was drawn before is thrown
// away. PCG-DXSM gives the numbers; each parameter of a trial takes one, by name.
func draw(s job.Space) ([]job.Params, error) {
	if s.Trials > job.MaxTrials {
		return nil, fmt.Errorf("list trials: %d draws, at most %d are made", s.Trials, job.MaxTrials)
	}
	if Size(s) < float64(s.Trials) {
		return nil, fmt.Errorf("list trials: %w", ErrExhausted)
	}
	rng := rand.NewPCG(s.Seed, stream)
	seen := map[string]bool{}
	var out []job.Params
	for repeated := 0; len(out) < s.Trials; {
		trial := make(job.Params, len(s.Params))
		for _, p := range s.Params {
			trial[p.Name] = value(p, fpmath.Uniform(rng))
		}
		key := Text(s.Names(), trial)
		if seen[key] {
			if repeated++; repeated > maxRepeated {
				return nil, fmt.Errorf("list trials: %w", ErrExhausted)
			}
			continue
		}
		seen[key], repeated = true, 0
		out = append(out, trial)
	}
	return out, nil
}

// value is the value of a parameter for a number u in [0, 1).
func value(p job.SpaceParam, u float64) any {
	r := p.Range
	if r == nil {
		return p.List[int(float64(u*float64(len(p.List))))]
	}
	low, high := r.Min, r.Max
	if r.Whole { // each whole number has the numbers that round to it
		low, high = low-0.5, high+0.5
	}
	var v float64
	if r.Log {
		a, b := fpmath.Log(low), fpmath.Log(high)
		v = fpmath.Exp(a + float64(u*(b-a)))
	} else {
		v = low + float64(u*(high-low))
	}
	if r.Whole {
		v = math.Floor(v + 0.5)
	}
	return min(max(v, r.Min), r.Max)
}
