// Package safetensors writes tensors in the safetensors format: the length of a
// header as 8 bytes, little-endian; the header, a JSON object that gives each
// tensor's element type, shape and place, padded with spaces to a multiple of 8
// bytes; then the elements, little-endian, without gaps. See
// https://github.com/huggingface/safetensors#format.
package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Tensor is a named array in row-major order. Data is a []float32 or a []float64.
type Tensor struct {
	Name string
	Dims []int
	Data any
}

// Of is a tensor of some dimensions.
func Of[F float32 | float64](name string, data []F, dims ...int) Tensor {
	return Tensor{Name: name, Dims: dims, Data: data}
}

// reserved is the key of the metadata.
const reserved = "__metadata__"

// entry is what the header says of a tensor.
type entry struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"` // from the end of the header
}

// Encode returns the file of some tensors. Those of larger elements come first, so
// that each is aligned, and then they go by name, in bytes and header alike: the
// same tensors are the same bytes in any order.
func Encode(tensors []Tensor, metadata map[string]string) ([]byte, error) {
	tensors = slices.Clone(tensors)
	slices.SortFunc(tensors, func(a, b Tensor) int {
		return cmp.Or(size(b.Data)-size(a.Data), strings.Compare(a.Name, b.Name))
	})
	if metadata == nil {
		metadata = map[string]string{}
	}
	first, err := member(reserved, metadata) // a map's keys are sorted
	if err != nil {
		return nil, err
	}
	header := []string{first}
	var elements bytes.Buffer
	seen := map[string]bool{reserved: true}
	for _, t := range tensors {
		if seen[t.Name] {
			return nil, fmt.Errorf("encode tensor %q: the name is taken", t.Name)
		}
		seen[t.Name] = true
		e := entry{DType: fmt.Sprintf("F%d", 8*size(t.Data)), Shape: append([]int{}, t.Dims...)}
		e.Offsets[0] = elements.Len()
		if err := binary.Write(&elements, binary.LittleEndian, t.Data); err != nil {
			return nil, fmt.Errorf("encode tensor %q: %w", t.Name, err)
		}
		e.Offsets[1] = elements.Len()
		if n := product(t.Dims); n*size(t.Data) != e.Offsets[1]-e.Offsets[0] || slices.Min(append([]int{0}, t.Dims...)) < 0 {
			return nil, fmt.Errorf("encode tensor %q: %d bytes are not of the shape %v", t.Name, e.Offsets[1]-e.Offsets[0], t.Dims)
		}
		m, err := member(t.Name, e)
		if err != nil {
			return nil, err
		}
		header = append(header, m)
	}
	text := "{" + strings.Join(header, ",") + "}"
	text += strings.Repeat(" ", (8-len(text)%8)%8)
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	return append(append(out, text...), elements.Bytes()...), nil
}

// member is a member of a JSON object.
func member(key string, value any) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := errors.Join(e.Encode(key), e.Encode(value)); err != nil {
		return "", fmt.Errorf("encode header of %s: %w", key, err)
	}
	k, v, _ := strings.Cut(b.String(), "\n") // after each there is a line feed
	return k + ":" + strings.TrimSuffix(v, "\n"), nil
}

// size is the number of bytes of an element.
func size(data any) int {
	if _, ok := data.([]float64); ok {
		return 8
	}
	return 4
}

func product(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}
