package engine

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// maxCache is how much disk the managed daemon's cache may take before the least used of it is removed.
const maxCache = "20GB"

// config writes the daemon's buildkitd.toml. The same options give the same text, so comparing texts tells whether a
// running daemon can be shared.
func config(o Options, runc string, rootless bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[otel]\n  socketPath = %s\n", strconv.Quote(o.Root+"/otel.sock"))
	fmt.Fprintf(&b, "[history]\n  maxEntries = 50\n")
	fmt.Fprintf(&b, "[worker.containerd]\n  enabled = false\n")
	fmt.Fprintf(&b, "[worker.oci]\n  enabled = true\n  binary = %s\n  networkMode = \"host\"\n", strconv.Quote(runc))
	fmt.Fprintf(&b, "  gc = true\n  maxUsedSpace = %q\n  minFreeSpace = \"1GB\"\n", maxCache)
	if rootless {
		fmt.Fprintf(&b, "  rootless = true\n  noProcessSandbox = true\n")
	}
	if len(o.Devices) > 0 {
		quoted := make([]string, len(o.Devices))
		for i, dir := range o.Devices {
			quoted[i] = strconv.Quote(dir)
		}
		fmt.Fprintf(&b, "[cdi]\n  specDirs = [%s]\n", strings.Join(quoted, ", "))
	}
	writeRegistries(&b, o)
	return b.String()
}

// writeRegistries writes one table per registry host, in the order of the hosts' names.
func writeRegistries(b *strings.Builder, o Options) {
	hosts := map[string]bool{}
	for host := range o.Mirrors {
		hosts[host] = true
	}
	for _, host := range o.PlainHTTP {
		hosts[host] = true
	}
	for _, host := range slices.Sorted(maps.Keys(hosts)) {
		fmt.Fprintf(b, "[registry.%s]\n", strconv.Quote(host))
		if mirrors := o.Mirrors[host]; len(mirrors) > 0 {
			quoted := make([]string, len(mirrors))
			for i, m := range mirrors {
				quoted[i] = strconv.Quote(m)
			}
			fmt.Fprintf(b, "  mirrors = [%s]\n", strings.Join(quoted, ", "))
		}
		if slices.Contains(o.PlainHTTP, host) {
			b.WriteString("  http = true\n  insecure = true\n")
		}
	}
}
