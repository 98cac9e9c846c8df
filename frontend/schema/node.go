package schema

import (
	"bytes"
	"encoding/json"
)

// node is one schema of JSON Schema 2020-12, as far as a spec needs it. Fields are
// in the order in which they are printed.
type node struct {
	Schema      string `json:"$schema,omitempty"`
	ID          string `json:"$id,omitempty"`
	Ref         string `json:"$ref,omitempty"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	Type        string `json:"type,omitempty"`
	Const       any    `json:"const,omitempty"`
	Default     any    `json:"default,omitempty"`
	Enum        []any  `json:"enum,omitempty"`
	Examples    []any  `json:"examples,omitempty"`

	Pattern       string   `json:"pattern,omitempty"`
	MinLength     int      `json:"minLength,omitempty"`
	MaxLength     int      `json:"maxLength,omitempty"`
	Minimum       *float64 `json:"minimum,omitempty"`
	Maximum       *float64 `json:"maximum,omitempty"`
	LowerExcluded *float64 `json:"exclusiveMinimum,omitempty"`
	UpperExcluded *float64 `json:"exclusiveMaximum,omitempty"`

	Items    *node `json:"items,omitempty"`
	MinItems int   `json:"minItems,omitempty"`
	Unique   bool  `json:"uniqueItems,omitempty"`

	Properties    properties `json:"properties,omitempty"`
	PropertyNames *node      `json:"propertyNames,omitempty"`
	Additional    any        `json:"additionalProperties,omitempty"` // *node, or false as closed
	MinProperties int        `json:"minProperties,omitempty"`
	Required      []string   `json:"required,omitempty"`

	AllOf []*node `json:"allOf,omitempty"`
	AnyOf []*node `json:"anyOf,omitempty"`
	Not   *node   `json:"not,omitempty"`
	If    *node   `json:"if,omitempty"`
	Then  *node   `json:"then,omitempty"`
	Else  *node   `json:"else,omitempty"`

	Defs properties `json:"$defs,omitempty"`
}

// closed is additionalProperties: false.
type closed struct{}

// MarshalJSON gives false.
func (closed) MarshalJSON() ([]byte, error) { return []byte("false"), nil }

// property is a named schema.
type property struct {
	name string
	node *node
}

// properties are named schemas in an order of their own, which a map would lose.
type properties []property

// MarshalJSON gives an object.
func (ps properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, p := range ps {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(p.name)
		if err != nil {
			return nil, err
		}
		value, err := marshal(p.node)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// marshal encodes without escaping <, > and &, which regular expressions have.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

func words(list []string) []any {
	out := make([]any, len(list))
	for i, w := range list {
		out[i] = w
	}
	return out
}

func number(v float64) *float64 { return &v }
