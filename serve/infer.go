package serve

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/modelbuild/modelbuild/train/runtime"
)

// body is a request as it came: its JSON, and the elements after that, which may be
// none.
type body struct {
	json, binary []byte
}

// split takes a body apart by the header that says where its JSON ends; empty means
// that it is all JSON.
func split(data []byte, header string) (body, error) {
	if header == "" {
		return body{json: data}, nil
	}
	n, err := strconv.ParseUint(header, 10, 31)
	if err != nil || int(n) > len(data) {
		return body{}, refuse("%s is %s, and the request has %d bytes", binaryHeader, excerpt(header), len(data))
	}
	return body{data[:n], data[n:]}, nil
}

// answer is what a request was answered.
type answer struct {
	rows int
	json []byte
	// binary are elements after the JSON; nil where there are none.
	binary []byte
}

// infer answers a request of at most so many rows.
func (m *Model) infer(ctx context.Context, b body, maxRows int) (answer, error) {
	r, err := decode(b.json)
	if err != nil {
		return answer{}, err
	}
	outputs, err := m.selected(r)
	if err != nil {
		return answer{}, err
	}
	batch, rows, err := m.batch(r, b.binary, maxRows)
	if err != nil {
		return answer{}, err
	}
	results, err := m.session.Run(ctx, batch)
	if err != nil {
		return answer{}, runError(err)
	}
	a := answer{rows: rows}
	m.encode(&a, r, outputs, results)
	return a, nil
}

// selected are the outputs that a request asks for: all of them where it names none.
func (m *Model) selected(r *request) ([]wanted, error) {
	if len(r.outputs) == 0 {
		for _, o := range m.outputs {
			r.outputs = append(r.outputs, wanted{name: o.Name})
		}
	}
	seen := map[string]bool{}
	for _, w := range r.outputs {
		if _, ok := m.output(w.name); !ok {
			return nil, refuse("the model has no output %s; it has %s", excerpt(w.name), names(m.outputs))
		}
		if seen[w.name] {
			return nil, refuse("output %s is asked for twice", excerpt(w.name))
		}
		seen[w.name] = true
	}
	return r.outputs, nil
}

// batch makes the model's inputs of a request.
func (m *Model) batch(r *request, binary []byte, maxRows int) (map[string]runtime.Tensor, int, error) {
	batch := make(map[string]runtime.Tensor, len(m.inputs))
	rows := -1
	for i := range r.inputs {
		t := &r.inputs[i]
		v, ok := m.input(t.name)
		if !ok {
			return nil, 0, refuse("the model has no input %s; it takes %s", excerpt(t.name), names(m.inputs))
		}
		if _, twice := batch[t.name]; twice {
			return nil, 0, refuse("input %s is there twice", excerpt(t.name))
		}
		if err := check(t, v, maxRows); err != nil {
			return nil, 0, err
		}
		own, rest, err := t.ownBinary(binary)
		if err != nil {
			return nil, 0, err
		}
		binary = rest
		var out runtime.Tensor
		if t.data == nil {
			out, err = unpack(t, v.Type, own)
		} else {
			out, err = elements(t, v.Type)
		}
		if err != nil {
			return nil, 0, err
		}
		n := firstOf(t.shape)
		if rows < 0 {
			rows = n
		}
		if n != rows && m.session.ByRow() {
			return nil, 0, refuseInput(t.name, "it has %d rows, and another input has %d", n, rows)
		}
		out.Dims = fitted(t.shape, v)
		batch[t.name] = out
	}
	if len(binary) > 0 {
		return nil, 0, refuse("%d bytes of binary data belong to no input", len(binary))
	}
	return batch, rows, m.complete(batch)
}

// firstOf is the number of rows of a shape.
func firstOf(shape []int) int {
	if len(shape) == 0 {
		return 1
	}
	return shape[0]
}

// check compares what a request says of an input with what the model takes.
func check(t *tensor, v runtime.Value, maxRows int) error {
	if want := datatype(v.Type); t.datatype != want {
		return refuseInput(t.name, "its datatype is %s, and the model takes %s", excerpt(t.datatype), want)
	}
	if t.shape == nil {
		return refuseInput(t.name, "it has no shape; the model takes %s", shapeText(v))
	}
	if !fits(fitted(t.shape, v), v) {
		return refuseInput(t.name, "its shape is %v, and the model takes %s", t.shape, shapeText(v))
	}
	if n := firstOf(t.shape); n > maxRows {
		return &Refusal{http.StatusRequestEntityTooLarge, "input " + excerpt(t.name) + ": it has " + strconv.Itoa(n) + " rows, and a request has at most " + strconv.Itoa(maxRows)}
	}
	return nil
}

// ownBinary is the part of the binary data that holds a tensor's elements, nil where they
// are JSON, and what is left for others.
func (t *tensor) ownBinary(binary []byte) (own, rest []byte, err error) {
	switch {
	case t.data != nil && t.binarySize >= 0:
		return nil, nil, refuseInput(t.name, "it has data and binary_data_size")
	case t.data != nil:
		return nil, binary, nil
	case t.binarySize < 0:
		return nil, nil, refuseInput(t.name, "it has no data")
	case t.binarySize > len(binary):
		return nil, nil, refuseInput(t.name, "binary_data_size is %d, and there are %d bytes left after the JSON", t.binarySize, len(binary))
	}
	return binary[:t.binarySize:t.binarySize], binary[t.binarySize:], nil
}

// complete asks for each input of the model.
func (m *Model) complete(batch map[string]runtime.Tensor) error {
	var missing []runtime.Value
	for _, v := range m.inputs {
		if _, ok := batch[v.Name]; !ok {
			missing = append(missing, v)
		}
	}
	if len(missing) > 0 {
		return refuse("the model takes inputs that are missing: %s", names(missing))
	}
	return nil
}

// runError is a model's own error as an answer: what it says of an input is of use to the
// client.
func runError(err error) error {
	var in *runtime.InputError
	var run *runtime.RunError
	switch {
	case errors.As(err, &in):
		return refuseInput(in.Input, "%s", in.Problem)
	case errors.As(err, &run):
		return refuse("the model cannot be computed for these inputs: %v", run.Err)
	}
	return err
}
