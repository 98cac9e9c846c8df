package llb

import (
	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/modelbuild/modelbuild/frontend/spec"
)

// CompileEnvironment is the root filesystem of a model's environment, alone, and the steps that make it.
func CompileEnvironment(m *spec.Model, env Env, in Inputs) (*Environment, bkllb.State, []Step, error) {
	e, err := newEnvironment(m, env)
	if err != nil {
		return nil, bkllb.State{}, nil, err
	}
	c := &compiler{graph: &graph{in: in}, plan: &Plan{Model: m}}
	st := c.environment(e)
	return e, st, c.steps, c.err
}
