package lint

import (
	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/train/job"
)

func checkLicense(c *Context) {
	m := c.Model
	if !m.License.Set {
		c.warn(m.At("name"), "as in license: Apache-2.0, or license: LicenseRef-Proprietary", "the model has no licence: nobody can tell what they may do with it")
	}
	for _, e := range m.Data.Entries {
		if !e.Value.License.Set {
			c.warn(m.At("data."+e.Key), "as in license: CC0-1.0", "data.%s has no licence: the model's own may depend on it", e.Key)
		}
	}
}

func checkVersion(c *Context) { c.head(c.Model.Version, "version", "as in version: 1.0.0") }

func checkDescription(c *Context) {
	c.head(c.Model.Description, "description", "one line, as in description: Species of a penguin from its body measurements")
}

func (c *Context) head(v spec.Value[string], key, hint string) {
	if !v.Set {
		c.warn(c.Model.At("name"), hint, "the model has no %s", key)
	}
}

func checkSeed(c *Context) {
	if c.builtin() && !c.Model.Train.Seed.Set {
		c.warn(c.Model.At("train"), "as in seed: 42", "train.seed is not written: it is 0, which readers have to know")
	}
}

// checkSplit finds rows that are held out without the spec saying so.
func checkSplit(c *Context) {
	evenly := ""
	if c.Model.Task() == job.TaskClassification {
		evenly = ", evenly over the classes"
	}
	if c.builtin() && !c.Model.Split.Set {
		c.warn(c.Model.At("train"), "as in split: {kind: stratified, test: 0.2}",
			"split is not written: a fifth of the rows is held out%s", evenly)
	}
}
