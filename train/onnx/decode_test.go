package onnx

import (
	"bytes"
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// everything uses each construct that the encoder knows.
func everything() Model {
	return Model{
		Graph: Graph{
			Nodes: []Node{
				{Op: "Op", Domain: "d", Inputs: []string{"x", "", "c"}, Outputs: []string{"y"}, Attributes: []Attribute{
					{"i", int64(-1)}, {"f", []float32{1, -0.5}}, {"n", []int64{2, 300, -7}}, {"s", []string{"a", "", "ß"}},
					Real("r", -2.5), Text("t", "text"), Int("zero", 0)}},
				{Op: "Other", Inputs: []string{"y"}, Outputs: []string{"z"}},
			},
			Initializers: []Tensor{{"c", []int64{2}, []float32{1, float32(math.Inf(-1))}}, {"k", []int64{1, 2}, []int64{-2, math.MinInt64}},
				{"empty", []int64{0, 3}, []float32{}}, {"scalar", []int64{}, []int64{4}}},
			Inputs:  []Value{{Name: "x", Type: Float, Dims: []int64{Rows, 3}}, {Name: "t", Type: String, Dims: []int64{}}},
			Outputs: []Value{{Name: "y", Type: String, Dims: []int64{Rows}}, {Name: "z", Type: Int64, Dims: []int64{2, 0}}},
		},
		Metadata: []Property{{"k", "v"}, {"", "w"}},
	}
}

func TestDecodeIsTheInverseOfEncode(t *testing.T) {
	f, err := Decode(everything().Encode())
	require.NoError(t, err)
	require.Equal(t, everything(), f.Model)
	require.Equal(t, int64(IRVersion), f.IR)
	require.Equal(t, producer, f.Producer)
	require.Equal(t, []Import{{"", Opset}, {DomainML, OpsetML}}, f.Imports)
	v, ok := f.Version(DomainML)
	require.True(t, ok)
	require.Equal(t, int64(OpsetML), v)
	_, ok = f.Version("com.example")
	require.False(t, ok)
}

// TestDecodeOtherWriters reads what other programs write differently: numbers
// that are not packed or not raw, fields in another order, skipped fields.
func TestDecodeOtherWriters(t *testing.T) {
	tensor := func(text string) string { return "3a" + sized(t, "2a"+sized(t, text)) }
	cases := map[string]struct {
		bytes string
		want  any
	}{
		"single dimensions":      {"0801 0801 1001 2204 0000803f 420163", []float32{1}},
		"floats":                 {"0a0102 1001 2208 0000803f 000000c0", []float32{1, -2}},
		"single floats":          {"0a0102 1001 25 0000803f 25 000000c0", []float32{1, -2}},
		"ints":                   {"0a0102 1007 3a02 0503", []int64{5, 3}},
		"strings":                {"0a0102 1008 3200 320161", []string{"", "a"}},
		"bools":                  {"0a0102 1009 2a02 0001", []bool{false, true}},
		"raw bools":              {"4a02 0002 0a0102 1009", []bool{false, true}},
		"int32":                  {"0a0102 1006 2a0b 07 ffffffffffffffffff01", []int64{7, -1}},
		"raw int32":              {"0a0102 1006 4a08 07000000 ffffffff", []int64{7, -1}},
		"doubles":                {"0a0101 100b 5208 000000000000f03f", []float64{1}},
		"raw doubles":            {"0a0101 100b 4a08 000000000000f0bf", []float64{-1}},
		"single doubles":         {"0a0101 100b 51 000000000000f03f", []float64{1}},
		"none":                   {"0a0100 1001", []float32{}},
		"documentation and name": {"0a0101 6203646f63 42026162 1007 3a0107", []int64{7}},
		"stored in the file":     {"0a0101 7000 1007 3a0107", []int64{7}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f, err := Decode(unhex(t, tensor(c.bytes)))
			require.NoError(t, err)
			require.Equal(t, c.want, f.Graph.Initializers[0].Data)
		})
	}
	// An attribute with a tensor; a dimension of another name, and none at all.
	attribute := sized(t, "0a0176 2a"+sized(t, "0a0101 1007 3a0107")+"a00104")
	node := "0a" + sized(t, "2201 43 2a"+attribute)
	value := "5a" + sized(t, "0a0178 12"+sized(t, "0a"+sized(t, "0801 12"+sized(t, "0a03 12014e 0a00 0a0b 08ffffffffffffffffff01 0a02 0805"))))
	f, err := Decode(unhex(t, "3a"+sized(t, node+value+"62"+sized(t, "0a0179 1204 0a02 0801"))+"4209 0a07 61692e6f6e6e78"))
	require.NoError(t, err)
	require.Equal(t, Attribute{"v", Tensor{Dims: []int64{1}, Data: []int64{7}}}, f.Graph.Nodes[0].Attributes[0])
	require.Equal(t, []int64{Unknown, Unknown, Unknown, 5}, f.Graph.Inputs[0].Dims)
	require.Nil(t, f.Graph.Outputs[0].Dims)
	require.Equal(t, []Import{{}}, f.Imports, "ai.onnx is the default domain's other name")
}

// TestDecodeMaps: what a classifier's ZipMap makes is told apart from tensors; and some
// converters import a domain twice.
func TestDecodeMaps(t *testing.T) {
	f, err := Decode(unhex(t, "3a"+sized(t, "62"+sized(t, "0a0179 1202 2200"))+"4202 1009 4202 1009"))
	require.NoError(t, err)
	require.Equal(t, []Value{{Name: "y", Maps: true}}, f.Graph.Outputs)
	version, ok := f.Version("")
	require.True(t, ok)
	require.Equal(t, int64(9), version)
}

