package lock

import "context"

func (r *resolver) python(ctx context.Context, in *wantedInput, t *task) (string, error) { return "", nil }
