package serve

import (
	"net/http"

	"github.com/modelbuild/modelbuild/train/runtime"
)

func (h *Handler) ready(*http.Request) (answer, error) {
	if h.ending.Load() {
		return answer{}, &Refusal{http.StatusServiceUnavailable, "the server is ending"}
	}
	return asJSON(map[string]bool{"ready": true})
}

func (h *Handler) modelReady(r *http.Request) (answer, error) {
	if _, err := h.ready(r); err != nil {
		return answer{}, err
	}
	return asJSON(struct {
		Name  string `json:"name"`
		Ready bool   `json:"ready"`
	}{h.model.Name, true})
}

// extension is the protocol's name of what unpack and pack do.
const extension = "binary_tensor_data"

func (h *Handler) server(*http.Request) (answer, error) {
	return asJSON(struct {
		Name       string   `json:"name"`
		Version    string   `json:"version"`
		Extensions []string `json:"extensions"`
	}{"modelbuild-serve", Version(), []string{extension}})
}

// described is a tensor of the model as the protocol has it.
type described struct {
	Name       string         `json:"name"`
	Datatype   string         `json:"datatype"`
	Shape      []int          `json:"shape"`
	Parameters map[string]any `json:"parameters,omitempty"`
}

func (h *Handler) described(*http.Request) (answer, error) {
	m := h.model
	var versions []string
	if m.Version != "" {
		versions = []string{m.Version}
	}
	return asJSON(struct {
		Name     string      `json:"name"`
		Versions []string    `json:"versions,omitempty"`
		Platform string      `json:"platform"`
		Inputs   []described `json:"inputs"`
		Outputs  []described `json:"outputs"`
	}{m.Name, versions, "onnx", m.describe(m.inputs), m.describe(m.outputs)})
}

// describe lists tensors. Scores of classes are told with the order of those.
func (m *Model) describe(values []runtime.Value) []described {
	out := make([]described, len(values))
	for i, v := range values {
		out[i] = described{Name: v.Name, Datatype: datatype(v.Type), Shape: shape(v)}
		if n := len(m.classes); n > 0 && v.Type != runtime.String && len(v.Dims) == 2 && v.Dims[1] == n {
			if _, ok := m.output(v.Name); ok {
				out[i].Parameters = map[string]any{"classes": m.classes}
			}
		}
	}
	return out
}
