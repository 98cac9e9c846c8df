package spec

import (
	"path"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/train/job"
)

// ServerPath is the place of the inference server in an image.
const ServerPath = "/modelbuild-serve"

// DefaultPort is the TCP port that the server listens on where the spec names none.
const DefaultPort = 8080

// Serve adds the inference server to the image.
type Serve struct {
	Pos
	Port Value[uint64] `key:"port" doc:"TCP port; 8080 when left out"`
}

// serve checks image.serve with what it excludes.
func (c *checker) serve(i Image) {
	if !i.Serve.Set {
		return
	}
	if p := i.Serve.Port; p.Set && (p.V < 1 || p.V > 65535) {
		c.diags.Add(diag.BadValue, p.At, "8080 is usual", "image.serve.port must lie between 1 and 65535, not %d", p.V)
	}
	if i.Entrypoint.Set {
		c.diags.Add(diag.Conflict, c.m.keyAt("image.entrypoint"), "keep one of the two", "image.entrypoint and image.serve exclude each other: a container runs one program")
	}
	if model, ok := c.m.Train.Outputs.Get(job.OutputModel); ok && model.Set && path.Ext(model.V) != ".onnx" {
		c.diags.Add(diag.Conflict, c.m.keyAt("image.serve"), "have the program write the model as /out/model.onnx, or take image.serve out",
			"image.serve serves models in the ONNX format, not %s", path.Base(model.V))
	}
}
