// Command modelbuild-frontend is the gateway frontend that BuildKit starts for a
// file whose first line is `# syntax=org/modelbuild`, and the scanner that it starts
// for `--attest type=sbom,generator=org/modelbuild`.
package main

import (
	"fmt"
	"os"
	"runtime/debug"

	"github.com/moby/buildkit/frontend/gateway/grpcclient"
	"github.com/moby/buildkit/util/appcontext"
	_ "github.com/moby/buildkit/util/grpcutil/encoding/proto" // the codec that BuildKit speaks
	"github.com/modelbuild/modelbuild/frontend"
)

// gcPercent trades memory for time: the process lives for a moment and its heap
// stays small.
const gcPercent = 800

// Standard output carries the gateway's gRPC, so that errors go to standard
// error, which ends up in the daemon's log.
func main() {
	debug.SetGCPercent(gcPercent)
	if err := becomeScanner(); err != nil {
		fmt.Fprintf(os.Stderr, "modelbuild-frontend: %v\n", err)
		os.Exit(1)
	}
	if err := grpcclient.RunFromEnvironment(appcontext.Context(), frontend.Build); err != nil {
		fmt.Fprintf(os.Stderr, "modelbuild-frontend: %v\n", err)
		os.Exit(1)
	}
}
