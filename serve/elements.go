package serve

import (
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/modelbuild/modelbuild/train/runtime"
)

// scanner takes the elements of a tensor from JSON that is known to be valid: all in
// one array, or in arrays as the shape has them.
type scanner struct {
	name  string // of the input
	text  []byte
	at    int
	shape []int
	flat  bool // the first element stood in the outermost array
	count int
}

// element takes the text of one element, whose position is that of the others before it.
type element func(text []byte) error

// scan calls f with each element, and compares their number with the shape.
func (s *scanner) scan(f element) error {
	s.space()
	if s.text[s.at] != '[' {
		return refuseInput(s.name, "data must be an array")
	}
	if err := s.array(0, f); err != nil {
		return err
	}
	if want, ok := product(s.shape, math.MaxInt32); !ok || want != s.count {
		return refuseInput(s.name, "data has %d elements, and shape %v asks for %s", s.count, s.shape, countText(want, ok))
	}
	return nil
}

func countText(n int, ok bool) string {
	if !ok {
		return "more than 2147483647"
	}
	return strconv.Itoa(n)
}

// array reads an array at a depth, which is that of its elements' dimension where the
// data is nested.
func (s *scanner) array(depth int, f element) error {
	s.at++
	n := 0
	for ; ; n++ {
		s.space()
		switch s.text[s.at] {
		case ']':
			s.at++
			return s.closed(depth, n)
		case ',':
			s.at++
			s.space()
		}
		if err := s.one(depth, f); err != nil {
			return err
		}
	}
}

// one reads an element or an array of them.
func (s *scanner) one(depth int, f element) error {
	switch s.text[s.at] {
	case '[':
		if s.count > 0 && s.flat || depth+1 >= max(1, len(s.shape)) {
			return refuseInput(s.name, "data is nested otherwise than shape %v", s.shape)
		}
		return s.array(depth+1, f)
	case '{':
		return refuseInput(s.name, "element %d is an object", s.count)
	}
	if s.count == 0 {
		s.flat = depth == 0
	}
	if s.flat != (depth == 0) || !s.flat && depth != len(s.shape)-1 {
		return refuseInput(s.name, "data is nested otherwise than shape %v", s.shape)
	}
	start := s.at
	s.skip()
	if err := f(s.text[start:s.at]); err != nil {
		return err
	}
	s.count++
	return nil
}

// closed compares the length of an array with its dimension where the data is nested.
func (s *scanner) closed(depth, n int) error {
	if depth == 0 && (s.flat || s.count == 0 && n == 0) {
		return nil
	}
	if depth >= len(s.shape) || s.shape[depth] != n {
		return refuseInput(s.name, "data is nested otherwise than shape %v: an array at depth %d has %d elements", s.shape, depth+1, n)
	}
	return nil
}

// skip passes over a text, a number or a word.
func (s *scanner) skip() {
	if s.text[s.at] == '"' {
		for s.at++; s.text[s.at] != '"'; s.at++ {
			if s.text[s.at] == '\\' {
				s.at++
			}
		}
		s.at++
		return
	}
	for {
		switch s.text[s.at] {
		case ',', ']', ' ', '\t', '\r', '\n':
			return
		}
		s.at++
	}
}

func (s *scanner) space() {
	for {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

// wrong is an element that is not of the type of its input.
func (s *scanner) wrong(text []byte, want string) error {
	return refuseInput(s.name, "element %d is %.40s; %s", s.count, text, want)
}

// What elements must be.
const (
	wantNumber  = "it must be a number, or null where it is missing"
	wantSmaller = "it is too large for the input's datatype"
	wantInteger = "it must be a whole number of 64 bits"
	wantBool    = "it must be true or false"
	wantText    = "it must be a string, or null where it is missing"
)

// elements are those of a tensor in JSON, of the type that the model takes.
func elements(t *tensor, typ runtime.Type) (out runtime.Tensor, err error) {
	s := &scanner{name: t.name, text: t.data, shape: t.shape}
	room, ok := product(t.shape, len(t.data))
	if !ok {
		room = 0 // there are fewer, and that is said when they have been counted
	}
	switch typ {
	case runtime.Float:
		out.Floats = make([]float32, 0, room)
		err = s.scan(func(text []byte) error {
			v, err := s.number(text)
			out.Floats = append(out.Floats, float32(v))
			if err == nil && math.IsInf(float64(float32(v)), 0) {
				return s.wrong(text, wantSmaller)
			}
			return err
		})
	case runtime.Double:
		out.Doubles = make([]float64, 0, room)
		err = s.scan(func(text []byte) error {
			v, err := s.number(text)
			out.Doubles = append(out.Doubles, v)
			return err
		})
	case runtime.Int64:
		out.Ints = make([]int64, 0, room)
		err = s.scan(func(text []byte) error {
			v, err := strconv.ParseInt(string(text), 10, 64)
			out.Ints = append(out.Ints, v)
			if err != nil {
				return s.wrong(text, wantInteger)
			}
			return nil
		})
	case runtime.Bool:
		out.Bools = make([]bool, 0, room)
		err = s.scan(func(text []byte) error {
			out.Bools = append(out.Bools, text[0] == 't')
			if text[0] != 't' && text[0] != 'f' {
				return s.wrong(text, wantBool)
			}
			return nil
		})
	default:
		out.Strings = make([]string, 0, room)
		err = s.scan(func(text []byte) error {
			v, err := s.str(text)
			out.Strings = append(out.Strings, v)
			return err
		})
	}
	return out, err
}

// number is a number as a dataset's are read: of 64 bits first, whatever the model takes.
func (s *scanner) number(text []byte) (float64, error) {
	switch text[0] {
	case 'n':
		return math.NaN(), nil
	case '"', 't', 'f':
		return 0, s.wrong(text, wantNumber)
	}
	v, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return 0, s.wrong(text, wantSmaller)
	}
	return v, nil
}

// str is a string; what is missing is empty, as in a dataset.
func (s *scanner) str(text []byte) (string, error) {
	switch text[0] {
	case 'n':
		return "", nil
	case '"':
		v, err := jsontext.AppendUnquote(nil, text)
		return string(v), err
	}
	return "", s.wrong(text, wantText)
}
