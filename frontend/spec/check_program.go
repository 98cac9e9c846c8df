package spec

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/internal/pattern"
	"github.com/modelbuild/modelbuild/train/job"
)

// program checks what the programs of all steps have.
func (c *checker) program(stanza string, p Program) {
	if len(p.Run.Items) == 0 {
		c.missing(stanza+".run", "the command, as in run: [python3, /src/"+stanza+".py]")
	}
	if n := p.Threads; n.Set && (n.V < 1 || n.V > maxThreads) {
		c.diags.Add(diag.BadValue, n.At, "as in threads: 2", "%s.threads must lie between 1 and %d, not %d", stanza, maxThreads, n.V)
	}
	for _, e := range p.Env.Entries {
		if !envName.MatchString(e.Key) {
			c.diags.Add(diag.BadValue, e.KeyAt, "letters, digits and _", "%q is not the name of a variable", e.Key)
		}
	}
	c.programOutputs(stanza, p.Outputs)
	c.programSources(stanza, p.Sources)
	c.limits(p.Limits)
}

// missing reports a key that a stanza needs.
func (c *checker) missing(at, hint string) {
	stanza, _, _ := strings.Cut(at, ".")
	c.diags.Add(diag.MissingKey, c.m.keyAt(stanza), hint, "%s is missing", at)
}

// prepare checks the program that runs before the one that trains.
func (c *checker) prepare(p Prepare) {
	if !p.Set {
		return
	}
	if len(p.Outputs.Entries) == 0 {
		c.missing("prepare.outputs", "what train finds in /in/prepared, as in rows: /out/rows.csv")
	}
	c.program("prepare", p.Program)
}

// evaluateProgram checks the program that scores the model.
func (c *checker) evaluateProgram(e Evaluate) {
	if len(setKeys(e.Program)) == 0 {
		return
	}
	if len(e.Outputs.Entries) == 0 {
		c.missing("evaluate.outputs", "what the model is judged by, as in metrics: /out/metrics.json")
	}
	for _, o := range e.Outputs.Entries {
		_, twice := c.m.Train.Outputs.Get(o.Key)
		switch {
		case o.Key != job.OutputMetrics && o.Key != job.OutputPredictions:
			c.diags.Add(diag.BadValue, o.KeyAt, diag.DidYouMean(o.Key, []string{job.OutputMetrics, job.OutputPredictions}),
				"evaluate.outputs takes metrics and predictions, not %q", o.Key)
		case twice:
			c.diags.Add(diag.Conflict, o.KeyAt, "take it out of train.outputs", "evaluate.outputs.%s and train.outputs.%s exclude each other", o.Key, o.Key)
		}
	}
	c.program("evaluate", e.Program)
}

// maxParts bounds the steps of one build.
const maxParts = 200

// checkpoint checks into what parts a training is split.
func (c *checker) checkpoint(k Checkpoint) {
	if !k.Set {
		return
	}
	for _, v := range []struct {
		key string
		v   Value[uint64]
	}{{"every", k.Every}, {"epochs", k.Epochs}} {
		if v.v.Set && v.v.V == 0 {
			c.diags.Add(diag.BadValue, v.v.At, "as in "+v.key+": 100", "checkpoint.%s must be at least 1", v.key)
		}
	}
	if k.Every.V > 0 && (k.Epochs.V-1)/k.Every.V >= maxParts && k.Epochs.V > 0 {
		c.diags.Add(diag.BadValue, k.Every.At, "write a checkpoint less often", "checkpoint.every: %d epochs are more than %d parts of %d", k.Epochs.V, maxParts, k.Every.V)
	}
	for _, o := range c.m.Train.Outputs.Entries {
		first, _, _ := strings.Cut(strings.TrimPrefix(o.Value.V, "/out/"), "/")
		if o.Key == job.OutputCheckpoint || first == "checkpoint" || first == "checkpoints" {
			c.diags.Add(diag.Conflict, o.KeyAt, "give it another name and another place", "train.outputs.%s: checkpoints have that name", o.Key)
		}
	}
}

// scored reports whether a program writes metrics or predictions.
func (m *Model) scored(output string) bool {
	_, trained := m.Train.Outputs.Get(output)
	_, evaluated := m.Evaluate.Outputs.Get(output)
	return trained || evaluated
}

// onnx checks how the model of a program is scored.
func (c *checker) onnx(o ONNX) {
	if !o.Set {
		return
	}
	t := c.m.Train
	switch {
	case !t.Task.Set:
		c.missing("train.task", "what the model predicts, as in task: classification")
	case t.Task.V != job.TaskClassification && t.Task.V != job.TaskRegression:
		c.diags.Add(diag.Conflict, t.Task.At, "have evaluate.run score it", "evaluate.onnx scores models of a classification or a regression, not of a %s", t.Task.V)
	case t.Task.V == job.TaskRegression && o.Classes.Set:
		c.diags.Add(diag.Conflict, c.m.keyAt("evaluate.onnx.classes"), "take it out", "a regression has no classes")
	}
	if model, ok := t.Outputs.Get(job.OutputModel); ok && model.Set && path.Ext(model.V) != ".onnx" {
		c.diags.Add(diag.Conflict, model.At, "as in /out/model.onnx", "evaluate.onnx needs a model in the ONNX format, not %s", path.Base(model.V))
	}
	if c.m.scored(job.OutputPredictions) {
		c.diags.Add(diag.Conflict, c.m.keyAt("evaluate.onnx"), "take predictions out of the outputs, or take this out",
			"evaluate.onnx makes the predictions that a program writes too")
	}
	name, at := o.Data.Or("test"), c.m.keyAt("evaluate.onnx")
	if o.Data.Set {
		at = o.Data.At
	}
	d, ok := c.m.Data.Get(name)
	switch {
	case !ok:
		c.diags.Add(diag.BadValue, at, diag.DidYouMean(name, c.m.Data.Keys()), "evaluate.onnx.data: there is no dataset %q", name)
	case d.Format.V == job.FormatRaw:
		c.diags.Add(diag.BadValue, at, "csv, jsonl and parquet can be", "evaluate.onnx.data: the dataset %s is raw, and cannot be read", name)
	}
}

