package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// field is the content of one field as it is on the wire: a number for the
// types varint and fixed, bytes for the type bytes.
type field struct {
	kind   protowire.Type
	number uint64
	bytes  []byte
}

// fields calls f for each field of a message, in the order on the wire.
func fields(b []byte, f func(protowire.Number, field) error) error {
	for len(b) > 0 {
		num, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return problem("malformed tag: %v", protowire.ParseError(n))
		}
		b = b[n:]
		v := field{kind: kind}
		switch kind {
		case protowire.VarintType:
			v.number, n = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			var x uint32
			x, n = protowire.ConsumeFixed32(b)
			v.number = uint64(x)
		case protowire.Fixed64Type:
			v.number, n = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			v.bytes, n = protowire.ConsumeBytes(b)
		default:
			return problem("field %d is a group", num)
		}
		if n < 0 {
			return problem("malformed field %d: %v", num, protowire.ParseError(n))
		}
		b = b[n:]
		if err := f(num, v); err != nil {
			return err
		}
	}
	return nil
}

func (v field) expect(kind protowire.Type) error {
	if v.kind != kind {
		return problem("a field has wire type %d in place of %d", v.kind, kind)
	}
	return nil
}

func (v field) fields(f func(protowire.Number, field) error) error {
	if err := v.expect(protowire.BytesType); err != nil {
		return err
	}
	return fields(v.bytes, f)
}

func (v field) int() (int64, error) {
	return int64(v.number), v.expect(protowire.VarintType)
}

func (v field) float() (float32, error) {
	b := binary.LittleEndian.AppendUint32(nil, uint32(v.number))
	return floats(b)[0], v.expect(protowire.Fixed32Type)
}

// text is a string, which must be UTF-8.
func (v field) text() (string, error) {
	if err := v.expect(protowire.BytesType); err != nil {
		return "", err
	}
	if !utf8.Valid(v.bytes) {
		return "", problem("a string is not UTF-8")
	}
	return string(v.bytes), nil
}

// domain is the name of a set of operators; "ai.onnx" is another name for "".
func (v field) domain() (string, error) {
	s, err := v.text()
	if s == "ai.onnx" {
		s = ""
	}
	return s, err
}

// addInts appends a repeated number, packed or single.
func (v field) addInts(list []int64) ([]int64, error) {
	if v.kind != protowire.BytesType {
		i, err := v.int()
		return append(list, i), err
	}
	if list == nil {
		list = make([]int64, 0, varints(v.bytes))
	}
	for b := v.bytes; len(b) > 0; {
		x, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return nil, problem("malformed packed numbers: %v", protowire.ParseError(n))
		}
		list, b = append(list, int64(x)), b[n:]
	}
	return list, nil
}

// varints counts the numbers in a packed field.
func varints(b []byte) (n int) {
	for _, c := range b {
		if c < 0x80 {
			n++
		}
	}
	return n
}

// addFloats appends a repeated float, packed or single.
func (v field) addFloats(list []float32) ([]float32, error) {
	if v.kind != protowire.BytesType {
		f, err := v.float()
		return append(list, f), err
	}
	if len(v.bytes)%4 != 0 {
		return nil, problem("%d bytes are no whole number of floats", len(v.bytes))
	}
	return append(list, floats(v.bytes)...), nil
}

// addDoubles appends a repeated double, packed or single.
func (v field) addDoubles(list []float64) ([]float64, error) {
	if v.kind != protowire.BytesType {
		b := binary.LittleEndian.AppendUint64(nil, v.number)
		return append(list, doubles(b)...), v.expect(protowire.Fixed64Type)
	}
	if len(v.bytes)%8 != 0 {
		return nil, problem("%d bytes are no whole number of doubles", len(v.bytes))
	}
	return append(list, doubles(v.bytes)...), nil
}

func (v field) addText(list []string) ([]string, error) {
	s, err := v.text()
	return append(list, s), err
}

func problem(format string, args ...any) error {
	return &DecodeError{Problem: fmt.Sprintf(format, args...)}
}

// within puts an error of a part inside the part of that name.
func within(name string, err error) error {
	var e *DecodeError
	if !errors.As(err, &e) {
		return err
	}
	path := name
	if e.Path != "" {
		path += "." + e.Path
	}
	return &DecodeError{Path: path, Problem: e.Problem}
}
