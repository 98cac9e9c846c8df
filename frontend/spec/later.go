package spec

import (
	"reflect"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
)

// later refuses the keys of the language that this version checks but cannot
// build, so that none of them silently does nothing.
func (c *checker) later() {
	for _, path := range laterKeys(c.m) {
		c.diags.Add(diag.NotYet, c.m.keyAt(path), "take it out for now", "%s is not supported by this version", path)
	}
}

// laterKeys finds the keys with the option `later` that the file has, in the
// order of the types.
func laterKeys(m *Model) []string {
	var out []string
	collectLater(reflect.ValueOf(m).Elem(), "", &out)
	return out
}

func collectLater(v reflect.Value, path string, out *[]string) {
	for _, f := range reflect.VisibleFields(v.Type()) {
		name, opt, _ := strings.Cut(f.Tag.Get("key"), ",")
		if name == "" {
			continue
		}
		fv := v.FieldByIndex(f.Index)
		if opt == "later" && isSet(fv) {
			*out = append(*out, join(path, name))
			continue
		}
		if fv.Kind() == reflect.Struct && fv.FieldByName("Pos").IsValid() {
			collectLater(fv, join(path, name), out)
		}
	}
}

// isSet reports whether the file has a value: every type of the model has a field
// Set, its own or that of Pos.
func isSet(v reflect.Value) bool { return v.FieldByName("Set").Bool() }

func quoteAll(names []string) string { return strings.Join(names, ", ") }
