// Package frontendimage builds the frontend image from the Dockerfile in the source tree, with BuildKit's own
// Dockerfile frontend, so no image has to be pulled for it.
package frontendimage

import (
	"context"
	"fmt"
	"maps"

	"github.com/moby/buildkit/client"
	"github.com/tonistiigi/fsutil"
)

// Name is the frontend's repository and tag, as specs have it in their `# syntax=` line.
const Name = "org/modelbuild:1"

// Options say what to build from and where to put it.
type Options struct {
	Root     string             // the source tree
	Contexts map[string]string  // named contexts of the Dockerfile to local folders
	Attrs    map[string]string  // more frontend attributes, such as "platform", "no-cache" or "build-arg:GOPROXY"
	Export   client.ExportEntry // what to make of the result
}

// PushTo is an export that pushes the image to a registry that speaks plain HTTP.
func PushTo(host string) client.ExportEntry {
	return client.ExportEntry{Type: client.ExporterImage, Attrs: map[string]string{
		"name": host + "/" + Name, "push": "true", "registry.insecure": "true",
	}}
}

// Build builds the image and returns the digest of what was exported. Its timestamps are the epoch, so that the same
// binaries always give the same digest.
func Build(ctx context.Context, c *client.Client, o Options) (string, error) {
	source, err := fsutil.NewFS(o.Root)
	if err != nil {
		return "", fmt.Errorf("open source tree: %w", err)
	}
	mounts := map[string]fsutil.FS{"context": source, "dockerfile": source}
	attrs := map[string]string{"filename": "Dockerfile", "build-arg:SOURCE_DATE_EPOCH": "0"}
	for name, dir := range o.Contexts {
		if mounts[name], err = fsutil.NewFS(dir); err != nil {
			return "", fmt.Errorf("open named context %s: %w", name, err)
		}
		attrs["context:"+name] = "local:" + name
	}
	maps.Copy(attrs, o.Attrs)
	export := o.Export
	export.Attrs = maps.Clone(o.Export.Attrs)
	if export.Attrs == nil {
		export.Attrs = map[string]string{}
	}
	export.Attrs["rewrite-timestamp"] = "true"
	export.Attrs["oci-mediatypes"] = "true"
	resp, err := c.Solve(ctx, nil, client.SolveOpt{
		Frontend: "dockerfile.v0", FrontendAttrs: attrs, LocalMounts: mounts, Exports: []client.ExportEntry{export},
	}, nil)
	if err != nil {
		return "", fmt.Errorf("build frontend image: %w", err)
	}
	return resp.ExporterResponse["containerimage.digest"], nil
}
