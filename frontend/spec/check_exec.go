package spec

import (
	"path"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lock"
	"github.com/modelbuild/modelbuild/internal/pattern"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/opencontainers/go-digest"
)

var (
	envName         = pattern.New(`^[A-Za-z_][A-Za-z0-9_]*$`)
	secretID        = pattern.New(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	cdiDevice       = pattern.New(`^[a-z0-9.-]+\.[a-z]+/[A-Za-z0-9._-]+=[A-Za-z0-9._:-]+\??$`)
	fingerprintForm = pattern.New(`^sha256:[0-9a-f]{64}$`)
	debianName      = pattern.New(`^[a-z0-9][a-z0-9+.-]+$`)
	memorySize      = pattern.New(`^[1-9][0-9]*(Ki|Mi|Gi|Ti)?$`)
	execClasses     = []string{job.ClassExact, job.ClassCPU, job.ClassTolerance}
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
	if _, ok := t.Outputs.Get(job.OutputModel); !ok {
		c.missing("train.outputs.model", "where the program writes the model, as in model: /out/model.pth")
	}
	c.program("train", t.Program)
	c.prepare(c.m.Prepare)
	c.evaluateProgram(c.m.Evaluate)
	c.onnx(c.m.Evaluate.ONNX)
	for _, s := range t.Secrets.Items {
		c.form(s, secretID, "the id given to --secret id=…", "not the id of a secret")
	}
	for i, d := range t.Devices.Items {
		c.form(d, cdiDevice, "as in nvidia.com/gpu=all, or nvidia.com/gpu=all? for one that it can do without", "not a CDI device")
		c.onceDevice(d, t.Devices.Items[:i])
	}
	c.execScores(t)
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
		{"train.calibrate", t.Calibrate.Set}, {"train.threshold", t.Threshold.Set}, {"train.learning_curve", t.LearningCurve.Set}, {"train.export", t.Export.Set},
		{"image.statistics", c.m.Image.Statistics.Set},
		{"evaluate.slices", c.m.Evaluate.Slices.Set && !c.m.Evaluate.ONNX.Set},
	} {
		if k.set {
			c.diags.Add(diag.Conflict, c.m.keyAt(k.path), "take it out: the program decides it, and env: tells the program", "%s belongs to the built-in engine", k.path)
		}
	}
}

// form reports a text that does not match.
func (c *checker) form(v Value[string], form *pattern.Pattern, hint, what string) {
	if v.Set && !form.MatchString(v.V) {
		c.diags.Add(diag.BadValue, v.At, hint, "%q is %s", v.V, what)
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
	switch f := p.Python; {
	case f.Set && condaFile(f.V):
		c.diags.Add(diag.BadValue, f.At, instead, "train.packages.python: %q is a file of conda, not of pip", f.V)
	case f.Set && !beside(f.V):
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

// instead is what to do where an environment is conda's.
const instead = "conda is not supported: name Debian's packages and a requirements file with hashes, or put the environment into an image, and that into train.base by digest"

// condaFile reports whether a file has a name that only environments of conda have.
func condaFile(name string) bool {
	name = strings.ToLower(path.Base(name))
	return strings.HasSuffix(name, ".yml") || strings.HasSuffix(name, ".yaml") || strings.Contains(name, "conda")
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
