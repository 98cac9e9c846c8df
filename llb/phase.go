package llb

import (
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
	phaseEvaluate = phase{"evaluate", []string{"--train", trainDir}, []string{"evaluate"}}
	phasePackage  = phase{"package", []string{"--train", trainDir, "--evaluate", evaluateDir},
		[]string{"name", "version", "description", "license"}}
	phases = [...]phase{phaseTrain, phaseEvaluate, phasePackage}
)

// command is the argument vector of the phase.
func (p phase) command() []string {
	args := []string{stepBinary, p.name, "--job", jobFile, "--out", OutDir}
	return slices.Concat(args, p.args)
}

// lineRange is a range of lines of the spec, both ends included.
type lineRange struct{ first, last int }

// lines gives the ranges that the stanzas cover, in the order of the file; the
// whole of train where the file has none of them.
func lines(m *spec.Model, stanzas []string) []lineRange {
	var out []lineRange
	for _, s := range stanzas {
		if first, last, ok := m.Lines(s); ok {
			out = append(out, lineRange{first, last})
		}
	}
	if len(out) == 0 && !slices.Equal(stanzas, []string{"train"}) {
		return lines(m, []string{"train"})
	}
	slices.SortFunc(out, func(a, b lineRange) int { return a.first - b.first })
	return out
}
