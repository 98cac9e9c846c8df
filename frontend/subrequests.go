package frontend

import (
	"context"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/frontend/subrequests/outline"
	"github.com/moby/buildkit/frontend/subrequests/targets"
	"github.com/moby/buildkit/solver/pb"
	"github.com/modelbuild/modelbuild/frontend/diag"
)

// subrequests answers buildx's --call: check, outline and targets.
func (b *build) subrequests(diags diag.List) dockerui.RequestHandler {
	return dockerui.RequestHandler{
		Lint:        func(context.Context) (*lint.LintResults, error) { return b.lint(diags) },
		Outline:     func(context.Context) (*outline.Outline, error) { return b.outline(diags) },
		ListTargets: func(context.Context) (*targets.List, error) { return b.targets(diags) },
	}
}

func (b *build) lint(diags diag.List) (*lint.LintResults, error) {
	res := &lint.LintResults{}
	idx := res.AddSource(b.src.SourceMap)
	for _, d := range diags.Sorted() {
		loc := &pb.Location{SourceIndex: int32(idx), Ranges: ranges(d.Span)}
		if d.Severity == diag.Error && res.Error == nil {
			res.Error = &lint.BuildError{Message: d.Error(), Location: pb.Location{SourceIndex: loc.SourceIndex, Ranges: loc.Ranges}}
			continue
		}
		res.Warnings = append(res.Warnings, lint.Warning{
			RuleName:    string(d.Code),
			Description: d.Message,
			URL:         d.URL,
			Detail:      d.Message + hintLine(d),
			Location:    loc,
		})
	}
	return res, nil
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
	out := &outline.Outline{
		Name:        b.model.Name.V,
		Description: b.model.Description.V,
		Sources:     [][]byte{b.src.Data},
		Args:        []outline.Arg{{Name: epochArg, Description: "time of every file and of the image, in seconds since 1970", Value: "0"}},
	}
	for _, a := range b.model.Args {
		value := a.Text()
		if a.Sensitive.V {
			value = ""
		}
		out.Args = append(out.Args, outline.Arg{Name: a.Name(), Description: a.Description.V, Value: value,
			Location: &pb.Location{Ranges: ranges(a.At)}})
	}
	return out, nil
}

func (b *build) targets(diags diag.List) (*targets.List, error) {
	if err := b.errors(diags.Errors()); err != nil {
		return nil, err
	}
	list := &targets.List{Sources: [][]byte{b.src.Data}}
	for _, t := range b.model.Targets {
		list.Targets = append(list.Targets, targets.Target{Name: t.Name, Default: t.Default, Description: t.Description,
			Location: &pb.Location{Ranges: ranges(t.At)}})
	}
	if len(list.Targets) == 0 {
		list.Targets = []targets.Target{{Name: b.model.Name.V, Default: true, Description: b.model.Description.V}}
	}
	return list, nil
}
