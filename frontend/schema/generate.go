package schema

import (
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/train/job"
)

// reference matches a text that is a build argument alone, and expansion one that
// has such a reference in it.
const (
	reference = `^\$\{[A-Za-z_][A-Za-z0-9_]*\}$`
	expansion = `\$\{`
)

// generator walks the types that read a spec.
type generator struct {
	words    map[string][]string
	forms    map[string]string
	keyForms map[string]string
}

func newGenerator() *generator {
	return &generator{spec.Words(), spec.Forms(), spec.KeyForms()}
}

// structure is the schema of a mapping with fixed keys. path is in the notation of
// spec.Words.
func (g *generator) structure(t reflect.Type, path string) *node {
	n := &node{Type: "object", Additional: closed{}}
	for _, f := range reflect.VisibleFields(t) {
		key, _, _ := strings.Cut(f.Tag.Get("key"), ",")
		if key == "" {
			continue
		}
		at := join(path, key)
		v := g.value(f.Type, at)
		v.Description = f.Tag.Get("doc")
		n.Properties = append(n.Properties, property{key, v})
	}
	if path == "train" {
		n.AllOf = algorithmParams()
	}
	return n
}

func (g *generator) value(t reflect.Type, path string) *node {
	switch {
	case t == reflect.TypeFor[spec.SweepValues]():
		return g.sweepValues(path)
	case t == reflect.TypeFor[spec.Bound]():
		return g.gate(path)
	}
	if f, ok := t.FieldByName("Entries"); ok {
		return g.mapping(f.Type.Elem(), path)
	}
	if f, ok := t.FieldByName("Items"); ok {
		return &node{Type: "array", Items: g.value(f.Type.Elem(), path+"[]"), Unique: path == "platforms"}
	}
	if f, ok := t.FieldByName("V"); ok {
		return g.scalar(f.Type, path)
	}
	return g.structure(t, path)
}

// mapping is the schema of a mapping with free keys; entry is the type of its
// entries.
func (g *generator) mapping(entry reflect.Type, path string) *node {
	f, _ := entry.FieldByName("Value")
	item := g.value(f.Type, path+".*")
	n := &node{Type: "object", Additional: item}
	if form := g.keyForms[path]; form != "" {
		n.PropertyNames = &node{Pattern: form}
	}
	switch path {
	case "data":
		for _, name := range spec.DatasetNames() {
			n.Properties = append(n.Properties, property{name, item})
		}
	case "evaluate.gates":
		for _, task := range job.Tasks() {
			for _, m := range job.Metrics(task) {
				gate := *item
				gate.Description = m.Doc
				n.Properties = append(n.Properties, property{m.Name, &gate})
			}
		}
	}
	return n
}

// scalar is the schema of one value: of its type, or a reference to an argument.
func (g *generator) scalar(t reflect.Type, path string) *node {
	own := &node{Type: "string", MinLength: minLength(path)}
	switch t.Kind() {
	case reflect.Float64:
		own = &node{Type: "number"}
	case reflect.Uint64:
		own = &node{Type: "integer", Minimum: number(0), Maximum: number(math.MaxUint64)}
	case reflect.Bool:
		own = &node{Type: "boolean"}
	case reflect.Interface:
		return &node{AnyOf: []*node{{Type: "string"}, {Type: "number"}, {Type: "boolean"}}}
	}
	g.limits(own, path)
	switch {
	case own.Enum != nil || own.Pattern != "":
		return &node{AnyOf: []*node{own, {Type: "string", Pattern: expansion}}}
	case own.Type != "string":
		return &node{AnyOf: []*node{own, {Ref: "#/$defs/reference"}}}
	}
	return own
}

// minLength is 1 where the checks refuse an empty text.
func minLength(path string) int {
	if slices.Contains([]string{"version", "description", "license"}, path) {
		return 1
	}
	return 0
}

// limits adds what the checks ask of a value besides its type.
func (g *generator) limits(n *node, path string) {
	if list := g.words[path]; list != nil {
		n.Enum = words(list)
	}
	n.Pattern = g.forms[path]
	switch path {
	case "name":
		n.MaxLength = 128
	case "split.test":
		n.LowerExcluded, n.UpperExcluded = number(0), number(1)
	case "features.columns.*.clip_quantiles[]":
		n.Minimum, n.Maximum = number(0), number(1)
	case "features.columns.*.max_categories":
		n.Minimum, n.Maximum = number(1), number(job.MaxMaxCategories)
	case "features.columns.*.max_features":
		n.Minimum, n.Maximum = number(1), number(job.MaxMaxFeatures)
	case "features.columns.*.ngrams":
		n.Minimum, n.Maximum = number(1), number(job.MaxNGrams)
	case "split.kfold":
		n.Minimum, n.Maximum = number(job.MinFolds), number(job.MaxFolds)
	case "evaluate.importance.repeats":
		n.Minimum, n.Maximum = number(1), number(job.MaxRepeats)
	case "evaluate.importance.rows":
		n.Minimum, n.Maximum = number(1), number(job.MaxExplainRows)
	case "train.learning_curve[]":
		n.LowerExcluded, n.UpperExcluded = number(0), number(1)
	case "image.serve.port":
		n.Minimum, n.Maximum = number(1), number(65535)
	case "sweep.trials":
		n.Minimum, n.Maximum = number(1), number(job.MaxTrials)
	case "checkpoint.every", "checkpoint.epochs":
		n.Minimum = number(1)
	}
}

// gate is a comparison in quotes; see spec.ParseGate.
func (g *generator) gate(path string) *node {
	own := &node{Type: "string", Pattern: g.forms[path], Examples: []any{">= 0.95"}}
	return &node{AnyOf: []*node{own, {Type: "string", Pattern: expansion}}}
}

// sweepValues is a list or a range.
func (g *generator) sweepValues(path string) *node {
	t := reflect.TypeFor[spec.SweepValues]()
	list, _ := t.FieldByName("List")
	span, _ := t.FieldByName("Range")
	values := g.value(list.Type, path)
	values.MinItems = 1
	limits := g.value(span.Type, path)
	limits.Required = required(span.Type)
	limits.If = whereKey("log", true)
	limits.Then = &node{Properties: properties{{"min", &node{AnyOf: []*node{{Type: "number", LowerExcluded: number(0)}, {Type: "string"}}}}}}
	return &node{AnyOf: []*node{values, limits}}
}

// whereKey holds for a mapping whose key has that value.
func whereKey(key string, value any) *node {
	return &node{Properties: properties{{key, &node{Const: value}}}, Required: []string{key}}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
