package onnxtest

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Tensor is an array of elements in row-major order: one of the slices is set. It
// has the fields of runtime.Tensor, which converts to it.
type Tensor struct {
	Dims    []int
	Floats  []float32
	Doubles []float64
	Ints    []int64
	Strings []string
	Bools   []bool
}

// Case is a model file with what to feed to its inputs.
type Case struct {
	Model []byte
	Feeds map[string]Tensor
}

// Outcome is what ONNX Runtime makes of a case: every output, or why it refuses.
type Outcome struct {
	Outputs map[string]Tensor
	Error   string
}

// Run runs cases in ONNX Runtime. Numbers keep their bits in both directions.
func Run(t testing.TB, cases ...Case) []Outcome {
	t.Helper()
	type request struct {
		Model []byte          `json:"model"`
		Feeds map[string]wire `json:"feeds"`
	}
	var requests []request
	for _, c := range cases {
		r := request{Model: c.Model, Feeds: map[string]wire{}}
		for name, f := range c.Feeds {
			r.Feeds[name] = f.wire(t)
		}
		requests = append(requests, r)
	}
	var results []struct {
		Outputs map[string]wire
		Error   string
	}
	node(t, requests, &results)
	if len(results) != len(cases) {
		t.Fatalf("ONNX Runtime has %d results for %d cases", len(results), len(cases))
	}
	out := make([]Outcome, len(results))
	for i, r := range results {
		out[i] = Outcome{Outputs: map[string]Tensor{}, Error: r.Error}
		for name, w := range r.Outputs {
			out[i].Outputs[name] = w.tensor(t)
		}
	}
	return out
}

// Outputs runs one model, which ONNX Runtime has to take.
func Outputs(t testing.TB, model []byte, feeds map[string]Tensor) map[string]Tensor {
	t.Helper()
	out := Run(t, Case{model, feeds})[0]
	if out.Error != "" {
		t.Fatalf("ONNX Runtime refuses the model: %s", out.Error)
	}
	return out.Outputs
}

// node calls hack/oracle/run.js.
func node(t testing.TB, request, result any) {
	t.Helper()
	hack := filepath.Join(root(t), "hack", "oracle")
	dir, err := exec.Command(filepath.Join(hack, "onnxruntime.sh")).Output()
	if err != nil {
		t.Fatalf("hack/oracle/onnxruntime.sh installs ONNX Runtime and needs node and npm: %v", err)
	}
	stdin, err := json.Marshal(request)
	check(t, err)
	cmd := exec.Command("node", filepath.Join(hack, "run.js"), strings.TrimSpace(string(dir)))
	cmd.Stdin, cmd.Stderr = bytes.NewReader(stdin), os.Stderr
	stdout, err := cmd.Output()
	check(t, err)
	check(t, json.Unmarshal(stdout, result))
}

// wire is a tensor as hack/oracle/run.js has it.
type wire struct {
	Type string          `json:"type"`
	Dims []int           `json:"dims"`
	Data json.RawMessage `json:"data"`
}

func (f Tensor) wire(t testing.TB) wire {
	w := wire{Dims: append([]int{}, f.Dims...)}
	var content any
	switch {
	case f.Floats != nil:
		w.Type, content = "float32", littleEndian(t, f.Floats)
	case f.Doubles != nil:
		w.Type, content = "float64", littleEndian(t, f.Doubles)
	case f.Ints != nil:
		w.Type, content = "int64", littleEndian(t, f.Ints)
	case f.Bools != nil:
		w.Type, content = "bool", littleEndian(t, f.Bools)
	default:
		w.Type, content = "string", f.Strings
	}
	var err error
	w.Data, err = json.Marshal(content)
	check(t, err)
	return w
}

func littleEndian(t testing.TB, v any) []byte {
	b, err := binary.Append([]byte{}, binary.LittleEndian, v)
	check(t, err)
	return b
}

func (w wire) tensor(t testing.TB) Tensor {
	out := Tensor{Dims: append([]int{}, w.Dims...)}
	if w.Type == "string" {
		out.Strings = []string{}
		check(t, json.Unmarshal(w.Data, &out.Strings))
		return out
	}
	var content []byte
	check(t, json.Unmarshal(w.Data, &content))
	n := 1
	for _, d := range out.Dims {
		n *= d
	}
	var into any
	switch w.Type {
	case "float32":
		out.Floats = make([]float32, n)
		into = out.Floats
	case "float64":
		out.Doubles = make([]float64, n)
		into = out.Doubles
	case "int64":
		out.Ints = make([]int64, n)
		into = out.Ints
	case "bool":
		out.Bools = make([]bool, n)
		into = out.Bools
	default:
		t.Fatalf("type %s", w.Type)
	}
	_, err := binary.Decode(content, binary.LittleEndian, into)
	check(t, err)
	return out
}
