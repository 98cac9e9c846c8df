package onnx

import (
	"encoding/binary"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// tensor holds what the wire says of a tensor until its type is known.
type tensor struct {
	Tensor
	kind    int64
	raw     []byte
	hasRaw  bool
	floats  []float32
	int32s  []int64
	strings []string
	ints    []int64
	doubles []float64
}

func decodeTensor(v field) (Tensor, error) {
	var t tensor
	if err := v.fields(t.field); err != nil {
		return Tensor{}, err
	}
	n, err := elements(t.Dims)
	if err == nil {
		err = t.fill(n)
	}
	if err != nil {
		return Tensor{}, within("("+t.Name+")", err)
	}
	return t.Tensor, nil
}

func (t *tensor) field(num protowire.Number, v field) (err error) {
	switch num {
	case 1:
		t.Dims, err = v.addInts(t.Dims)
	case 2:
		t.kind, err = v.int()
	case 4:
		t.floats, err = v.addFloats(t.floats)
	case 5:
		t.int32s, err = v.addInts(t.int32s)
	case 6:
		t.strings, err = v.addText(t.strings)
	case 7:
		t.ints, err = v.addInts(t.ints)
	case 8:
		t.Name, err = v.text()
	case 9:
		t.raw, t.hasRaw = v.bytes, true
		err = v.expect(protowire.BytesType)
	case 10:
		t.doubles, err = v.addDoubles(t.doubles)
	case 3, 11, 13:
		return problem("field %d of a tensor (segments, uint64, external data) is not supported", num)
	case 14:
		var where int64
		if where, err = v.int(); where != 0 {
			return problem("external data is not supported")
		}
	}
	return err
}

// elements is the product of dimensions.
func elements(dims []int64) (int, error) {
	if len(dims) > MaxRank {
		return 0, problem("%d dimensions are more than %d", len(dims), MaxRank)
	}
	n := int64(1)
	for _, d := range dims {
		if d < 0 || d > MaxBytes {
			return 0, problem("a dimension of %d", d)
		}
		if n *= d; n > MaxBytes { // both factors are below 2^31
			return 0, problem("more than %d elements", MaxBytes)
		}
	}
	return int(n), nil
}

// fill sets Data to the n elements of the tensor's type.
func (t *tensor) fill(n int) error {
	if t.hasRaw {
		return t.fillRaw(n)
	}
	got := 0
	switch t.kind {
	case Float:
		t.Data, got = notNil(t.floats), len(t.floats)
	case Int64:
		t.Data, got = notNil(t.ints), len(t.ints)
	case Int32:
		t.Data, got = notNil(t.int32s), len(t.int32s)
	case String:
		t.Data, got = notNil(t.strings), len(t.strings)
	case Double:
		t.Data, got = notNil(t.doubles), len(t.doubles)
	case Bool:
		t.Data, got = bools(t.int32s), len(t.int32s)
	case UInt8:
		t.Data, got = bytesOf(t.int32s), len(t.int32s)
	default:
		return problem("elements of type %d are not supported", t.kind)
	}
	if got != n {
		return problem("%d values for %d elements", got, n)
	}
	return nil
}

// fillRaw is fill for elements that are given as little-endian bytes.
func (t *tensor) fillRaw(n int) error {
	size := 0
	switch t.kind {
	case Float:
		t.Data, size = floats(t.raw), 4
	case Int64:
		t.Data, size = int64s(t.raw), 8
	case Int32:
		t.Data, size = int32s(t.raw), 4
	case Bool:
		t.Data, size = flags(t.raw), 1
	case Double:
		t.Data, size = doubles(t.raw), 8
	case UInt8:
		t.Data, size = slices.Clone(t.raw), 1
	default:
		return problem("raw elements of type %d are not supported", t.kind)
	}
	if len(t.raw) != n*size {
		return problem("%d bytes for %d elements of %d bytes", len(t.raw), n, size)
	}
	return nil
}

// floats reads little-endian floats; bytes that do not make a whole one are
// left.
func floats(b []byte) []float32 {
	out := make([]float32, len(b)/4)
	_, _ = binary.Decode(b, binary.LittleEndian, out) // no error: there are enough bytes
	return out
}

func int64s(b []byte) []int64 {
	out := make([]int64, len(b)/8)
	for i := range out {
		out[i] = int64(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return out
}

// int32s reads 32-bit integers into wider ones.
func int32s(b []byte) []int64 {
	out := make([]int64, len(b)/4)
	for i := range out {
		out[i] = int64(int32(binary.LittleEndian.Uint32(b[4*i:])))
	}
	return out
}

func doubles(b []byte) []float64 {
	out := make([]float64, len(b)/8)
	_, _ = binary.Decode(b, binary.LittleEndian, out) // no error: there are enough bytes
	return out
}

func flags(b []byte) []bool {
	out := make([]bool, len(b))
	for i, c := range b {
		out[i] = c != 0
	}
	return out
}

// bytesOf keeps the lowest byte of each number.
func bytesOf(numbers []int64) []uint8 {
	out := make([]uint8, len(numbers))
	for i, x := range numbers {
		out[i] = uint8(x)
	}
	return out
}

func bools(numbers []int64) []bool {
	out := make([]bool, len(numbers))
	for i, x := range numbers {
		out[i] = x != 0
	}
	return out
}

// notNil makes an empty list of a missing one.
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
