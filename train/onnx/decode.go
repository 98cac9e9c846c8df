package onnx

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// Limits on what [Decode] accepts. Whatever else a file claims, nothing larger
// than its own bytes is allocated.
const (
	MaxBytes = 1<<31 - 1 // protobuf's own limit
	MaxRank  = 8
)

// Unknown stands for a dimension of a decoded [Value] that has no fixed size
// and is not [Rows].
const Unknown = -2

// Import is the version of a domain's operators that a file asks for.
type Import struct {
	Domain  string // "" is ai.onnx
	Version int64
}

// File is a decoded model file. In its model an attribute's value may also be a
// float32, a string or a [Tensor], and a tensor's data a []bool, a []string or
// a []float64. Value.Dims is nil where the file declares no shape.
type File struct {
	Model
	IR       int64 // version of the format
	Producer string
	Imports  []Import
}

// Version is the version imported for a domain; false where there is none.
func (f File) Version(domain string) (int64, bool) {
	for _, i := range f.Imports {
		if i.Domain == domain {
			return i.Version, true
		}
	}
	return 0, false
}

// DecodeError says where a file is not a model that can be read here.
type DecodeError struct {
	Path    string // such as "graph.node[3].attribute[0]"; "" is the file itself
	Problem string
}

// Error names the place and the problem.
func (e *DecodeError) Error() string {
	if e.Path == "" {
		return "decode ONNX model: " + e.Problem
	}
	return "decode ONNX model: " + e.Path + ": " + e.Problem
}

// Decode reads a serialised ModelProto: one main graph of nodes without
// subgraphs, on tensors held in the file. It never panics, whatever the bytes,
// and its errors are [*DecodeError]. Documentation strings and other fields
// that do not change what a model computes are skipped; fields that do, and are
// not understood here, are errors.
func Decode(data []byte) (File, error) {
	var f File
	if len(data) > MaxBytes {
		return File{}, problem("%d bytes are more than %d", len(data), MaxBytes)
	}
	graphs := 0
	err := fields(data, func(num protowire.Number, v field) (err error) {
		switch num {
		case 1:
			f.IR, err = v.int()
		case 2:
			f.Producer, err = v.text()
		case 7:
			if graphs++; graphs > 1 {
				return problem("more than one graph")
			}
			f.Graph, err = decodeGraph(v)
			return within("graph", err)
		case 8:
			f.Imports, err = add(f.Imports, "opset_import", v, decodeImport)
		case 14:
			f.Metadata, err = add(f.Metadata, "metadata_props", v, decodeProperty)
		case 20, 25:
			return problem("training information and functions are not supported")
		}
		return err
	})
	if err == nil {
		err = f.check(graphs)
	}
	if err != nil {
		return File{}, err
	}
	return f, nil
}

func (f *File) check(graphs int) error {
	if graphs == 0 {
		return problem("no graph: this is not an ONNX model")
	}
	seen := map[string]int64{}
	for _, i := range f.Imports { // converters of scikit-learn write some twice
		if version, twice := seen[i.Domain]; twice && version != i.Version {
			return problem("domain %q is imported in two versions", i.Domain)
		}
		seen[i.Domain] = i.Version
	}
	return nil
}

func decodeImport(v field) (i Import, err error) {
	err = v.fields(func(num protowire.Number, v field) (err error) {
		switch num {
		case 1:
			i.Domain, err = v.domain()
		case 2:
			i.Version, err = v.int()
		}
		return err
	})
	return i, err
}

func decodeProperty(v field) (p Property, err error) {
	err = v.fields(func(num protowire.Number, v field) (err error) {
		switch num {
		case 1:
			p.Key, err = v.text()
		case 2:
			p.Value, err = v.text()
		}
		return err
	})
	return p, err
}

// add decodes one more element of a repeated message.
func add[T any](list []T, name string, v field, decode func(field) (T, error)) ([]T, error) {
	t, err := decode(v)
	if err != nil {
		return nil, within(fmt.Sprintf("%s[%d]", name, len(list)), err)
	}
	return append(list, t), nil
}
