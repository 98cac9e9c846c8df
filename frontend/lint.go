package frontend

import (
	"maps"
	"slices"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lint"
)

// lint adds what the lint rules find to the diagnostics of parsing. From here on
// no excerpt shows what one of them calls a secret.
func (b *build) lint(found diag.List) diag.List {
	args := maps.Clone(b.dc.BuildArgs)
	maps.DeleteFunc(args, func(name, _ string) bool { return predefined(name) })
	all := slices.Concat(found, lint.Run(lint.Input{Model: b.model, Found: found, Args: args}))
	if b.model != nil {
		for _, m := range b.model.Stages() {
			all = append(all, lint.Run(lint.Input{Model: m, Found: found, Args: args})...)
		}
	}
	all = all.Sorted()
	for _, d := range all {
		if d.Sensitive {
			b.hidden = append(b.hidden, d)
		}
	}
	return all
}

// shown is the text of a file of the spec as excerpts may show it.
func (b *build) shown(file string, data []byte) []byte {
	return diag.Sources{file: data}.Masked(b.hidden)[file]
}
