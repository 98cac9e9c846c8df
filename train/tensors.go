package train

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/modelbuild/modelbuild/train/safetensors"
)

// dense is a model whose parameters are arrays.
type dense interface {
	Tensors() []safetensors.Tensor
}

// addTensors writes the parameters of a model as a safetensors file, in the
// precision that it has them in, where the job asks for it. What they are about is
// in the metadata.
func (in *input) addTensors(r *Result, f *fitted) error {
	if !in.job.Export.Safetensors {
		return nil
	}
	m, ok := f.model.(dense)
	if !ok {
		return fmt.Errorf("write tensors: %s has none", in.job.Algorithm)
	}
	metadata := map[string]string{"format": "modelbuild", "task": in.job.Task, "algorithm": in.job.Algorithm}
	if in.job.Calibrate != "" {
		metadata["calibrate"] = in.job.Calibrate
	}
	lists := map[string]any{"features": f.enc.Names(), "params": in.job.Params}
	if in.classes != nil {
		lists["classes"] = in.classes
	}
	for key, v := range lists {
		var err error
		if metadata[key], err = line(v); err != nil {
			return err
		}
	}
	var err error
	if r.Tensors, err = safetensors.Encode(m.Tensors(), metadata); err != nil {
		return fmt.Errorf("write tensors: %w", err)
	}
	file := describe(TensorsFile, r.Tensors)
	r.Record.Tensors = &file
	return nil
}

// line is JSON on one line.
func line(v any) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", fmt.Errorf("encode JSON: %w", err)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}
