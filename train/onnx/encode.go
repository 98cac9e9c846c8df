package onnx

import (
	"encoding/binary"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Encode returns the model as a serialised ModelProto.
func (m Model) Encode() []byte {
	var b message
	b.int(1, IRVersion)
	b.text(2, producer)
	b.sub(7, m.Graph.encode())
	b.sub(8, opset("", max(Opset, m.Graph.Opset)))
	b.sub(8, opset(DomainML, max(OpsetML, m.Graph.OpsetML)))
	for _, p := range m.Metadata {
		var q message
		q.text(1, p.Key)
		q.text(2, p.Value)
		b.sub(14, q)
	}
	return b
}

func opset(domain string, version int64) message {
	var b message
	if domain != "" {
		b.text(1, domain)
	}
	b.int(2, version)
	return b
}

func (g Graph) encode() message {
	var b message
	for i, n := range g.Nodes {
		b.sub(1, n.encode(fmt.Sprintf("%s_%d", n.Op, i)))
	}
	b.text(2, defaultName)
	for _, t := range g.Initializers {
		b.sub(5, t.encode())
	}
	for _, v := range g.Inputs {
		b.sub(11, v.encode())
	}
	for _, v := range g.Outputs {
		b.sub(12, v.encode())
	}
	return b
}

func (n Node) encode(name string) message {
	var b message
	for _, in := range n.Inputs {
		b.text(1, in)
	}
	for _, out := range n.Outputs {
		b.text(2, out)
	}
	b.text(3, name)
	b.text(4, n.Op)
	for _, a := range n.Attributes {
		b.sub(5, a.encode())
	}
	if n.Domain != "" {
		b.text(7, n.Domain)
	}
	return b
}

// Attribute types (AttributeProto.AttributeType).
const (
	attrFloat   = 1
	attrInt     = 2
	attrString  = 3
	attrTensor  = 4
	attrFloats  = 6
	attrInts    = 7
	attrStrings = 8
)

func (a Attribute) encode() message {
	var b message
	b.text(1, a.Name)
	kind := int64(0)
	switch v := a.Value.(type) {
	case float32:
		kind = attrFloat
		b.float(2, v)
	case int64:
		kind = attrInt
		b.int(3, v)
	case string:
		kind = attrString
		b.text(4, v)
	case Tensor:
		kind = attrTensor
		b.sub(5, v.encode())
	case []float32:
		kind = attrFloats
		b.sub(7, packFloats(v))
	case []int64:
		kind = attrInts
		b.sub(8, packInts(v))
	case []string:
		kind = attrStrings
		for _, s := range v {
			b.text(9, s)
		}
	default:
		panic(fmt.Sprintf("onnx: attribute %s of type %T", a.Name, a.Value))
	}
	b.int(20, kind)
	return b
}

func (t Tensor) encode() message {
	var b message
	b.sub(1, packInts(t.Dims))
	var raw []byte
	switch v := t.Data.(type) {
	case []float32:
		b.int(2, Float)
		for _, f := range v {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(f))
		}
	case []float64:
		b.int(2, Double)
		for _, f := range v {
			raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(f))
		}
	case []uint8:
		b.int(2, UInt8)
		raw = v
	case []int64:
		b.int(2, Int64)
		for _, i := range v {
			raw = binary.LittleEndian.AppendUint64(raw, uint64(i))
		}
	default:
		panic(fmt.Sprintf("onnx: tensor %s of type %T", t.Name, t.Data))
	}
	b.text(8, t.Name)
	b.sub(9, raw)
	return b
}

func (v Value) encode() message {
	var shape, tensor, kind, b message
	for _, d := range v.Dims {
		var dim message
		if d == Rows {
			dim.text(2, "rows")
		} else {
			dim.int(1, d)
		}
		shape.sub(1, dim)
	}
	tensor.int(1, int64(v.Type))
	tensor.sub(2, shape)
	kind.sub(1, tensor)
	b.text(1, v.Name)
	b.sub(2, kind)
	return b
}

// message is a protobuf message being written.
type message []byte

func (b *message) int(field protowire.Number, v int64) {
	*b = protowire.AppendVarint(protowire.AppendTag(*b, field, protowire.VarintType), uint64(v))
}

func (b *message) float(field protowire.Number, v float32) {
	*b = protowire.AppendFixed32(protowire.AppendTag(*b, field, protowire.Fixed32Type), math.Float32bits(v))
}

func (b *message) text(field protowire.Number, s string) { b.sub(field, []byte(s)) }

func (b *message) sub(field protowire.Number, content []byte) {
	*b = protowire.AppendBytes(protowire.AppendTag(*b, field, protowire.BytesType), content)
}

func packInts(values []int64) (packed []byte) {
	for _, v := range values {
		packed = protowire.AppendVarint(packed, uint64(v))
	}
	return packed
}

func packFloats(values []float32) (packed []byte) {
	for _, v := range values {
		packed = protowire.AppendFixed32(packed, math.Float32bits(v))
	}
	return packed
}
