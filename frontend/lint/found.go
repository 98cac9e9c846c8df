package lint

import (
	"slices"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
)

// Found gives what another part found, with the codes of rules, the form of a rule's
// own findings: its name, and the severity that the file's check directive wants.
// What the directive skips is left out.
func Found(m *spec.Model, l diag.List) diag.List {
	d := readDirective(m.Raw)
	rules := Rules()
	var out diag.List
	for _, f := range l {
		f.Severity = diag.Warning
		if d.err {
			f.Severity = diag.Error
		}
		rule := Rule{Code: f.Code}
		if i := slices.IndexFunc(rules, func(r Rule) bool { return r.Code == f.Code }); i >= 0 {
			rule = rules[i]
			f.Rule = rule.Name
		}
		if !d.skips(rule) {
			out = append(out, f)
		}
	}
	return out.Sorted()
}
