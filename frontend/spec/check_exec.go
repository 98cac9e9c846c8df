package spec

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/internal/pattern"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/opencontainers/go-digest"
)

var (
	envName     = pattern.New(`^[A-Za-z_][A-Za-z0-9_]*$`)
	secretID    = pattern.New(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	cdiDevice   = pattern.New(`^[a-z0-9.-]+\.[a-z]+/[A-Za-z0-9._-]+=[A-Za-z0-9._:-]+$`)
	debianName  = pattern.New(`^[a-z0-9][a-z0-9+.-]+$`)
	memorySize  = pattern.New(`^[1-9][0-9]*(Ki|Mi|Gi|Ti)?$`)
	execClasses = []string{job.ClassExact, job.ClassCPU, job.ClassTolerance}
)

// exec checks a model that a program of the user's own trains.
func (c *checker) exec(t Train) {
	c.builtinKeys()
	c.choice(t.Network, "train.network", execNetworks)
	c.choice(t.Reproducible, "train.reproducible", execClasses)
	switch {
	case t.Base.Set && t.Packages.Set:
		c.diags.Add(diag.Conflict, c.m.keyAt("train.packages"), "keep one of the two", "train.base and train.packages exclude each other")
	case t.Base.Set:
		c.pinnedImage(t.Base, "train.base")
	case !t.Packages.Set:
		c.missing("train.base", "base: image://…@sha256:…, or packages:")
	}
	if len(t.Run.Items) == 0 {
		c.missing("train.run", "the command, as in run: [python3, /src/train.py]")
	}
	if _, ok := t.Outputs.Get(job.OutputModel); !ok {
		c.missing("train.outputs.model", "where the program writes the model, as in model: /out/model.pth")
	}
	if n := t.Threads; n.Set && (n.V < 1 || n.V > maxThreads) {
		c.diags.Add(diag.BadValue, n.At, "as in threads: 2", "train.threads must lie between 1 and %d, not %d", maxThreads, n.V)
	}
	c.execNames(t)
	c.execOutputs(t)
	c.execSources(t)
	c.execScores(t)
	c.limits(t.Limits)
	c.packages(t.Packages)
}

// maxThreads is more than any machine has, to catch slips.
const maxThreads = 1024

// builtinKeys reports what only the built-in engine reads.
func (c *checker) builtinKeys() {
	t := c.m.Train
	for _, k := range []struct {
		path string
		set  bool
	}{
		{"features", c.m.Features.Set}, {"split", c.m.Split.Set}, {"train.algorithm", t.Algorithm.Set}, {"train.params", t.Params.Set},
		{"train.calibrate", t.Calibrate.Set}, {"train.threshold", t.Threshold.Set}, {"train.learning_curve", t.LearningCurve.Set}, {"train.export", t.Export.Set}, {"evaluate.slices", c.m.Evaluate.Slices.Set},
	} {
		if k.set {
			c.diags.Add(diag.Conflict, c.m.keyAt(k.path), "take it out: the program decides it, and env: tells the program", "%s belongs to the built-in engine", k.path)
		}
	}
}

func (c *checker) missing(path, hint string) {
	c.diags.Add(diag.MissingKey, c.m.keyAt("train"), hint, "%s is missing", path)
}

func (c *checker) execNames(t Train) {
	for _, e := range t.Env.Entries {
		if !envName.MatchString(e.Key) {
			c.diags.Add(diag.BadValue, e.KeyAt, "letters, digits and _", "%q is not the name of a variable", e.Key)
		}
	}
	for _, s := range t.Secrets.Items {
		c.form(s, secretID, "the id given to --secret id=…", "not the id of a secret")
	}
	for _, d := range t.Devices.Items {
		c.form(d, cdiDevice, "as in nvidia.com/gpu=all", "not a CDI device")
	}
}

// form reports a text that does not match.
func (c *checker) form(v Value[string], form *pattern.Pattern, hint, what string) {
	if v.Set && !form.MatchString(v.V) {
		c.diags.Add(diag.BadValue, v.At, hint, "%q is %s", v.V, what)
	}
}

// reservedOutputs are the files that a build itself puts into ModelDir.
var reservedOutputs = []string{"card.md", "provenance.intoto.json", "sbom.cdx.json", "sbom.spdx.json", "sbom.training.cdx.json",
	"sbom.training.spdx.json", "train.json", "diagnostics.json", "model.sig.json", "plots"}

func (c *checker) execOutputs(t Train) {
	places := map[string]string{}
	for _, e := range t.Outputs.Entries {
		if !e.Value.Set {
			continue
		}
		file, ok := strings.CutPrefix(e.Value.V, "/out/")
		at := "train.outputs." + e.Key
		switch {
		case !ok || file == "" || path.Clean(file) != file || strings.HasPrefix(file, "../"):
			c.diags.Add(diag.BadValue, e.Value.At, "as in /out/model.pth", "%s must be a file below /out", at)
		case slices.Contains(reservedOutputs, file) || file == "metrics.json" && e.Key != job.OutputMetrics:
			c.diags.Add(diag.Conflict, e.Value.At, "write it under another name", "%s: the build puts a file of its own at /model/%s", at, file)
		case strings.ContainsAny(file, "*?[]\\!"):
			c.diags.Add(diag.BadValue, e.Value.At, "name one file or folder", "%s: %q has a wildcard", at, file)
		}
		for name, other := range places {
			if other == file || strings.HasPrefix(file, other+"/") || strings.HasPrefix(other, file+"/") {
				c.diags.Add(diag.Conflict, e.Value.At, "write each to a place of its own", "%s and train.outputs.%s are one file, or one holds the other", at, name)
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

func (c *checker) execSources(t Train) {
	for _, e := range t.Sources.Entries {
		if !sourceName.MatchString(e.Key) || slices.Contains(ownFolders, e.Key) {
			c.diags.Add(diag.BadValue, e.KeyAt, "lower-case letters and digits, and no folder of the system, as in src", "train.sources.%s cannot be mounted at /%s", e.Key, e.Key)
		}
		if e.Value.Set {
			c.sourceText(e.Value, Value[string]{}, "train.sources."+e.Key)
		}
	}
}

// execScores checks what a gate can be on: the metrics that the program reports, and
// those that are computed of its predictions.
func (c *checker) execScores(t Train) {
	_, reported := t.Outputs.Get(job.OutputMetrics)
	_, predicted := t.Outputs.Get(job.OutputPredictions)
	c.choice(t.Task, "train.task", job.Tasks())
	if predicted && !t.Task.Set {
		c.missing("train.task", "what the predictions are of, as in task: regression")
	}
	if !reported && !predicted && len(c.m.Evaluate.Gates.Entries) > 0 {
		c.diags.Add(diag.Conflict, c.m.keyAt("evaluate.gates"), "add metrics: or predictions: to train.outputs, and have the program write it",
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

func (c *checker) packages(p Packages) {
	if !p.Set {
		return
	}
	if !p.Debian.Set {
		c.diags.Add(diag.MissingKey, c.m.keyAt("train.packages"), "Python packages need an interpreter, as in debian: {suite: bookworm, install: [python3]}",
			"train.packages.debian is missing")
	}
	if f := p.Python; f.Set && !beside(f.V) {
		c.diags.Add(diag.BadValue, f.At, "as in requirements.txt", "train.packages.python must be a file beside the spec or below it, not %q", f.V)
	}
	for _, n := range p.Debian.Install.Items {
		c.form(n, debianName, "the name of a binary package, as in python3-torch", "not a Debian package")
	}
	c.mirrors(p)
	if !c.unpinned {
		c.lockedPackages()
	}
}

// lockedPackages reports packages that the lock does not have: nothing else pins
// them.
func (c *checker) lockedPackages() {
	for _, in := range c.m.Inputs() {
		ok := true
		switch in.Kind {
		case lock.KindDebian:
			var d lock.Debian
			d, ok = c.m.lock.Closure(in.Name, in.Install)
			ok = ok && !slices.ContainsFunc(d.Architectures, func(a lock.Architecture) bool { return !lock.Bootable(a.Packages) })
		case lock.KindPython:
			_, ok = c.m.lock.Requirements(in.Name)
		}
		if !ok {
			c.diags.Add(diag.Unpinned, in.At, relock, "%s: the packages are not in %s", in.Path, lock.Name)
		}
	}
}

// beside reports whether a path stays below the spec's folder.
func beside(p string) bool {
	clean := path.Clean(p)
	return p != "" && !path.IsAbs(p) && clean != "." && clean != ".." && !strings.HasPrefix(clean, "../")
}

// pinnedImage checks an image reference: image://, and a digest of its own or in
// the lock.
func (c *checker) pinnedImage(v Value[string], path string) bool {
	if !v.Set {
		return false
	}
	ref, ok := strings.CutPrefix(v.V, "image://")
	if !ok {
		c.diags.Add(diag.BadSource, v.At, "as in image://docker.io/library/debian:12@sha256:…", "%s: an image is written image://REF@sha256:…", path)
		return false
	}
	if imagePin(ref) != "" || c.unpinned {
		return true
	}
	if _, locked := c.m.lock.Source(lock.KindImage, v.V); !locked {
		c.diags.Add(diag.Unpinned, v.At, "run `modelbuild lock`, or add @sha256:… after the tag", "%s: an image needs a digest", path)
		return false
	}
	return true
}

// imagePin is the digest that an image reference ends in, or "".
func imagePin(ref string) string {
	_, dgst, _ := strings.Cut(ref, "@")
	if digest.Digest(dgst).Validate() != nil {
		return ""
	}
	return dgst
}

// builtinOnly reports the exec engine's keys where the built-in one is used.
func (c *checker) builtinOnly(t Train) {
	for _, k := range execKeys(t) {
		c.diags.Add(diag.Conflict, c.m.keyAt("train."+k), "add engine: exec, or take it out", "train.%s belongs to the exec engine", k)
	}
}
