package serve

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits of a request that are part of what the protocol is used for, rather than of
// what a machine can bear.
const (
	maxTensors = 1 << 14
	maxRank    = 8
)

// tensor is an input of a request. Its elements are in data, as JSON, or in the binary
// part of the request.
type tensor struct {
	name, datatype string
	shape          []int
	data           []byte // JSON; nil where there is none
	binarySize     int    // bytes of the binary part; -1 where the elements are not there
}

// wanted is an output that a request asks for.
type wanted struct {
	name   string
	binary *bool // nil where the request as a whole decides
}

// request is an inference request.
type request struct {
	id      string
	hasID   bool
	inputs  []tensor
	outputs []wanted
	binary  bool // outputs are wanted in binary unless one says otherwise
}

// document reads a JSON text that is in memory as a whole.
type document struct {
	text []byte
	dec  *jsontext.Decoder
}

// decode reads a request. What it does not know is passed over, as the protocol's
// extensions ask for.
func decode(text []byte) (*request, error) {
	d := &document{text, jsontext.NewDecoder(bytes.NewBuffer(text))}
	r := &request{}
	err := d.object("the request", func(key string) error {
		switch key {
		case "id":
			r.hasID = true
			return d.str("id", &r.id)
		case "parameters":
			return d.object("parameters", func(key string) error {
				if key == "binary_data_output" {
					return d.flag("parameters.binary_data_output", &r.binary)
				}
				return d.skip()
			})
		case "inputs":
			return d.array("inputs", func() error {
				t, err := d.tensor()
				r.inputs = append(r.inputs, t)
				return err
			})
		case "outputs":
			return d.array("outputs", func() error {
				w, err := d.wanted()
				r.outputs = append(r.outputs, w)
				return err
			})
		}
		return d.skip()
	})
	if err != nil {
		return nil, syntax(err)
	}
	if len(bytes.TrimLeft(text[d.dec.InputOffset():], " \t\r\n")) > 0 {
		return nil, refuse("there is more after the request's JSON")
	}
	return r, nil
}

// syntax is a mistake in the JSON itself as a refusal. It does not repeat what stands there.
func syntax(err error) error {
	var s *jsontext.SyntacticError
	if errors.As(err, &s) {
		return refuse("the request is not JSON: %s, at byte %d", s.Unwrap(), s.ByteOffset)
	}
	var r *Refusal
	if errors.As(err, &r) {
		return err
	}
	return refuse("the request is not JSON: it ends too early")
}

func (d *document) tensor() (tensor, error) {
	t := tensor{binarySize: -1}
	err := d.object("an input", func(key string) error {
		switch key {
		case "name":
			return d.str("the name of an input", &t.name)
		case "datatype":
			return d.str("the datatype of an input", &t.datatype)
		case "shape":
			t.shape = []int{}
			return d.array("the shape of an input", func() error {
				if len(t.shape) == maxRank {
					return refuse("a shape has more than %d dimensions", maxRank)
				}
				n, err := d.count("a dimension of a shape")
				t.shape = append(t.shape, n)
				return err
			})
		case "parameters":
			return d.object("the parameters of an input", func(key string) error {
				if key != "binary_data_size" {
					return d.skip()
				}
				n, err := d.count("binary_data_size")
				t.binarySize = n
				return err
			})
		case "data":
			var err error
			t.data, err = d.value()
			return err
		}
		return d.skip()
	})
	return t, err
}

func (d *document) wanted() (w wanted, err error) {
	err = d.object("an output", func(key string) error {
		switch key {
		case "name":
			return d.str("the name of an output", &w.name)
		case "parameters":
			return d.object("the parameters of an output", func(key string) error {
				if key != "binary_data" {
					return d.skip()
				}
				w.binary = new(bool)
				return d.flag("binary_data", w.binary)
			})
		}
		return d.skip()
	})
	return w, err
}

// object calls f with each key of an object; f reads the value.
func (d *document) object(what string, f func(key string) error) error {
	if err := d.open('{', what, "an object"); err != nil {
		return err
	}
	for d.dec.PeekKind() != '}' {
		key, err := d.dec.ReadToken()
		if err != nil {
			return err
		}
		if err := f(key.String()); err != nil {
			return err
		}
	}
	_, err := d.dec.ReadToken()
	return err
}

// array calls f for each element of an array; f reads it.
func (d *document) array(what string, f func() error) error {
	if err := d.open('[', what, "an array"); err != nil {
		return err
	}
	for n := 0; d.dec.PeekKind() != ']'; n++ {
		if n == maxTensors {
			return refuse("%s: there are more than %d", what, maxTensors)
		}
		if err := f(); err != nil {
			return err
		}
	}
	_, err := d.dec.ReadToken()
	return err
}

// open reads the beginning of an object or array.
func (d *document) open(kind jsontext.Kind, what, want string) error {
	if got := d.dec.PeekKind(); got != kind && got != jsontext.KindInvalid {
		return refuse("%s must be %s", what, want)
	}
	_, err := d.dec.ReadToken()
	return err
}

// str reads a string.
func (d *document) str(what string, to *string) error {
	if got := d.dec.PeekKind(); got != '"' && got != jsontext.KindInvalid {
		return refuse("%s must be a string", what)
	}
	t, err := d.dec.ReadToken()
	if err == nil {
		*to = t.String()
	}
	return err
}

// flag reads true or false.
func (d *document) flag(what string, to *bool) error {
	if got := d.dec.PeekKind(); got != 't' && got != 'f' && got != jsontext.KindInvalid {
		return refuse("%s must be true or false", what)
	}
	t, err := d.dec.ReadToken()
	if err == nil {
		*to = t.Bool()
	}
	return err
}

// count reads a number of things, which fits in 31 bits on any machine.
func (d *document) count(what string) (int, error) {
	v, err := d.dec.ReadValue()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(string(v), 10, 31)
	if err != nil {
		return 0, refuse("%s must be a whole number from 0 to %d", what, 1<<31-1)
	}
	return int(n), nil
}

func (d *document) skip() error { return d.dec.SkipValue() }

// value is the text of the next value, whatever it is.
func (d *document) value() ([]byte, error) {
	v, err := d.dec.ReadValue()
	if err != nil {
		return nil, err
	}
	end := d.dec.InputOffset()
	return d.text[end-int64(len(v)) : end], nil
}
