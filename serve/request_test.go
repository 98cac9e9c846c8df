package serve_test

import (
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"math"
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/internal/onnxtest"
	"github.com/modelbuild/modelbuild/train"
)

// batch are the columns of a file as a client that knows nothing of the engine sends them:
// from the texts of the cells.
type batch struct {
	names   []string
	json    map[string][]any // nil is missing
	tensors map[string]onnxtest.Tensor
	rows    int
}

// columns reads a file by the model's schema, with nothing of the engine.
func columns(t *testing.T, r *train.Result, file string) batch {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	b := batch{json: map[string][]any{}, tensors: map[string]onnxtest.Tensor{}, rows: len(records) - 1}
	for _, in := range r.Schema.Inputs {
		at := slices.Index(records[0], in.Name)
		require.GreaterOrEqual(t, at, 0, in.Name)
		tensor := onnxtest.Tensor{Dims: []int{b.rows, 1}}
		for _, record := range records[1:] {
			cell := record[at]
			if cell == "NA" {
				cell = ""
			}
			var v any
			switch in.Tensor {
			case "string":
				tensor.Strings = append(tensor.Strings, cell)
				if v = cell; cell == "" {
					v = nil
				}
			case "float64":
				x := math.NaN()
				if cell != "" {
					day, err := time.Parse(time.DateOnly, cell)
					require.NoError(t, err)
					x = float64(day.Unix())
					v = json.Number(strconv.FormatInt(day.Unix(), 10))
				}
				tensor.Doubles = append(tensor.Doubles, x)
			default:
				x := math.NaN()
				if cell != "" {
					x, err = strconv.ParseFloat(cell, 64)
					require.NoError(t, err)
					v = json.Number(cell)
				}
				tensor.Floats = append(tensor.Floats, float32(x))
			}
			b.json[in.Name] = append(b.json[in.Name], v)
		}
		b.names = append(b.names, in.Name)
		b.tensors[in.Name] = tensor
	}
	return b
}

// datatypeOf is the protocol's name of a tensor's type.
func datatypeOf(t onnxtest.Tensor) string {
	switch {
	case t.Strings != nil:
		return "BYTES"
	case t.Doubles != nil:
		return "FP64"
	}
	return "FP32"
}

// request is the batch in JSON, with an id where it is not empty.
func (b batch) request(t *testing.T, id string) []byte {
	t.Helper()
	var inputs []any
	for _, name := range b.names {
		inputs = append(inputs, map[string]any{"name": name, "shape": []int{b.rows, 1}, "datatype": datatypeOf(b.tensors[name]), "data": b.json[name]})
	}
	request := map[string]any{"inputs": inputs}
	if id != "" {
		request["id"] = id
	}
	data, err := json.Marshal(request)
	require.NoError(t, err)
	return data
}

// inferBinary sends and takes elements in binary.
func inferBinary(t *testing.T, url string, b batch) scored {
	t.Helper()
	var inputs []any
	var elements []byte
	for _, name := range b.names {
		v := b.tensors[name]
		before := len(elements)
		for _, x := range v.Floats {
			elements = binary.LittleEndian.AppendUint32(elements, math.Float32bits(x))
		}
		for _, x := range v.Doubles {
			elements = binary.LittleEndian.AppendUint64(elements, math.Float64bits(x))
		}
		for _, x := range v.Strings {
			elements = append(binary.LittleEndian.AppendUint32(elements, uint32(len(x))), x...)
		}
		inputs = append(inputs, map[string]any{"name": name, "shape": v.Dims, "datatype": datatypeOf(v),
			"parameters": map[string]any{"binary_data_size": len(elements) - before}})
	}
	head, err := json.Marshal(map[string]any{"inputs": inputs, "parameters": map[string]any{"binary_data_output": true}})
	require.NoError(t, err)
	resp, data := post(t, url+"/v2/models/m/infer", append(head, elements...),
		http.Header{"Inference-Header-Content-Length": {strconv.Itoa(len(head))}})
	require.Equal(t, http.StatusOK, resp.StatusCode, string(data))
	n, err := strconv.Atoi(resp.Header.Get("Inference-Header-Content-Length"))
	require.NoError(t, err)
	return unpacked(t, data[:n], data[n:])
}

// unpacked takes the elements of an answer from its binary part.
func unpacked(t *testing.T, head, elements []byte) scored {
	t.Helper()
	var answer struct {
		Outputs []struct {
			Name, Datatype string
			Parameters     struct {
				Size int `json:"binary_data_size"`
			}
		}
	}
	require.NoError(t, json.Unmarshal(head, &answer))
	out := scored{}
	for _, o := range answer.Outputs {
		own := elements[:o.Parameters.Size]
		elements = elements[o.Parameters.Size:]
		for len(own) > 0 {
			text, size := "", 8
			switch o.Datatype {
			case "FP32":
				text, size = strconv.FormatFloat(float64(math.Float32frombits(binary.LittleEndian.Uint32(own))), 'g', -1, 32), 4
			case "FP64":
				text = strconv.FormatFloat(math.Float64frombits(binary.LittleEndian.Uint64(own)), 'g', -1, 64)
			case "INT64":
				text = strconv.FormatInt(int64(binary.LittleEndian.Uint64(own)), 10)
			default:
				size = 4 + int(binary.LittleEndian.Uint32(own))
				text = string(own[4:size])
			}
			out[o.Name] = append(out[o.Name], text)
			own = own[size:]
		}
	}
	require.Empty(t, elements)
	return out
}
