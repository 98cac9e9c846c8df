package compare_test

import (
	"fmt"
	"testing"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/oci/layouttest"
	"github.com/modelbuild/modelbuild/train/onnx"
)

func metrics(mae string) layouttest.Entry {
	return file("model/metrics.json", `{"metrics": {"mae": `+mae+`}}`)
}

// weights is a model with one constant tensor.
func weights(t *testing.T, values ...float32) layouttest.Entry {
	t.Helper()
	m := onnx.Model{Graph: onnx.Graph{
		Nodes:        []onnx.Node{{Op: "Add", Inputs: []string{"x", "w"}, Outputs: []string{"y"}}},
		Initializers: []onnx.Tensor{{Name: "w", Dims: []int64{int64(len(values))}, Data: values}},
		Inputs:       []onnx.Value{{Name: "x", Type: onnx.Float, Dims: []int64{onnx.Rows, int64(len(values))}}},
		Outputs:      []onnx.Value{{Name: "y", Type: onnx.Float, Dims: []int64{onnx.Rows, int64(len(values))}}},
	}}
	return file("model/model.onnx", string(m.Encode()))
}

func TestTolerance(t *testing.T) {
	statement := func(hex string) layouttest.Entry {
		return file("model/provenance.intoto.json", fmt.Sprintf(`{"predicate": {"materials": [{"uri": "context://a", "digest": {"sha256": %q}}]}}`, hex))
	}
	for _, tc := range []struct {
		name        string
		a, b        []layouttest.Entry
		want        []string // why not
		notCompared []string
	}{
		{"close metrics", []layouttest.Entry{metrics("100"), file("model/model.pth", "a")}, []layouttest.Entry{metrics("100.00001"), file("model/model.pth", "b")},
			nil, []string{"/model/model.pth"}},
		{"far metrics", []layouttest.Entry{metrics("100")}, []layouttest.Entry{metrics("100.1")}, []string{"the metric mae is 100, now 100.1"}, nil},
		{"no metrics", []layouttest.Entry{file("model/model.pth", "a")}, []layouttest.Entry{file("model/model.pth", "b")},
			[]string{"there are no metrics to compare"}, []string{"/model/model.pth"}},
		{"metrics gone", []layouttest.Entry{metrics("1"), file("x", "")}, []layouttest.Entry{file("x", "")},
			[]string{"/model/metrics.json differs", "the metric mae is not there now"}, nil},
		{"elsewhere", []layouttest.Entry{metrics("1"), file("etc/x", "1")}, []layouttest.Entry{metrics("1"), file("etc/x", "2")},
			[]string{"/etc/x differs"}, []string{"/etc/x"}},
		{"close tensors", []layouttest.Entry{metrics("1"), weights(t, 1, 1000)}, []layouttest.Entry{metrics("1"), weights(t, 1, 1000.0001)}, nil, nil},
		{"far tensors", []layouttest.Entry{metrics("1"), weights(t, 1, 2)}, []layouttest.Entry{metrics("1"), weights(t, 1, 3)},
			[]string{"/model/model.onnx: tensor w: 1 of 2 values, by at most 1; [1] is 2, now 3"}, nil},
		{"other inputs", []layouttest.Entry{metrics("1"), statement("a")}, []layouttest.Entry{metrics("1"), statement("b")},
			[]string{"/model/provenance.intoto.json: predicate.materials[context://a].digest.sha256 differs"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := images(t, tc.a, tc.b).Platforms[0]
			got, err := p.Within(t.Context(), 1e-6)
			require.NoError(t, err)
			assert.Equal(t, tc.want, got.Reasons)
			assert.Equal(t, tc.notCompared, got.NotCompared)
			assert.Equal(t, len(tc.want) == 0, got.Within)
		})
	}
}

func TestToleranceHoldsTheConfiguration(t *testing.T) {
	entries := []layouttest.Entry{metrics("1")}
	p := images(t, entries, entries, ocispecs.Image{Config: ocispecs.ImageConfig{User: "1"}}).Platforms[0]
	got, err := p.Within(t.Context(), 1)
	require.NoError(t, err)
	assert.Equal(t, []string{"the configuration differs: config.User"}, got.Reasons)
}
