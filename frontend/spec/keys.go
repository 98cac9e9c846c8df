package spec

import (
	"reflect"
	"strings"
)

// KeyInfo describes one key of the language.
type KeyInfo struct {
	// Path names the key; * stands for a free name and [] for an entry of a list,
	// as in data.*.source and features.exclude[].
	Path     string
	Doc      string
	Required bool
	Exec     bool // of the exec engine
	Leaf     bool // a value rather than a mapping or list
}

// Keys lists every key of a model, in the order of the types.
func Keys() []KeyInfo {
	var out []KeyInfo
	listKeys(reflect.TypeFor[Model](), KeyInfo{}, &out)
	return out
}

func listKeys(t reflect.Type, parent KeyInfo, out *[]KeyInfo) {
	for _, f := range reflect.VisibleFields(t) {
		name, opt, _ := strings.Cut(f.Tag.Get("key"), ",")
		if name == "" {
			continue
		}
		k := KeyInfo{
			Path:     join(parent.Path, name),
			Doc:      f.Tag.Get("doc"),
			Required: opt == "required",
			Exec:     parent.Exec || len(f.Index) > 1 && (t == reflect.TypeFor[Train]() || t == reflect.TypeFor[Evaluate]()) || t == reflect.TypeFor[Prepare](),
		}
		listValue(f.Type, k, out)
	}
}

// listValue adds the key of a value and the keys below it.
func listValue(t reflect.Type, k KeyInfo, out *[]KeyInfo) {
	switch kind, elem := container(t); kind {
	case "map":
		*out = append(*out, k)
		k.Path, k.Required = k.Path+".*", false
		listValue(elem, k, out)
	case "seq":
		*out = append(*out, k)
		k.Path, k.Required = k.Path+"[]", false
		listValue(elem, k, out)
	case "struct":
		*out = append(*out, k)
		listKeys(t, k, out)
	default:
		k.Leaf = true
		*out = append(*out, k)
	}
}

// container says what holds the values of a type: Map and Seq by their fields,
// mappings by an embedded Pos.
func container(t reflect.Type) (kind string, elem reflect.Type) {
	if f, ok := t.FieldByName("Entries"); ok {
		value, _ := f.Type.Elem().FieldByName("Value")
		return "map", value.Type
	}
	if f, ok := t.FieldByName("Items"); ok {
		return "seq", f.Type.Elem()
	}
	if _, ok := t.FieldByName("Pos"); ok {
		return "struct", nil
	}
	return "", nil
}
