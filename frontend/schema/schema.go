package schema

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/modelbuild/modelbuild/frontend/spec"
)

// ID is the address of the schema.
const ID = "https://github.com/modelbuild/modelbuild/blob/main/docs/schema/modelbuild.schema.json"

const dialect = "https://json-schema.org/draft/2020-12/schema"

// JSON is the schema of a spec, indented, with a line break at its end.
func JSON() []byte {
	data, err := marshal(root())
	var b bytes.Buffer
	if err == nil {
		err = json.Indent(&b, data, "", "  ")
	}
	if err != nil {
		panic(err) // a schema is made of our own values
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// root has every key of the language, with no key required: a file may leave to an
// included one or to its targets what it does not say. What a file that stands
// alone must have is in $defs/complete.
func root() *node {
	g := newGenerator()
	model := g.structure(reflect.TypeFor[spec.Model](), "")
	stanzas := share(model)
	n := *model
	n.Schema, n.ID, n.Title = dialect, ID, "modelbuild spec"
	n.Description = "A model: its data, how it is trained, what it must score, and what its image looks like."
	n.Properties = append(properties{
		{"include", &node{Description: "files to merge under this one, beside it or below it", Type: "array", Items: &node{Type: "string", MinLength: 1}}},
		{"args", g.args()},
		{"targets", &node{Description: "several models, each laid over what the file says for all of them; the first is the default",
			Type: "object", MinProperties: 1, Additional: &node{Ref: "#/$defs/target"}}},
	}, model.Properties...)
	n.If = &node{AnyOf: []*node{{Required: []string{"include"}}, {Required: []string{"targets"}}}}
	n.Else = &node{Ref: "#/$defs/complete"}
	model.Description = "what a target says for itself"
	n.Defs = append(properties{
		{"target", model},
		{"complete", complete()},
		{"reference", &node{Description: "the value of a build argument", Type: "string", Pattern: reference}},
	}, stanzas...)
	return &n
}

// share moves the schemas of the stanzas out of n, to be referred to by the file
// and by its targets.
func share(n *node) properties {
	var out properties
	for i, p := range n.Properties {
		if p.node.Type == "object" {
			out = append(out, p)
			n.Properties[i].node = &node{Ref: "#/$defs/" + p.name}
		}
	}
	return out
}

func (g *generator) args() *node {
	arg := g.structure(reflect.TypeFor[spec.Arg](), "args.*")
	return &node{Description: "build arguments, given with --build-arg and used as ${name}", Type: "object",
		PropertyNames: &node{Pattern: spec.KeyForms()["args"]}, Additional: arg}
}
