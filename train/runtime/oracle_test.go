package runtime

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

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

// wire is a tensor as hack/oracle/run.js has it.
type wire struct {
	Type string          `json:"type"`
	Dims []int           `json:"dims"`
	Data json.RawMessage `json:"data"`
}

type outcome struct {
	Outputs map[string]wire
	Error   string
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
				requireEqual(t, c, w.tensor(t), got[name])
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
func ask(t testing.TB, cases []scoring) []outcome {
	t.Helper()
	type request struct {
		Model []byte          `json:"model"`
		Feeds map[string]wire `json:"feeds"`
	}
	var requests []request
	for _, c := range cases {
		r := request{Model: c.bytes(), Feeds: map[string]wire{}}
		for name, f := range c.feeds {
			r.Feeds[name] = toWire(t, f)
		}
		requests = append(requests, r)
	}
	stdin, err := json.Marshal(requests)
	require.NoError(t, err)
	cmd := exec.Command("node", "../../hack/oracle/run.js", oracleDir(t))
	cmd.Stdin, cmd.Stderr = bytes.NewReader(stdin), os.Stderr
	stdout, err := cmd.Output()
	require.NoError(t, err)
	var out []outcome
	require.NoError(t, json.Unmarshal(stdout, &out))
	require.Len(t, out, len(cases))
	return out
}

func oracleDir(t testing.TB) string {
	t.Helper()
	dir, err := exec.Command("../../hack/oracle/onnxruntime.sh").Output()
	require.NoError(t, err, "hack/oracle/onnxruntime.sh installs ONNX Runtime and needs node and npm")
	return strings.TrimSpace(string(dir))
}

func toWire(t testing.TB, f Tensor) wire {
	w := wire{Type: typeOfTensor(f).String(), Dims: append([]int{}, f.Dims...)}
	var content any
	switch typeOfTensor(f) {
	case Float:
		content = bytesOf(t, f.Floats)
	case Double:
		content = bytesOf(t, f.Doubles)
	case Int64:
		content = bytesOf(t, f.Ints)
	case Bool:
		content = bytesOf(t, f.Bools)
	default:
		content = f.Strings
	}
	var err error
	w.Data, err = json.Marshal(content)
	require.NoError(t, err)
	return w
}

func bytesOf(t testing.TB, v any) []byte {
	b, err := binary.Append([]byte{}, binary.LittleEndian, v)
	require.NoError(t, err)
	return b
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

func (w wire) tensor(t *testing.T) Tensor {
	out := Tensor{Dims: append([]int{}, w.Dims...)}
	if w.Type == "string" {
		out.Strings = []string{}
		require.NoError(t, json.Unmarshal(w.Data, &out.Strings))
		return out
	}
	var content []byte
	require.NoError(t, json.Unmarshal(w.Data, &content))
	n := product(out.Dims)
	var err error
	switch w.Type {
	case "float32":
		out.Floats = make([]float32, n)
		_, err = binary.Decode(content, binary.LittleEndian, out.Floats)
	case "float64":
		out.Doubles = make([]float64, n)
		_, err = binary.Decode(content, binary.LittleEndian, out.Doubles)
	case "int64":
		out.Ints = make([]int64, n)
		_, err = binary.Decode(content, binary.LittleEndian, out.Ints)
	case "bool":
		out.Bools = make([]bool, n)
		_, err = binary.Decode(content, binary.LittleEndian, out.Bools)
	default:
		t.Fatalf("type %s", w.Type)
	}
	require.NoError(t, err)
	return out
}
