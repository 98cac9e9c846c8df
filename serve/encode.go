package serve

import (
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/modelbuild/modelbuild/train/runtime"
)

// encode writes the answer to a request.
func (m *Model) encode(a *answer, r *request, outputs []wanted, results map[string]runtime.Tensor) {
	dst := quoted(append(a.json, `{"model_name":`...), m.Name)
	if m.Version != "" {
		dst = quoted(append(dst, `,"model_version":`...), m.Version)
	}
	if r.hasID {
		dst = quoted(append(dst, `,"id":`...), r.id)
	}
	dst = append(dst, `,"outputs":[`...)
	for i, w := range outputs {
		if i > 0 {
			dst = append(dst, ',')
		}
		v, _ := m.output(w.name)
		t := results[w.name]
		dst = quoted(append(dst, `{"name":`...), w.name)
		dst = append(dst, `,"datatype":"`+datatype(v.Type)+`","shape":[`...)
		for k, d := range t.Dims {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = strconv.AppendInt(dst, int64(d), 10)
		}
		dst = append(dst, ']')
		if w.binary != nil && *w.binary || w.binary == nil && r.binary {
			before := len(a.binary)
			a.binary = pack(a.binary, &t)
			dst = append(dst, `,"parameters":{"binary_data_size":`...)
			dst = append(strconv.AppendInt(dst, int64(len(a.binary)-before), 10), `}}`...)
			continue
		}
		dst = append(appendElements(append(dst, `,"data":[`...), &t), `]}`...)
	}
	dst = append(dst, "]}"...)
	a.json = dst
}

// quoted appends a JSON string. What is no UTF-8 in it is replaced, as JSON cannot have it.
func quoted(dst []byte, s string) []byte {
	out, err := jsontext.AppendQuote(dst, s)
	if err != nil {
		out, _ = jsontext.AppendQuote(dst, string([]rune(s)))
	}
	return out
}

// appendElements appends the elements of a tensor, separated by commas. Numbers read
// back as they are, of their own precision.
func appendElements(dst []byte, t *runtime.Tensor) []byte {
	for _, v := range t.Floats {
		dst = append(number(dst, float64(v), 32), ',')
	}
	for _, v := range t.Doubles {
		dst = append(number(dst, v, 64), ',')
	}
	for _, v := range t.Ints {
		dst = append(strconv.AppendInt(dst, v, 10), ',')
	}
	for _, v := range t.Bools {
		dst = append(strconv.AppendBool(dst, v), ',')
	}
	for _, v := range t.Strings {
		dst = append(quoted(dst, v), ',')
	}
	if dst[len(dst)-1] == ',' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// number appends a number, or null for what JSON has no number for.
func number(dst []byte, v float64, bits int) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(dst, "null"...)
	}
	return strconv.AppendFloat(dst, v, 'g', -1, bits)
}
