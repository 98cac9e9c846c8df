package schema

import (
	"reflect"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/train/job"
)

// complete is what a file that stands alone must have: the required keys of every
// mapping, and what each engine needs.
func complete() *node {
	n := needs(reflect.TypeFor[spec.Model]())
	n.Description = "what a file without include and targets must have"
	at(n, "data").Required = []string{job.DatasetTrain}
	at(n, "prepare").Required = []string{"run", "outputs"}
	evaluate := at(n, "evaluate")
	evaluate.If = &node{AnyOf: anyOfKeys(reflect.TypeFor[spec.Program]())}
	evaluate.Then = &node{Required: []string{"run", "outputs"}, Properties: properties{{"outputs", &node{PropertyNames: &node{Enum: words([]string{job.OutputMetrics, job.OutputPredictions})}}}}}
	sweep := at(n, "sweep")
	sweep.If, sweep.Then = whereKey("kind", "random"), &node{Required: []string{"trials"}}
	sweep.Else = &node{Properties: properties{{"trials", &node{Not: &node{}}}, {"seed", &node{Not: &node{}}}}}
	at(sweep, "params").MinProperties = 1
	train := at(n, "train")
	at(train, "packages").Required = []string{"debian"}
	exec := whereKey("engine", spec.EngineExec)
	train.If = exec
	train.Then = &node{
		Required:   []string{"run", "outputs"},
		Properties: append(properties{{"outputs", &node{Required: []string{job.OutputModel}}}}, onlyBuiltin()...),
		AnyOf:      []*node{{Required: []string{"base"}}, {Required: []string{"packages"}}},
	}
	train.Else = &node{Required: []string{"algorithm"}, Properties: append(refused(reflect.TypeFor[spec.Exec]()), property{"network", &node{AnyOf: []*node{{Const: "none"}, {Type: "string", Pattern: expansion}}}})}
	n.AllOf = append(n.AllOf, conditions()...)
	return n
}

// conditions are what one stanza asks of another.
func conditions() []*node {
	fixed := &node{Properties: properties{{"split", whereKey("kind", job.SplitFixed)}}, Required: []string{"split"}}
	builtin := &node{Properties: properties{{"train", &node{Not: whereKey("engine", spec.EngineExec)}}}}
	predicted := below(below(&node{Required: []string{job.OutputPredictions}}, "outputs"), "evaluate")
	evaluate := &node{Properties: refused(reflect.TypeFor[spec.Program]())}
	programs := func(key string) property { return property{key, &node{Not: &node{}}} }
	out := []*node{
		{If: builtin, Then: &node{Properties: properties{{"data", &node{PropertyNames: &node{Enum: words(spec.DatasetNames())}}}, programs("prepare"), programs("checkpoint"), {"evaluate", evaluate}}},
			Else: &node{Properties: properties{programs("features"), programs("split"), programs("sweep")}}},
		{If: predicted, Then: &node{Properties: properties{{"train", &node{Required: []string{"task"}}}}}},
		{If: fixed, Then: &node{Properties: properties{{"data", &node{Required: []string{job.DatasetTest}}}}}},
	}
	for _, kind := range job.SplitsByColumn() {
		by := &node{Properties: properties{{"split", whereKey("kind", kind)}}, Required: []string{"split"}}
		out = append(out, &node{If: by, Then: &node{Properties: properties{{"split", &node{Required: []string{"column"}}}}}})
	}
	out = append(out, sweptParams()...)
	for _, task := range job.Tasks() {
		n := &node{If: doesTask(task), Then: &node{Properties: properties{{"evaluate", &node{Properties: properties{{"gates", &node{PropertyNames: metricNames(task)}}}}}, {"sweep", sweepMetrics(task)}}}}
		if job.Supervised(task) {
			n.Then.Properties = append(n.Then.Properties, property{"features", &node{Required: []string{"target"}}})
			n.Then.Required = []string{"features"}
		} else {
			n.Then.Properties = append(n.Then.Properties, property{"features", &node{Properties: properties{{"target", &node{Not: &node{}}}}}})
		}
		out = append(out, n)
	}
	return out
}

// sweptParams are the parameters that a sweep may try of each algorithm.
func sweptParams() []*node {
	var out []*node
	for _, a := range job.Algorithms() {
		names := &node{}
		for _, p := range a.Params {
			names.Enum = append(names.Enum, p.Name)
		}
		if len(names.Enum) == 0 {
			continue
		}
		out = append(out, &node{
			If:   below(whereKey("algorithm", a.Name), "train"),
			Then: &node{Properties: properties{{"sweep", &node{Properties: properties{{"params", &node{PropertyNames: names}}}}}}},
		})
	}
	return out
}

// sweepMetrics are the metrics that decide in a task, with a goal where neither direction
// is the better one.
func sweepMetrics(task string) *node {
	n := &node{Properties: properties{{"metric", metricNames(task)}}}
	unsaid := &node{}
	for _, m := range job.Metrics(task) {
		if job.DefaultGoal(task, m.Name) == "" {
			unsaid.Enum = append(unsaid.Enum, m.Name)
		}
	}
	if len(unsaid.Enum) > 0 {
		n.If, n.Then = below(unsaid, "metric"), &node{Required: []string{"goal"}}
	}
	return n
}

