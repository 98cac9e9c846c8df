package runtime

import (
	"slices"
	"sync"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// Session is a model that is ready to run. It is safe for concurrent use.
type Session struct {
	program  *program
	metadata []onnx.Property
	frames   sync.Pool
}

// Load decodes a model file and compiles it. Errors are [*onnx.DecodeError] and
// [*ModelError].
func Load(data []byte) (*Session, error) {
	f, err := onnx.Decode(data)
	if err != nil {
		return nil, err
	}
	p, err := compile(f)
	if err != nil {
		return nil, err
	}
	s := &Session{program: p, metadata: f.Metadata}
	s.frames.New = func() any { return newFrame(p) }
	return s, nil
}

// Inputs are the inputs that [Session.Run] needs, in the order of the model.
func (s *Session) Inputs() []Value {
	out := make([]Value, len(s.program.inputs))
	for i, in := range s.program.inputs {
		out[i] = in.Value
		out[i].Dims = slices.Clone(in.Dims)
	}
	return out
}

// Outputs are the outputs that [Session.Run] returns, in the order of the model.
func (s *Session) Outputs() []Value {
	out := make([]Value, len(s.program.outputs))
	for i, o := range s.program.outputs {
		out[i] = o.Value
		out[i].Dims = slices.Clone(o.Dims)
	}
	return out
}

// Metadata is the value of a key in the model's metadata; false where there is
// none.
func (s *Session) Metadata(key string) (string, bool) {
	for _, p := range s.metadata {
		if p.Key == key {
			return p.Value, true
		}
	}
	return "", false
}

// ByRow is true where row i of each output was proved to depend on row i of the
// inputs alone, so that batches are computed in blocks of rows.
func (s *Session) ByRow() bool { return s.program.byRow }

// Classes are the labels that the model's last classifier gives, in the order of the
// scores of its operator; nil where no operator has any.
func (s *Session) Classes() []string { return slices.Clone(s.program.classes) }
