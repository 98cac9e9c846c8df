package frontend

import (
	"context"
	"encoding/json"
	"fmt"

	gwclient "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/modelbuild/modelbuild/frontend/lint"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/train/job"
)

// showVEX reports products of the OpenVEX documents that the image has nothing to do with:
// the package step knows what is in it.
func (b *build) showVEX(ctx context.Context, plan *llb.Plan, graph llb.Graph) error {
	if len(plan.Package.VEX) == 0 {
		return nil
	}
	ref, err := b.solve(ctx, graph.Attest, false)
	if err != nil {
		return fmt.Errorf("solve attestations: %w", err)
	}
	data, err := ref.ReadFile(ctx, gwclient.ReadRequest{Filename: llb.VEXWarningsFile, Range: &gwclient.FileRange{Length: maxWarnings}})
	if err != nil {
		return fmt.Errorf("read warnings of the OpenVEX documents: %w", err)
	}
	var problems job.Problems
	if err := json.Unmarshal(data, &problems); err != nil {
		return fmt.Errorf("read warnings of the OpenVEX documents: %w", err)
	}
	found := lint.Found(plan.Model, plan.Diagnostics(problems))
	b.warn(ctx, found.Warnings())
	return b.errors(found.Errors())
}
