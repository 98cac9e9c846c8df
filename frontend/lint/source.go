package lint

import (
	"strings"

	"github.com/modelbuild/modelbuild/train/job"
)

// checkInsecure looks at the addresses that the spec fetches from. An image's
// registry is reached over TLS unless the builder is told otherwise.
func checkInsecure(c *Context) {
	for _, in := range c.Model.Inputs() {
		switch scheme, _, _ := strings.Cut(in.Name, "://"); scheme {
		case "http", "git", "git+http":
			c.warn(c.Model.At(in.Path), "use https, where the server has it",
				"%s: it is fetched in the open: others can see it, and only the digest shows that it was changed", in.Path)
		}
	}
}

// checkSameData finds a test dataset that is the training one.
func checkSameData(c *Context) {
	train, _ := c.Model.Data.Get(job.DatasetTrain)
	test, ok := c.Model.Data.Get(job.DatasetTest)
	if !ok || !train.Source.Set || !test.Source.Set {
		return
	}
	if train.Source.V == test.Source.V || train.Digest.Set && train.Digest.V == test.Digest.V {
		c.warn(test.Source.At, "name a file of rows that training does not see, or use split: {kind: stratified}",
			"data.test.source: the model is tested on the rows it learnt from")
	}
}
