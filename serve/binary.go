package serve

import (
	"encoding/binary"
	"math"

	"github.com/modelbuild/modelbuild/train/runtime"
)

// binaryHeader says how many bytes of a body are JSON, where elements follow it.
const binaryHeader = "Inference-Header-Content-Length"

// lengthSize is the size of the length before each element of BYTES.
const lengthSize = 4

// unpack takes a tensor's elements from the binary part of a request: little endian, and
// each of BYTES after its length.
func unpack(t *tensor, typ runtime.Type, data []byte) (out runtime.Tensor, err error) {
	n, ok := product(t.shape, math.MaxInt32)
	if !ok {
		return out, refuseInput(t.name, "shape %v is too large", t.shape)
	}
	if typ == runtime.String {
		out.Strings, err = unpackTexts(t, n, data)
		return out, err
	}
	if size := n * widthOf(typ); size != len(data) {
		return out, refuseInput(t.name, "binary data has %d bytes, and shape %v of %s asks for %d", len(data), t.shape, datatype(typ), size)
	}
	switch typ {
	case runtime.Float:
		out.Floats = make([]float32, n)
		for i := range out.Floats {
			out.Floats[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
	case runtime.Double:
		out.Doubles = make([]float64, n)
		for i := range out.Doubles {
			out.Doubles[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
		}
	case runtime.Int64:
		out.Ints = make([]int64, n)
		for i := range out.Ints {
			out.Ints[i] = int64(binary.LittleEndian.Uint64(data[8*i:]))
		}
	default:
		out.Bools = make([]bool, n)
		for i := range out.Bools {
			out.Bools[i] = data[i] != 0
		}
	}
	return out, nil
}

// widthOf is the size of an element of a type with a fixed one, in bytes.
func widthOf(typ runtime.Type) int {
	switch typ {
	case runtime.Float:
		return 4
	case runtime.Bool:
		return 1
	}
	return 8
}

func unpackTexts(t *tensor, n int, data []byte) ([]string, error) {
	if n > len(data)/lengthSize {
		return nil, refuseInput(t.name, "binary data has %d bytes, too few for the %d elements of shape %v", len(data), n, t.shape)
	}
	out := make([]string, n)
	for i := range out {
		if len(data) < lengthSize {
			return nil, refuseInput(t.name, "binary data ends before element %d", i)
		}
		size := int64(binary.LittleEndian.Uint32(data))
		if data = data[lengthSize:]; size > int64(len(data)) {
			return nil, refuseInput(t.name, "binary data ends in element %d", i)
		}
		out[i], data = string(data[:size]), data[size:]
	}
	if len(data) > 0 {
		return nil, refuseInput(t.name, "binary data has %d bytes after the last element", len(data))
	}
	return out, nil
}

// pack appends a tensor's elements in the form that unpack reads.
func pack(dst []byte, t *runtime.Tensor) []byte {
	for _, v := range t.Floats {
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(v))
	}
	for _, v := range t.Doubles {
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
	}
	for _, v := range t.Ints {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(v))
	}
	for _, v := range t.Bools {
		dst = append(dst, 0)
		if v {
			dst[len(dst)-1] = 1
		}
	}
	for _, v := range t.Strings {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(v)))
		dst = append(dst, v...)
	}
	return dst
}
