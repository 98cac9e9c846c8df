package frontend

import (
	"cmp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/frontend/subrequests/outline"
	"github.com/moby/buildkit/frontend/subrequests/targets"
	"github.com/moby/buildkit/solver/pb"
	"github.com/modelbuild/modelbuild/frontend/diag"
)

// lintResults answers --call=check. What a lint rule found is listed among the
// warnings even where the spec makes it an error, as Dockerfiles have it.
func (b *build) lintResults(diags diag.List) *lint.LintResults {
	res := &lint.LintResults{}
	src := b.newSources()
	var broken []string
	for _, d := range diags.Sorted() {
		loc := &pb.Location{SourceIndex: src.index(d.Span.File), Ranges: ranges(d.Span)}
		if d.Severity == diag.Error && d.Rule == "" && res.Error == nil {
			res.Error = &lint.BuildError{Message: d.Error(), Location: pb.Location{SourceIndex: max(loc.SourceIndex, 0), Ranges: loc.Ranges}}
			continue
		}
		if d.Severity == diag.Error && d.Rule != "" && !slices.Contains(broken, d.Rule) {
			broken = append(broken, d.Rule)
		}
		res.Warnings = append(res.Warnings, lint.Warning{
			RuleName:    cmp.Or(d.Rule, string(d.Code)),
			Description: d.Message,
			URL:         d.URL,
			Detail:      d.Message + b.included(d) + hintLine(d),
			Location:    loc,
		})
	}
	if len(broken) > 0 && res.Error == nil {
		res.Error = &lint.BuildError{Message: "lint violation found for rules: " + strings.Join(broken, ", ")}
	}
	for _, sm := range src.shown() {
		res.AddSource(sm)
	}
	return res
}

// included names the place in an included file: buildx shows every excerpt under
// the name of the spec.
func (b *build) included(d diag.Diagnostic) string {
	if d.Span.File == b.src.Filename {
		return ""
	}
	return " (" + d.Span.String() + ")"
}

func hintLine(d diag.Diagnostic) string {
	if d.Hint == "" {
		return ""
	}
	return "\nhint: " + d.Hint
}

func (b *build) outline(diags diag.List) (*outline.Outline, error) {
	if err := b.errors(diags.Errors()); err != nil {
		return nil, err
	}
	src := b.newSources()
	out := &outline.Outline{
		Name:        b.model.Name.V,
		Description: b.model.Description.V,
		Args:        []outline.Arg{{Name: epochArg, Description: "time of every file and of the image, in seconds since 1970", Value: "0"}},
	}
	for _, a := range b.model.Args {
		value := a.Text()
		if a.Sensitive.V {
			value = ""
		}
		out.Args = append(out.Args, outline.Arg{Name: a.Name(), Description: a.Description.V, Value: value,
			Location: &pb.Location{SourceIndex: src.index(a.At.File), Ranges: ranges(a.At)}})
	}
	out.Sources = src.data()
	return out, nil
}

func (b *build) targets(diags diag.List) (*targets.List, error) {
	if err := b.errors(diags.Errors()); err != nil {
		return nil, err
	}
	src := b.newSources()
	list := &targets.List{}
	for _, t := range b.model.Targets {
		list.Targets = append(list.Targets, targets.Target{Name: t.Name, Default: t.Default, Description: t.Description,
			Location: &pb.Location{SourceIndex: src.index(t.At.File), Ranges: ranges(t.At)}})
	}
	if len(list.Targets) == 0 {
		list.Targets = []targets.Target{{Name: b.model.Name.V, Default: true, Description: b.model.Description.V}}
	}
	list.Sources = src.data()
	return list, nil
}
