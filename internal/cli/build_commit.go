package cli

import (
	"context"
	"fmt"
	"maps"

	"github.com/modelbuild/modelbuild/internal/engine/build"
)

// addCommit tells the build which commit the context is of. Where git does not say it, the build goes on without.
func addCommit(ctx context.Context, r *build.Request) {
	commit, err := build.Commit(ctx, r.Context)
	if err != nil {
		fmt.Fprintf(r.Stderr, "modelbuild: note: the commit is not recorded: %v\n", err)
	}
	maps.Copy(r.Attrs, commit)
}
