package job

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

// Kinds of sweep.
const (
	SweepGrid   = "grid"   // every combination
	SweepRandom = "random" // a number of draws
)

// Goals of a sweep.
const (
	GoalMaximize = "maximize"
	GoalMinimize = "minimize"
)

// MaxTrials is the most trials of a sweep: each is a step of the build.
const MaxTrials = 256

// DefaultFolds is the number of folds where a split has none and some are needed: of a
// calibration, and of which a sweep takes the last as its validation part.
const DefaultFolds = 5

// Space is what a sweep tries.
type Space struct {
	Kind   string       `json:"kind"`
	Trials int          `json:"trials,omitempty"` // of random
	Seed   uint64       `json:"seed,omitempty"`   // of random
	Params []SpaceParam `json:"params"`           // sorted by name
}

// SpaceParam is a parameter with its values: a list, or a range for random draws.
type SpaceParam struct {
	Name  string     `json:"name"`
	List  []any      `json:"list,omitempty"`
	Range *SpaceSpan `json:"range,omitempty"`
}

// SpaceSpan is a range of numbers, both ends included.
type SpaceSpan struct {
	Min   float64 `json:"min"`
	Max   float64 `json:"max"`
	Log   bool    `json:"log,omitempty"`   // uniform in the logarithm
	Whole bool    `json:"whole,omitempty"` // of a parameter that is a whole number
}

// Names are the names of the parameters.
func (s Space) Names() []string {
	names := make([]string, len(s.Params))
	for i, p := range s.Params {
		names[i] = p.Name
	}
	return names
}

// Select is the job of the step that compares the trials of a sweep.
type Select struct {
	Version int    `json:"version"`
	Metric  string `json:"metric"`
	Goal    string `json:"goal"`
	Space   Space  `json:"space"`
	// Trials are the values of each trial, and what it found is in the file of its number
	// from 1: see [TrialName].
	Trials []Params `json:"trials"`
}

// TrialName is the name of the file with the result of a trial, from 1.
func TrialName(number int) string { return fmt.Sprintf("trial-%03d.json", number) }

// Selected is what the step says to the one that trains.
type Selected struct {
	Version int    `json:"version"`
	Params  Params `json:"params"`
}

// With is the parameters with others over them.
func (p Params) With(others Params) Params {
	out := make(Params, len(p)+len(others))
	maps.Copy(out, p)
	maps.Copy(out, others)
	return out
}

// ReadSelect decodes a job as strictly as [ReadTrain].
func ReadSelect(r io.Reader) (Select, error) {
	return read(r, "select job", func(s Select) int { return s.Version })
}

// ReadSelected decodes the parameters of the chosen trial.
func ReadSelected(r io.Reader) (Selected, error) {
	return read(r, "selected parameters", func(s Selected) int { return s.Version })
}

// Trial is the job of a trial of a training with other parameters. It has nothing that
// does not decide how the trial does: the held-out rows are not read, and what is done
// with the probabilities or the forms of a model comes after the choice.
func (t Train) Trial(params Params) Train {
	t.Params = params
	t.Calibrate, t.Threshold, t.LearningCurve, t.Export.Safetensors = "", 0, nil, false
	t.Data = slices.DeleteFunc(slices.Clone(t.Data), func(d Dataset) bool { return d.Name != DatasetTrain })
	return t
}

// DefaultGoal is the better direction of a metric of a task; empty where neither is
// better by itself, or where there is no such metric.
func DefaultGoal(task, metric string) string {
	if slices.Contains([]string{"mean_error", "largest_share", "noise_share", "anomaly_share"}, metric) {
		return ""
	}
	for _, m := range Metrics(task) {
		switch {
		case m.Name != metric:
		case m.HigherIsBetter:
			return GoalMaximize
		default:
			return GoalMinimize
		}
	}
	return ""
}
