package onnx

import (
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEncode compares with bytes written out by hand from onnx.proto3: each
// line is one field, its tag first.
func TestEncode(t *testing.T) {
	m := Model{
		Graph: Graph{
			Nodes: []Node{{Op: "Op", Domain: "d", Inputs: []string{"x"}, Outputs: []string{"y"}, Attributes: []Attribute{
				{"i", int64(-1)}, {"f", []float32{1}}, {"n", []int64{2, 300}}, {"s", []string{"a", ""}}}}},
			Initializers: []Tensor{{"c", []int64{2}, []float32{1, float32(math.Inf(-1))}}, {"k", []int64{1}, []int64{-2}}},
			Inputs:       []Value{{Name: "x", Type: Float, Dims: []int64{Rows, 3}}},
			Outputs:      []Value{{Name: "y", Type: String, Dims: []int64{Rows}}},
		},
		Metadata: []Property{{"k", "v"}},
	}
	graph := []string{
		"0a4e 0a0178 120179 1a044f705f30 22024f70", // node: input x, output y, name Op_0, type Op
		"2a11 0a0169 18ffffffffffffffffff01 a00102",
		"2a0c 0a0166 3a040000803f a00106",
		"2a0b 0a016e 420302ac02 a00107",
		"2a0b 0a0173 4a0161 4a00 a00108",
		"3a0164",
		"12056d6f64656c",
		"2a12 0a0102 1001 420163 4a08 0000803f 000080ff",
		"2a12 0a0101 1007 42016b 4a08 feffffffffffffff",
		"5a17 0a0178 1212 0a10 0801 120c 0a06 1204726f7773 0a02 0803",
		"6213 0a0179 120e 0a0c 0808 1208 0a06 1204726f7773",
	}
	model := []string{"0808", "120a6d6f64656c6275696c64", "3aGG", strings.Join(graph, ""), "4202100d",
		"420e 0a0a61692e6f6e6e782e6d6c 1002", "7206 0a016b 120176"}
	text := strings.ReplaceAll(strings.Join(model, ""), " ", "")
	body := strings.ReplaceAll(strings.Join(graph, ""), " ", "")
	size := len(body) / 2
	text = strings.ReplaceAll(text, "GG", hex.EncodeToString([]byte{byte(size&0x7f | 0x80), byte(size >> 7)}))
	require.Equal(t, text, hex.EncodeToString(m.Encode()))
}

func TestUnknownTypesAreBugs(t *testing.T) {
	require.Panics(t, func() { Attribute{"a", 1.5}.encode() })
	require.Panics(t, func() { Tensor{"t", nil, []string{"x"}}.encode() })
}
