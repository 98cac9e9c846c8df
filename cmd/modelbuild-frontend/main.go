// Command modelbuild-frontend is the gateway frontend that BuildKit starts for a
// file whose first line is `# syntax=org/modelbuild`.
package main

import (
	"fmt"
	"os"

	"github.com/moby/buildkit/frontend/gateway/grpcclient"
	"github.com/moby/buildkit/util/appcontext"
	_ "github.com/moby/buildkit/util/grpcutil/encoding/proto" // the codec that BuildKit speaks
	"github.com/modelbuild/modelbuild/frontend"
)

// Standard output carries the gateway's gRPC, so that errors go to standard
// error, which ends up in the daemon's log.
func main() {
	if err := grpcclient.RunFromEnvironment(appcontext.Context(), frontend.Build); err != nil {
		fmt.Fprintf(os.Stderr, "modelbuild-frontend: %v\n", err)
		os.Exit(1)
	}
}
