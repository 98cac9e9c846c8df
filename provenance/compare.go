package provenance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Absent is the text of a value that one of two compared statements lacks.
const Absent = "(absent)"

// Difference is one value in which two statements differ.
type Difference struct {
	// Path names the value, such as predicate.materials[context://a.csv].digest.sha256.
	Path string `json:"path"`
	// A and B are the values as JSON, or [Absent].
	A string `json:"a"`
	B string `json:"b"`
}

// String gives the path with both values.
func (d Difference) String() string {
	return fmt.Sprintf("%s: %s != %s", d.Path, d.A, d.B)
}

// Compare returns every value in which two statements differ, in the order of
// their paths; it is nil for equal statements. List elements are matched by
// URI, name or ID rather than by position, so that a material added to one
// statement is one difference.
func Compare(a, b *Statement) ([]Difference, error) {
	return compareJSON(a, b)
}

// CompareRecords is [Compare] for training records.
func CompareRecords(a, b *TrainingRecord) ([]Difference, error) {
	return compareJSON(a, b)
}

// CompareJSON is [Compare] for any two JSON documents.
func CompareJSON(a, b []byte) ([]Difference, error) {
	return compareJSON(json.RawMessage(a), json.RawMessage(b))
}

func compareJSON(a, b any) ([]Difference, error) {
	left, err := tree(a)
	if err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	right, err := tree(b)
	if err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	var c comparison
	c.values("", left, right)
	return c.found, nil
}

// tree turns v into plain JSON values, lists of named elements into objects.
func tree(v any) (any, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var out any
	return out, dec.Decode(&out)
}

type comparison struct{ found []Difference }

func (c *comparison) values(path string, a, b any) {
	if left, ok := a.(map[string]any); ok {
		if right, ok := b.(map[string]any); ok {
			c.objects(path, left, right, ".%s")
			return
		}
	}
	if left, ok := a.([]any); ok {
		if right, ok := b.([]any); ok {
			c.objects(path, keyed(left), keyed(right), "[%s]")
			return
		}
	}
	if l, r := text(a), text(b); l != r {
		c.found = append(c.found, Difference{Path: path, A: l, B: r})
	}
}

// absent marks a missing value; JSON null is a value.
type absent struct{}

// objects compares the union of the keys; format writes a key into the path.
func (c *comparison) objects(path string, a, b map[string]any, format string) {
	keys := maps.Clone(a)
	maps.Copy(keys, b)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		sub := path + fmt.Sprintf(format, key)
		if path == "" {
			sub = key
		}
		c.values(sub, lookup(a, key), lookup(b, key))
	}
}

func lookup(m map[string]any, key string) any {
	if v, ok := m[key]; ok {
		return v
	}
	return absent{}
}

// keyed indexes a list by what identifies its elements. Elements without such
// a value, and further ones with the same value, go by position.
func keyed(list []any) map[string]any {
	out := make(map[string]any, len(list))
	for i, v := range list {
		key := identity(v)
		if _, taken := out[key]; taken || key == "" {
			key = fmt.Sprintf("%s#%03d", key, i)
		}
		out[key] = v
	}
	return out
}

func identity(v any) string {
	m, ok := v.(map[string]any)
	if !ok {
		return ""
	}
	for _, key := range []string{"uri", "name", "metric", "id", "filename"} {
		if s, ok := m[key].(string); ok && s != "" {
			return s
		}
	}
	return ""
}

func text(v any) string {
	if _, ok := v.(absent); ok {
		return Absent
	}
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(data)
}
