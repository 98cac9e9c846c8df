package frontend

import (
	"fmt"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/modelbuild/modelbuild/llb"
)

// packageMirrors reads the build arguments that say where packages are: addresses of Debian's archives by their label,
// and the address of a Python index. They are mistakes of whoever builds, not of the spec.
func packageMirrors(args map[string]string) (debian map[string]string, index string, err error) {
	debian = map[string]string{}
	for item := range strings.SplitSeq(args[llb.DebianMirrorArg], ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		label, address, ok := strings.Cut(item, "=")
		if !ok || strings.Contains(label, "://") {
			label, address = "", item
		}
		if _, err := spec.Mirror(address); err != nil {
			return nil, "", fmt.Errorf("build argument %s: %w; it is written [ARCHIVE=]URL, several separated by commas", llb.DebianMirrorArg, err)
		}
		debian[strings.TrimSpace(label)] = address
	}
	if index = args[llb.PythonIndexArg]; index != "" {
		if _, err := spec.Mirror(index); err != nil {
			return nil, "", fmt.Errorf("build argument %s: %w", llb.PythonIndexArg, err)
		}
	}
	return debian, index, nil
}
