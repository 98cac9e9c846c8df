package cli

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/moby/buildkit/client"
	"github.com/spf13/cobra"

	"github.com/modelbuild/modelbuild/internal/atomicfile"
	"github.com/modelbuild/modelbuild/internal/engine/build"
)

// printResult prints the image's digest and where it went: to standard error when the result itself went to standard
// output.
func printResult(cmd *cobra.Command, f *buildFlags, r *build.Request, result *build.Result) {
	w := cmd.OutOrStdout()
	for _, o := range r.Outputs {
		if o.Dest == "-" {
			w = cmd.ErrOrStderr()
		}
	}
	if f.progress == "quiet" {
		if result.Digest != "" {
			fmt.Fprintln(w, result.Digest)
		}
		return
	}
	if result.Digest != "" {
		fmt.Fprintf(w, "image   %s\n", result.Digest)
	}
	for _, o := range r.Outputs {
		printOutput(w, o, result.Digest)
	}
}

func printOutput(w io.Writer, o build.Output, digest string) {
	switch {
	case o.Dest != "" && o.Dest != "-":
		fmt.Fprintf(w, "wrote   %s (%s)\n", o.Dest, o.Type)
	case o.Type == client.ExporterImage && o.Attrs["push"] == "true":
		for name := range strings.SplitSeq(o.Attrs["name"], ",") {
			fmt.Fprintf(w, "pushed  %s@%s\n", name, digest)
		}
	}
}

// writeMetadata writes the exporters' response in the form that buildx gives it: values that are JSON in base64 are
// decoded.
func writeMetadata(path string, response map[string]string) error {
	out := make(map[string]any, len(response))
	for key, value := range response {
		out[key] = value
		raw, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			continue
		}
		var object map[string]any
		if json.Unmarshal(raw, &object) == nil && len(object) > 0 {
			out[key] = json.RawMessage(raw)
		}
	}
	text, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("encode metadata: %w", err)
	}
	return atomicfile.Write(path, append(text, '\n'))
}
