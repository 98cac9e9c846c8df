package main

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"path/filepath"

	"github.com/modelbuild/modelbuild/sbom"
	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/runtime"
)

// serverName is the name of the server's source in the job.
const serverName = "image.serve"

// readServer looks at what the inference server of the image is made of, and makes sure
// that it can compute the model: that shows here, and not where the image is run.
func (p *packaging) readServer(trainDir string) error {
	if p.job.Server == "" {
		return nil
	}
	var err error
	if p.server, err = buildinfo.ReadFile(p.job.Server); err != nil {
		return fmt.Errorf("read modules of the inference server: %w", err)
	}
	model, err := os.ReadFile(filepath.Join(trainDir, p.record.Model.File))
	if err != nil {
		return fmt.Errorf("read model: %w", err)
	}
	if _, err := runtime.Load(model); err != nil {
		return job.Problems{{Code: job.CodeServe, Field: serverName,
			Message: "the inference server cannot compute this model: " + err.Error(),
			Hint:    "take image.serve out, and serve the model with ONNX Runtime"}}
	}
	return nil
}

// modulesOf are what a file of the image is made of, where it is the server.
func (p *packaging) modulesOf(f addedFile) []sbom.Module {
	if p.server == nil || f.source.Name != serverName {
		return nil
	}
	return modules(p.server)
}
