package llb

import (
	"cmp"
	"slices"

	"github.com/modelbuild/modelbuild/frontend/spec"
)

// Places inside a step. Nothing of the host's layout ever reaches a step's
// bytes, so renaming a data file retrains nothing.
const (
	stepBinary  = "/modelbuild-step"
	jobFile     = "/in/job.json"
	trainDir    = "/in/train"
	evaluateDir = "/in/evaluate"
)

// OutDir is where a step writes its result, and DiagnosticsFile what a step
// that fails for a user's mistake leaves there: a JSON array of job.Problem.
const (
	OutDir          = "/out"
	DiagnosticsFile = "diagnostics.json"
)

func dataPath(name, format string) string { return "/in/data/" + name + "." + format }

// phase is one exec of the build: a subcommand of the step binary, its
// arguments, and the stanzas of the spec that it carries out.
type phase struct {
	name    string
	args    []string
	stanzas []string
}

var (
	phaseTrain    = phase{"train", nil, []string{"data", "features", "split", "train"}}
	phaseTrial    = phase{"trial", nil, []string{"data", "features", "split", "train", "sweep"}}
	phaseSelect   = phase{"select", []string{"--trials", trialsDir}, []string{"sweep"}}
	phaseEvaluate = phase{"evaluate", []string{"--train", trainDir}, []string{"evaluate"}}
	phasePackage  = phase{"package", []string{"--train", trainDir, "--evaluate", evaluateDir},
		[]string{"name", "version", "description", "license"}}
)

// command is the argument vector of the phase.
func (p phase) command() []string {
	args := []string{stepBinary, p.name, "--job", jobFile, "--out", OutDir}
	return slices.Concat(args, p.args)
}

// lines gives the ranges that the stanzas cover, by file and place; those of train
// where the files have none of them.
func lines(m *spec.Model, stanzas []string) []spec.Lines {
	var out []spec.Lines
	for _, s := range stanzas {
		out = append(out, m.Lines(s)...)
	}
	if len(out) == 0 && !slices.Equal(stanzas, []string{"train"}) {
		return lines(m, []string{"train"})
	}
	slices.SortStableFunc(out, func(a, b spec.Lines) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.First, b.First))
	})
	return out
}
