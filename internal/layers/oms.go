package layers

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/provenance"
)

// modelDir is where an image has its model.
const modelDir = "/model/"

// signature is the file of a signature beside a model, which a manifest of model signing leaves out.
const signature = "model.sig.json"

// OMS is the manifest of model signing about the model's folder in an image, unsigned.
func OMS(ctx context.Context, m *oci.Manifest) ([]byte, error) {
	files := map[string]string{}
	err := m.Walk(ctx, func(f oci.File, r io.Reader) error {
		name, ok := strings.CutPrefix(f.Path, modelDir)
		if !ok || name == signature {
			return nil
		}
		sum, err := sum(r)
		files[name] = sum
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", modelDir, err)
	}
	st, err := provenance.NewOMS(strings.Trim(modelDir, "/"), files, signature)
	if err != nil {
		return nil, err
	}
	return st.Marshal()
}
