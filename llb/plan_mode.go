package llb

import (
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/provenance/packagejob"
)

// Open says what a build leaves to the spec: whoever builds has not named it.
type Open struct{ Mode, Format bool }

// Statement is the mode and version of a model's own provenance: what the build names,
// else what the spec does.
func (e Env) Statement(m *spec.Model) (packagejob.Mode, packagejob.Format) {
	mode, format := e.Mode, e.Format
	if p := m.Provenance; e.Open.Mode && p.Mode.Set {
		mode = packagejob.Mode(p.Mode.V)
	}
	if p := m.Provenance; e.Open.Format && p.Version.Set {
		format = packagejob.Format(p.Version.V)
	}
	if format == packagejob.FormatSLSA02 {
		format = "" // as where nothing is said
	}
	return mode, format
}
