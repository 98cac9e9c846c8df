package runtime

import "fmt"

// ModelError says why a model cannot be loaded: it is malformed, or it uses
// something that is not supported here.
type ModelError struct {
	Node    int    // position of the node that is at fault; -1 is none
	Op      string // its operator
	Problem string
}

// Error names the node and the problem.
func (e *ModelError) Error() string {
	if e.Node < 0 {
		return "load model: " + e.Problem
	}
	return fmt.Sprintf("load model: node %d (%s): %s", e.Node, e.Op, e.Problem)
}

func modelError(format string, args ...any) error {
	return &ModelError{Node: -1, Problem: fmt.Sprintf(format, args...)}
}

// InputError says which input of a run does not fit the model, and why.
type InputError struct {
	Input   string
	Problem string
}

// Error names the input and the problem.
func (e *InputError) Error() string {
	return fmt.Sprintf("run model: input %q: %s", e.Input, e.Problem)
}

// RunError says which node failed on the values that it was given, such as
// those of dimensions that do not fit each other.
type RunError struct {
	Node int
	Op   string
	Err  error
}

// Error names the node and the problem.
func (e *RunError) Error() string {
	return fmt.Sprintf("run model: node %d (%s): %v", e.Node, e.Op, e.Err)
}

// Unwrap is the problem.
func (e *RunError) Unwrap() error { return e.Err }
