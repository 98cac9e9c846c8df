package onnx

import "google.golang.org/protobuf/encoding/protowire"

func decodeGraph(v field) (g Graph, err error) {
	err = v.fields(func(num protowire.Number, v field) (err error) {
		switch num {
		case 1:
			g.Nodes, err = add(g.Nodes, "node", v, decodeNode)
		case 5:
			g.Initializers, err = add(g.Initializers, "initializer", v, decodeTensor)
		case 11:
			g.Inputs, err = add(g.Inputs, "input", v, decodeValue)
		case 12:
			g.Outputs, err = add(g.Outputs, "output", v, decodeValue)
		case 14, 15:
			return problem("quantisation and sparse tensors are not supported")
		}
		return err
	})
	return g, err
}

func decodeNode(v field) (n Node, err error) {
	err = v.fields(func(num protowire.Number, v field) (err error) {
		switch num {
		case 1:
			n.Inputs, err = v.addText(n.Inputs)
		case 2:
			n.Outputs, err = v.addText(n.Outputs)
		case 4:
			n.Op, err = v.text()
		case 5:
			n.Attributes, err = add(n.Attributes, "attribute", v, decodeAttribute)
		case 7:
			n.Domain, err = v.domain()
		case 8:
			return problem("overloads are not supported")
		}
		return err
	})
	return n, err
}

// attribute holds what the wire says of an attribute until its type is known.
type attribute struct {
	name    string
	kind    int64
	f       float32
	i       int64
	s       string
	t       *Tensor
	floats  []float32
	ints    []int64
	strings []string
}

func decodeAttribute(v field) (Attribute, error) {
	var a attribute
	if err := v.fields(a.field); err != nil {
		return Attribute{}, err
	}
	value, err := a.value()
	return Attribute{Name: a.name, Value: value}, err
}

func (a *attribute) field(num protowire.Number, v field) (err error) {
	switch num {
	case 1:
		a.name, err = v.text()
	case 2:
		a.f, err = v.float()
	case 3:
		a.i, err = v.int()
	case 4:
		a.s, err = v.text()
	case 5:
		var t Tensor
		t, err = decodeTensor(v)
		a.t = &t
		err = within("t", err)
	case 7:
		a.floats, err = v.addFloats(a.floats)
	case 8:
		a.ints, err = v.addInts(a.ints)
	case 9:
		a.strings, err = v.addText(a.strings)
	case 20:
		a.kind, err = v.int()
	case 6, 10, 11, 14, 15, 21, 22, 23:
		return problem("field %d of an attribute (graphs, types, references) is not supported", num)
	}
	return err
}

// value picks the field that the type names.
func (a *attribute) value() (any, error) {
	switch a.kind {
	case attrFloat:
		return a.f, nil
	case attrInt:
		return a.i, nil
	case attrString:
		return a.s, nil
	case attrTensor:
		if a.t == nil {
			return nil, problem("no tensor in %s", a.name)
		}
		return *a.t, nil
	case attrFloats:
		return a.floats, nil
	case attrInts:
		return a.ints, nil
	case attrStrings:
		return a.strings, nil
	}
	return nil, problem("%s is of type %d, which is not supported", a.name, a.kind)
}

func decodeValue(v field) (out Value, err error) {
	typed := false
	err = v.fields(func(num protowire.Number, v field) (err error) {
		switch num {
		case 1:
			out.Name, err = v.text()
		case 2:
			typed = true
			err = v.fields(func(num protowire.Number, v field) error {
				switch num {
				case 1:
					return out.decodeType(v)
				case 4:
					out.Maps = true
					return nil
				case 6:
					return nil
				}
				return problem("%s is no tensor", out.Name)
			})
		}
		return err
	})
	if err == nil && (!typed || out.Type == 0 && !out.Maps) {
		err = problem("%s has no type", out.Name)
	}
	return out, err
}

// decodeType reads TypeProto.Tensor.
func (v *Value) decodeType(f field) error {
	return f.fields(func(num protowire.Number, f field) error {
		switch num {
		case 1:
			t, err := f.int()
			if t != int64(int32(t)) {
				return problem("element type %d", t)
			}
			v.Type = int32(t)
			return err
		case 2:
			v.Dims = []int64{}
			return f.fields(func(num protowire.Number, f field) error {
				if num != 1 {
					return nil
				}
				d, err := decodeDimension(f)
				if len(v.Dims) == MaxRank {
					return problem("more than %d dimensions", MaxRank)
				}
				v.Dims = append(v.Dims, d)
				return err
			})
		}
		return nil
	})
}

func decodeDimension(f field) (int64, error) {
	d := int64(Unknown)
	err := f.fields(func(num protowire.Number, f field) (err error) {
		switch num {
		case 1:
			if d, err = f.int(); d < 0 {
				d = Unknown
			}
		case 2:
			var name string
			if name, err = f.text(); name == rowsName {
				d = Rows
			}
		}
		return err
	})
	return d, err
}

// rowsName is how [Rows] is written.
const rowsName = "rows"