// reservedOutputs are the files that a build itself puts into ModelDir.
var reservedOutputs = []string{"card.md", "provenance.intoto.json", "sbom.cdx.json", "sbom.spdx.json", "sbom.training.cdx.json",
	"sbom.training.spdx.json", "sbom.spdx3.json", "sbom.training.spdx3.json", "train.json", "diagnostics.json", "model.sig.json", "plots", "lineage.json"}

func (c *checker) programOutputs(stanza string, outputs Map[Value[string]]) {
	places := map[string]string{}
	for _, e := range outputs.Entries {
		if !e.Value.Set {
			continue
		}
		file, ok := strings.CutPrefix(e.Value.V, "/out/")
		at := stanza + ".outputs." + e.Key
		switch {
		case !ok || file == "" || path.Clean(file) != file || strings.HasPrefix(file, "../"):
			c.diags.Add(diag.BadValue, e.Value.At, "as in /out/model.pth", "%s must be a file below /out", at)
		case slices.Contains(reservedOutputs, file) || stanza == "train" && file == "metrics.json" && e.Key != job.OutputMetrics:
			c.diags.Add(diag.Conflict, e.Value.At, "write it under another name", "%s: the build puts a file of its own at /model/%s", at, file)
		case strings.ContainsAny(file, "*?[]\\!"):
			c.diags.Add(diag.BadValue, e.Value.At, "name one file or folder", "%s: %q has a wildcard", at, file)
		}
		for name, other := range places {
			if other == file || strings.HasPrefix(file, other+"/") || strings.HasPrefix(other, file+"/") {
				c.diags.Add(diag.Conflict, e.Value.At, "write each to a place of its own", "%s and %s.outputs.%s are one file, or one holds the other", at, stanza, name)
				break
			}
		}
		places[e.Key] = file
	}
}

// ownFolders are places of the step that no source can be mounted at.
var ownFolders = []string{"bin", "boot", "dev", "etc", "home", "in", "lib", "lib32", "lib64", "libx32", "media", "mnt", "modelbuild-step", "opt", "out",
	"proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var"}

var sourceName = pattern.New(`^[a-z0-9]+([._-][a-z0-9]+)*$`)

func (c *checker) programSources(stanza string, sources Map[Value[string]]) {
	for _, e := range sources.Entries {
		at := stanza + ".sources." + e.Key
		if !sourceName.MatchString(e.Key) || slices.Contains(ownFolders, e.Key) {
			c.diags.Add(diag.BadValue, e.KeyAt, "lower-case letters and digits, and no folder of the system, as in src", "%s cannot be mounted at /%s", at, e.Key)
		}
		if e.Value.Set {
			c.sourceText(e.Value, Value[string]{}, at)
		}
	}
}

// execScores checks what a gate can be on: the metrics that a program reports, and
// those that are computed of its predictions.
func (c *checker) execScores(t Train) {
	c.choice(t.Task, "train.task", job.Tasks())
	predicted := c.m.scored(job.OutputPredictions)
	if predicted && !t.Task.Set {
		c.missing("train.task", "what the predictions are of, as in task: regression")
	}
	if !predicted && !c.m.Evaluate.ONNX.Set && !c.m.scored(job.OutputMetrics) && len(c.m.Evaluate.Gates.Entries) > 0 {
		c.diags.Add(diag.Conflict, c.m.keyAt("evaluate.gates"), "add metrics: or predictions: to train.outputs, and have the program write it; evaluate.onnx scores an ONNX model",
			"nothing says how good the model is: the program has no metrics and no predictions among its outputs")
	}
}

func (c *checker) limits(l Limits) {
	c.form(l.Memory, memorySize, "as in 8Gi", "not an amount of memory")
	if l.Time.Set {
		if d, err := time.ParseDuration(l.Time.V); err != nil || d <= 0 {
			c.diags.Add(diag.BadValue, l.Time.At, "as in 2h30m", "%q is not a length of time", l.Time.V)
		}
	}
}

// builtinOnly reports the exec engine's keys where the built-in one is used.
func (c *checker) builtinOnly(t Train) {
	var keys []string
	if c.m.Prepare.Set {
		keys = append(keys, "prepare")
	}
	if c.m.Checkpoint.Set {
		keys = append(keys, "checkpoint")
	}
	for _, k := range setKeys(t.Exec) {
		keys = append(keys, "train."+k)
	}
	for _, k := range setKeys(c.m.Evaluate.Program) {
		keys = append(keys, "evaluate."+k)
	}
	if c.m.Evaluate.ONNX.Set {
		keys = append(keys, "evaluate.onnx")
	}
	for _, k := range keys {
		c.diags.Add(diag.Conflict, c.m.keyAt(k), "add engine: exec, or take it out", "%s belongs to the exec engine", k)
	}
}