func TestDecodeErrors(t *testing.T) {
	in := func(tag, text string) string { return "3a" + sized(t, tag+sized(t, text)) }
	attribute := func(text string) string { return in("0a", "2a"+sized(t, text)) }
	cases := map[string]struct{ bytes, want string }{
		"empty":              {"", "no graph"},
		"text":               {"6e6f", "field 13 is a group"},
		"cut tag":            {"80", "malformed tag"},
		"cut field":          {"3a05 00", "malformed field 7"},
		"cut varint":         {"08ff", "malformed field 1"},
		"group":              {"0b0c", "field 1 is a group"},
		"wire type":          {"0a00", "a field has wire type 2 in place of 0"},
		"graph is a number":  {"3801", "graph: a field has wire type 0"},
		"two graphs":         {"3a00 3a00", "more than one graph"},
		"functions":          {"3a00 ca0100", "functions are not supported"},
		"two versions":       {"3a00 4202 1001 4202 1002", "imported in two versions"},
		"not UTF-8":          {"1201ff", "not UTF-8"},
		"sparse":             {in("7a", ""), "graph: quantisation and sparse"},
		"overload":           {in("0a", "420161"), "graph.node[0]: overloads"},
		"subgraph":           {attribute("3200"), "graph.node[0].attribute[0]: field 6"},
		"attribute type":     {attribute("0a0161"), "a is of type 0"},
		"no tensor":          {attribute("0a0161 a00104"), "no tensor in a"},
		"float bytes":        {attribute("3a03 000000"), "3 bytes are no whole number of floats"},
		"packed":             {attribute("4201 80"), "malformed packed numbers"},
		"tensor attribute":   {attribute("2a02 1005"), "graph.node[0].attribute[0].t.(): elements of type 5"},
		"element type":       {in("2a", "0a0101 100a"), "graph.initializer[0].(): elements of type 10"},
		"raw element type":   {in("2a", "0a0101 1008 4a0161"), "raw elements of type 8"},
		"double bytes":       {in("2a", "0a0101 100b 5207 00000000000000"), "7 bytes are no whole number of doubles"},
		"uint64":             {in("2a", "0a0101 100d 5a0100"), "field 11 of a tensor"},
		"external":           {in("2a", "7001"), "external data"},
		"too few":            {in("2a", "0a0103 1007 3a0100 420161"), "graph.initializer[0].(a): 1 values for 3 elements"},
		"too few raw":        {in("2a", "0a0103 1007 4a0100"), "1 bytes for 3 elements of 8 bytes"},
		"negative dimension": {in("2a", "0aff"+"01"), "malformed"},
		"minus one":          {in("2a", "08ffffffffffffffffff01 1007"), "a dimension of -1"},
		"product":            {in("2a", "0a0f ffffffff07 ffffffff07 ffffffff07 1007"), "more than 2147483647 elements"},
		"rank":               {in("2a", "0a09 010101010101010101 1007 3a0100"), "9 dimensions"},
		"no type":            {in("5a", "0a0178"), "graph.input[0]: x has no type"},
		"map":                {in("62", "0a0178 1202 2a00"), "graph.output[0]: x is no tensor"},
		"huge element type":  {in("5a", "0a0178 1208 0a06 088080808010"), "element type 4294967296"},
		"rank of an input":   {in("5a", "0a0178 12"+sized(t, "0a"+sized(t, "0801 12"+sized(t, strings.Repeat("0a00", 9))))), "more than 8"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Decode(unhex(t, c.bytes))
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "decode ONNX model: ")
			var e *DecodeError
			require.ErrorAs(t, err, &e)
		})
	}
}

// FuzzDecode looks for panics, and makes sure that what is decoded means the
// same when it is written and read again.
func FuzzDecode(f *testing.F) {
	whole := everything().Encode()
	f.Add(whole)
	for i := 0; i < len(whole); i += 7 {
		f.Add(whole[:i])
		changed := bytes.Clone(whole)
		changed[i] ^= 0x55
		f.Add(changed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Decode(data)
		if err != nil || !encodable(file.Model) {
			return
		}
		again, err := Decode(file.Encode())
		require.NoError(t, err)
		require.Equal(t, hex.EncodeToString(file.Encode()), hex.EncodeToString(again.Encode()))
	})
}

// encodable is false for what is read but never written.
func encodable(m Model) bool {
	for _, n := range m.Graph.Nodes {
		for _, a := range n.Attributes {
			if _, ok := a.Value.(Tensor); ok {
				return false
			}
		}
	}
	for _, t := range m.Graph.Initializers {
		switch t.Data.(type) {
		case []bool, []string, []float64:
			return false
		}
	}
	for _, v := range append(m.Graph.Inputs, m.Graph.Outputs...) {
		if v.Maps {
			return false
		}
		for _, d := range v.Dims {
			if d == Unknown {
				return false
			}
		}
	}
	return true
}

func unhex(t *testing.T, text string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	require.NoError(t, err)
	return b
}

// sized puts the length in front of a message of less than 128 bytes.
func sized(t *testing.T, text string) string {
	b := unhex(t, text)
	require.Less(t, len(b), 128)
	return hex.EncodeToString(append([]byte{byte(len(b))}, b...))
}
