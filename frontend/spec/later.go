package spec

import (
	"reflect"
	"strings"
)

type laterKey struct {
	path  string
	value Later
}

// laterKeys finds every Later field of the model, in the order of the types.
func laterKeys(m *Model) []laterKey {
	var out []laterKey
	collectLater(reflect.ValueOf(m).Elem(), "", &out)
	return out
}

func collectLater(v reflect.Value, path string, out *[]laterKey) {
	for _, f := range reflect.VisibleFields(v.Type()) {
		name, _, _ := strings.Cut(f.Tag.Get("key"), ",")
		if name == "" {
			continue
		}
		fv := v.FieldByIndex(f.Index)
		if l, ok := fv.Interface().(Later); ok {
			*out = append(*out, laterKey{join(path, name), l})
			continue
		}
		if fv.Kind() == reflect.Struct && fv.FieldByName("Pos").IsValid() {
			collectLater(fv, join(path, name), out)
		}
	}
}

func quoteAll(names []string) string { return strings.Join(names, ", ") }
