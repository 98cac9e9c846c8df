package runtime

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/onnxtest"
	"github.com/modelbuild/modelbuild/train/onnx"
	"github.com/stretchr/testify/require"
)

// scoring is a model with a batch for it.
type scoring struct {
	name  string
	model onnx.Model
	file  []byte // in place of the model
	feeds map[string]Tensor

	tolerance float64 // relative, and absolute below 1; 0 stands for 1e-5
	byRow     bool    // blocks of rows are expected
}

func (c scoring) bytes() []byte {
	if c.file != nil {
		return c.file
	}
	return c.model.Encode()
}

// CompareFile runs a model file by rows here and in ONNX Runtime.
func CompareFile(t *testing.T, file []byte, batch map[string]Tensor) {
	t.Helper()
	compare(t, []scoring{{name: "file", file: file, feeds: batch, byRow: true}})
}

// compare runs cases here and in ONNX Runtime. What one refuses, the other must
// refuse.
func compare(t *testing.T, cases []scoring) {
	t.Helper()
	results := ask(t, cases)
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if strings.Contains(results[i].Error, "Could not find an implementation") {
				return
			}
			got, err := score(c)
			if results[i].Error != "" {
				require.Error(t, err, "ONNX Runtime says: %s", results[i].Error)
				return
			}
			require.NoError(t, err)
			require.Len(t, got, len(results[i].Outputs))
			for name, w := range results[i].Outputs {
				requireEqual(t, c, Tensor(w), got[name])
			}
			requireBlocksEqual(t, c, got)
		})
	}
}

func score(c scoring) (map[string]Tensor, error) {
	s, err := Load(c.bytes())
	if err != nil {
		return nil, err
	}
	return s.Run(context.Background(), c.feeds)
}

// requireBlocksEqual computes the batch in small blocks and as a whole, which
// must give the same bits.
func requireBlocksEqual(t *testing.T, c scoring, want map[string]Tensor) {
	t.Helper()
	s, err := Load(c.bytes())
	require.NoError(t, err)
	require.Equal(t, c.byRow, s.ByRow())
	if !c.byRow {
		return
	}
	for _, rows := range []int{1, 3, 1 << 20} {
		s.program.blockRows = rows
		got, err := s.Run(context.Background(), c.feeds)
		require.NoError(t, err)
		requireBits(t, want, got)
	}
	s.program.byRow = false
	got, err := s.Run(context.Background(), c.feeds)
	require.NoError(t, err)
	requireBits(t, want, got)
}

// requireBits compares printed forms, in which NaN equals NaN and -0 is not 0.
func requireBits(t *testing.T, want, got map[string]Tensor) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		require.Equal(t, fmt.Sprintf("%v", want[name]), fmt.Sprintf("%v", got[name]), name)
	}
	require.Len(t, got, len(want))
}

// requireEqual compares with the oracle's tensor.
func requireEqual(t *testing.T, c scoring, want, got Tensor) {
	t.Helper()
	require.Equal(t, want.Dims, got.Dims)
	require.Equal(t, want.Ints, got.Ints)
	require.Equal(t, want.Strings, got.Strings)
	require.Equal(t, want.Bools, got.Bools)
	require.Len(t, got.Floats, len(want.Floats))
	require.Len(t, got.Doubles, len(want.Doubles))
	tolerance := c.tolerance
	if tolerance == 0 {
		tolerance = 1e-5
	}
	for i, w := range want.Doubles {
		require.True(t, near(w, got.Doubles[i], tolerance), "element %d is %g, not %g", i, got.Doubles[i], w)
	}
	for i, w := range want.Floats {
		require.True(t, near(float64(w), float64(got.Floats[i]), tolerance), "element %d is %g, not %g: %v, %v", i, got.Floats[i], w, got.Floats, want.Floats)
	}
}

func near(want, got, tolerance float64) bool {
	if math.IsNaN(want) || math.IsInf(want, 0) {
		return math.IsNaN(want) && math.IsNaN(got) || want == got
	}
	return math.Abs(want-got) <= tolerance*max(1, math.Abs(want))
}

// ask runs cases in ONNX Runtime.
func ask(t testing.TB, cases []scoring) []onnxtest.Outcome {
	t.Helper()
	var asked []onnxtest.Case
	for _, c := range cases {
		q := onnxtest.Case{Model: c.bytes(), Feeds: map[string]onnxtest.Tensor{}}
		for name, f := range c.feeds {
			q.Feeds[name] = onnxtest.Tensor(f)
		}
		asked = append(asked, q)
	}
	return onnxtest.Run(t, asked...)
}

// typeOfTensor is the type of the slice that is set.
func typeOfTensor(f Tensor) Type {
	switch {
	case f.Floats != nil:
		return Float
	case f.Doubles != nil:
		return Double
	case f.Ints != nil:
		return Int64
	case f.Bools != nil:
		return Bool
	}
	return String
}
