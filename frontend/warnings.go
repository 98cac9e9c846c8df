package frontend

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/frontend/lint"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/train/job"
)

// maxWarnings bounds what is read of the warnings of a training, in bytes.
const maxWarnings = 1 << 20

// dataWarnings are what the training found dubious in the data, with the places of
// the spec, as its check directive wants it. They are read from the image: that is
// there at the end of every build, whereas the output of the train step may not be,
// as where the image came from a cache that holds nothing else, and asking for it
// would train again.
func (b *build) dataWarnings(ctx context.Context, plan *llb.Plan, image gwclient.Reference) (diag.List, error) {
	name := path.Join(llb.ModelDir, llb.WarningsFile)
	data, err := image.ReadFile(ctx, gwclient.ReadRequest{Filename: name, Range: &gwclient.FileRange{Length: maxWarnings}})
	if err != nil {
		if strings.Contains(err.Error(), "no such file") { // the gateway gives nothing but the text
			return nil, nil
		}
		return nil, fmt.Errorf("read warnings of the training: %w", err)
	}
	var problems job.Problems
	if err := json.Unmarshal(data, &problems); err != nil {
		return nil, fmt.Errorf("read warnings of the training: %w", err)
	}
	return lint.Found(plan.Model, plan.Diagnostics(problems)), nil
}

// showData reports what the training found in the data: warnings, or the error that
// they are to a spec that asks for it.
func (b *build) showData(ctx context.Context, plan *llb.Plan, image gwclient.Reference) error {
	found, err := b.dataWarnings(ctx, plan, image)
	if err != nil {
		return err
	}
	b.warn(ctx, found.Warnings())
	return b.errors(found.Errors())
}