// below accepts a mapping with a key whose value n accepts.
func below(n *node, key string) *node {
	return &node{Properties: properties{{key, n}}, Required: []string{key}}
}

// doesTask accepts a file whose built-in training has that task, named or the
// algorithm's own.
func doesTask(task string) *node {
	named := &node{Properties: properties{{"task", &node{Const: task}}}, Required: []string{"task", "algorithm"}}
	var first []string
	for _, a := range job.Algorithms() {
		if a.Tasks[0] == task {
			first = append(first, a.Name)
		}
	}
	byDefault := &node{Properties: properties{{"task", &node{Not: &node{}}}, {"algorithm", &node{Enum: words(first)}}}, Required: []string{"algorithm"}}
	either := []*node{named}
	if len(first) > 0 {
		either = append(either, byDefault)
	}
	return &node{Properties: properties{{"train", &node{AnyOf: either}}}, Required: []string{"train"}}
}

// at is the schema of a key of n, which is added where there is none.
func at(n *node, key string) *node {
	for _, p := range n.Properties {
		if p.name == key {
			return p.node
		}
	}
	p := &node{}
	n.Properties = append(n.Properties, property{key, p})
	return p
}

// needs collects the required keys of a mapping and of those below it; nil where
// there are none.
func needs(t reflect.Type) *node {
	n := &node{Required: required(t)}
	for _, f := range reflect.VisibleFields(t) {
		key, _, _ := strings.Cut(f.Tag.Get("key"), ",")
		if key == "" {
			continue
		}
		if below := needsOf(f.Type); below != nil {
			n.Properties = append(n.Properties, property{key, below})
		}
	}
	if len(n.Required) == 0 && len(n.Properties) == 0 {
		return nil
	}
	return n
}

func needsOf(t reflect.Type) *node {
	if f, ok := t.FieldByName("Entries"); ok {
		value, _ := f.Type.Elem().FieldByName("Value")
		if below := needsOf(value.Type); below != nil {
			return &node{Additional: below}
		}
		return nil
	}
	if _, ok := t.FieldByName("Pos"); ok && t.Kind() == reflect.Struct {
		return needs(t)
	}
	return nil
}

// required are the keys with that option.
func required(t reflect.Type) []string {
	var out []string
	for _, f := range reflect.VisibleFields(t) {
		if key, option, _ := strings.Cut(f.Tag.Get("key"), ","); option == "required" {
			out = append(out, key)
		}
	}
	return out
}

// onlyBuiltin refuses the keys of train that no program reads.
func onlyBuiltin() properties {
	var out properties
	for _, key := range []string{"algorithm", "params", "calibrate", "threshold", "learning_curve"} {
		out = append(out, property{key, &node{Not: &node{}}})
	}
	return out
}

// refused refuses the keys of a part of a stanza.
func refused(part reflect.Type) properties {
	var out properties
	for _, key := range keysOf(part) {
		out = append(out, property{key, &node{Not: &node{}}})
	}
	return out
}

// anyOfKeys accepts a mapping that has one of the keys of a part of a stanza.
func anyOfKeys(part reflect.Type) []*node {
	var out []*node
	for _, key := range keysOf(part) {
		out = append(out, &node{Required: []string{key}})
	}
	return out
}

func keysOf(part reflect.Type) []string {
	var out []string
	for _, f := range reflect.VisibleFields(part) {
		if key, _, _ := strings.Cut(f.Tag.Get("key"), ","); key != "" {
			out = append(out, key)
		}
	}
	return out
}

func metricNames(task string) *node {
	n := &node{}
	for _, m := range job.Metrics(task) {
		n.Enum = append(n.Enum, m.Name)
	}
	return n
}

// algorithmParams closes train.params to what the algorithm takes.
func algorithmParams() []*node {
	var out []*node
	for _, a := range job.Algorithms() {
		params := &node{Type: "object", Description: a.Doc, Additional: closed{}}
		for _, p := range a.Params {
			params.Properties = append(params.Properties, property{p.Name, param(p)})
		}
		out = append(out, &node{
			If:   &node{Properties: properties{{"algorithm", &node{Const: a.Name}}}, Required: []string{"algorithm"}},
			Then: &node{Properties: properties{{"params", params}}},
		})
	}
	return out
}

func param(p job.Param) *node {
	own := &node{Type: "string", Minimum: p.Min, Maximum: p.Max}
	switch p.Type {
	case job.ParamFloat:
		own.Type = "number"
	case job.ParamInt:
		own.Type = "integer"
	case job.ParamBool:
		own.Type = "boolean"
	}
	if len(p.Choices) > 0 {
		own.Enum = words(p.Choices)
	}
	return &node{Description: p.Doc, Default: p.Default, AnyOf: []*node{own, {Ref: "#/$defs/reference"}}}
}
