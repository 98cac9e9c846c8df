package spec

import (
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
)

// onceDevice reports a device that is asked for twice, also where one of them may be
// missing.
func (c *checker) onceDevice(d Value[string], before []Value[string]) {
	for _, b := range before {
		if strings.TrimSuffix(b.V, "?") == strings.TrimSuffix(d.V, "?") {
			c.diags.Add(diag.Conflict, d.At, "name it once", "device %s is here twice", strings.TrimSuffix(d.V, "?"))
		}
	}
}
