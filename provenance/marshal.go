package provenance

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/modelbuild/modelbuild/internal/redact"
)

// Marshal returns the canonical JSON of the statement: fields in declared
// order, map keys sorted, two-space indentation, one newline at the end.
func (s *Statement) Marshal() ([]byte, error) {
	return canonical(s)
}

// canonical writes v without HTML escapes, so that URIs stay readable.
func canonical(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("marshal %T: %w", v, err)
	}
	return buf.Bytes(), nil
}

// redactParameters returns a copy of params, as plain JSON values, with the
// secrets of all URIs in strings removed.
func redactParameters(params map[string]any) (map[string]any, error) {
	if params == nil {
		return nil, nil
	}
	data, err := json.Marshal(params)
	if err != nil {
		return nil, fmt.Errorf("marshal parameters: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var plain map[string]any
	if err := dec.Decode(&plain); err != nil {
		return nil, fmt.Errorf("read parameters: %w", err)
	}
	return redactValue(plain).(map[string]any), nil
}

func redactValue(v any) any {
	switch v := v.(type) {
	case string:
		return redact.Text(v)
	case []any:
		for i := range v {
			v[i] = redactValue(v[i])
		}
		return v
	case map[string]any:
		for key, value := range v {
			v[key] = redactValue(value)
		}
		return v
	default:
		return v
	}
}
