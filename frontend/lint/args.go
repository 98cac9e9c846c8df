package lint

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/internal/pattern"
)

var reference = pattern.New(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// checkUnusedArgs looks for references in every target, not only the one built.
func checkUnusedArgs(c *Context) {
	used := map[string]bool{}
	for _, s := range c.Scalars {
		if !strings.Contains(s.Text, "${") {
			continue
		}
		for _, m := range reference.FindAllStringSubmatch(s.Text, -1) {
			used[m[1]] = true
		}
	}
	for _, a := range c.Model.Args {
		if !used[a.Name()] {
			c.warn(c.Model.At("args."+a.Name()), "refer to it as ${"+a.Name()+"}, or take it out", "nothing refers to the argument %q", a.Name())
		}
	}
}

func checkUndeclaredArgs(c *Context) {
	var names []string
	for _, a := range c.Model.Args {
		names = append(names, a.Name())
	}
	for _, name := range slices.Sorted(maps.Keys(c.Args)) {
		if slices.Contains(names, name) {
			continue
		}
		hint := "the spec has no arguments; args: declares them"
		if near := diag.Nearest(name, names); near != "" {
			hint = "did you mean " + strconv.Quote(near) + "?"
		} else if len(names) > 0 {
			hint = diag.DidYouMean(name, names)
		}
		c.warn(c.argsAt(), hint, "--build-arg %s: the spec has no such argument, so it changes nothing", name)
	}
}

// argsAt is where arguments are declared, or the first line.
func (c *Context) argsAt() diag.Span { return c.Model.At("args") }
