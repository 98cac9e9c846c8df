package safetensors

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	oracle "github.com/nlpodyssey/safetensors"
	"github.com/stretchr/testify/require"
)

func tensors() []Tensor {
	return []Tensor{
		Of("intercept", []float32{0.5, float32(math.Copysign(0, -1))}, 2),
		Of("coef", []float32{1, 2, 3, 4, 5, math.SmallestNonzeroFloat32}, 2, 3),
		Of("means", []float64{1e-300, 2.5}, 1, 2),
		Of("empty", []float64{}, 0, 7),
		Of("scalar", []float32{9}),
	}
}

// TestEncode: another implementation of the format reads what was written, and
// writes the same bytes.
func TestEncode(t *testing.T) {
	metadata := map[string]string{"format": "modelbuild", "classes": `["a","<b>","é"]`}
	got, err := Encode(tensors(), metadata)
	require.NoError(t, err)
	require.Zero(t, binary.LittleEndian.Uint64(got)%8)

	reversed := tensors()
	slices.Reverse(reversed)
	again, err := Encode(reversed, metadata)
	require.NoError(t, err)
	require.Equal(t, got, again)

	file, err := oracle.Deserialize(got)
	require.NoError(t, err)
	require.Equal(t, len(tensors()), file.Len())
	_, header, err := oracle.ReadMetadata(got)
	require.NoError(t, err)
	require.Equal(t, metadata, header.Metadata())
	views := map[string]oracle.TensorView{}
	for _, want := range tensors() {
		view, ok := file.Tensor(want.Name)
		require.True(t, ok, want.Name)
		views[want.Name] = view
		bytes, err := binary.Append(nil, binary.LittleEndian, want.Data)
		require.NoError(t, err)
		require.Equal(t, append([]byte{}, bytes...), append([]byte{}, view.Data()...), want.Name)
		require.Len(t, view.Shape(), len(want.Dims), want.Name)
		for i, d := range want.Dims {
			require.Equal(t, uint64(d), view.Shape()[i], want.Name)
		}
	}
	theirs, err := oracle.Serialize(views, metadata)
	require.NoError(t, err)
	require.Equal(t, theirs[binary.LittleEndian.Uint64(theirs)+8:], got[binary.LittleEndian.Uint64(got)+8:], "elements")
}

// TestHeader holds the header to its last byte, as the format's own library writes
// it: the metadata, then the tensors in the order of their elements.
func TestHeader(t *testing.T) {
	got, err := Encode([]Tensor{Of("b", []float32{1}, 1), Of("a", []float32{}, 0), Of("z", []float64{2}, 1, 1)}, map[string]string{"k": "<v>"})
	require.NoError(t, err)
	n := binary.LittleEndian.Uint64(got)
	require.Equal(t, `{"__metadata__":{"k":"<v>"},"z":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]},`+
		`"a":{"dtype":"F32","shape":[0],"data_offsets":[8,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}  `, string(got[8:8+n]))
}

func TestEncodeRefuses(t *testing.T) {
	for name, tensors := range map[string][]Tensor{
		"twice": {Of("a", []float32{1}, 1), Of("a", []float64{1}, 1)},
		"shape": {Of("a", []float32{1, 2}, 3)},
		"type":  {{Name: "a", Dims: []int{1}, Data: []string{"x"}}},
		"less":  {Of("a", []float32{1, 2}, -1, -2)},
		"name":  {Of("__metadata__", []float32{1}, 1)},
	} {
		_, err := Encode(tensors, nil)
		require.Error(t, err, name)
	}
}
