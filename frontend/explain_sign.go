package frontend

import (
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/llb"
)

// keyDiagnostics says that the build was not given the key that signs, or its password.
func keyDiagnostics(plan *llb.Plan, err error) diag.List {
	var l diag.List
	for _, p := range plan.All() {
		for name, id := range map[string]spec.Value[string]{"key": p.Model.Sign.Key, "password": p.Model.Sign.Password} {
			if id.Set && strings.Contains(err.Error(), "secret "+id.V+": not found") {
				l.Add(diag.MissingSecret, id.At, "give it with --secret id="+id.V+",src=FILE", "sign.%s: no build secret %s", name, id.V)
			}
		}
		if len(l) > 0 {
			break
		}
	}
	return l
}
