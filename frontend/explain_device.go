package frontend

import (
	"fmt"
	"strings"

	"github.com/modelbuild/modelbuild/frontend/diag"
	"github.com/modelbuild/modelbuild/internal/pattern"
	"github.com/modelbuild/modelbuild/llb"
	"github.com/modelbuild/modelbuild/train/job"
)

// What BuildKit says of devices, before any step runs.
var (
	devicesOff       = pattern.New(`CDI device "([^"]+)" is required by step .* but CDI device support is disabled`)
	deviceMissing    = pattern.New(`required device "([^"]+)" is not registered`)
	devicesForbidden = pattern.New(`devices? (\S.*?) (?:is|are) requested by the build but not allowed`)
)

// deviceDiagnostics says why a program does not get its devices, and how it would.
func deviceDiagnostics(plan *llb.Plan, err error) diag.List {
	text := err.Error()
	if m := devicesOff.FindStringSubmatch(text); m != nil {
		return noDevice(plan, m[1], "the builder's support of devices is off",
			"take disabled = true out of [cdi] in its buildkitd.toml; for a Docker engine, set features.cdi to true in its daemon.json")
	}
	if m := deviceMissing.FindStringSubmatch(text); m != nil {
		return noDevice(plan, m[1], "the builder has no device of that name",
			"`docker buildx inspect` lists those that it has. It finds them in CDI specifications, by default in /etc/cdi; "+
				"for NVIDIA, `nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml` writes one. To train without it where there is none, write "+m[1]+"?")
	}
	if m := devicesForbidden.FindStringSubmatch(text); m != nil {
		var l diag.List
		for name := range strings.SplitSeq(m[1], ", ") {
			l = append(l, noDevice(plan, name, "the builder has the device, and this build may not use it",
				fmt.Sprintf("build with --allow device=%s, or list it as autoAllowed under [cdi] in the builder's buildkitd.toml", name))...)
		}
		return l
	}
	return nil
}

// noDevice is about a device by the name that BuildKit has for it: the one in the spec,
// or one of those that this stands for.
func noDevice(plan *llb.Plan, name, why, hint string) diag.List {
	kind, _, _ := strings.Cut(name, "=")
	for _, same := range []func(string) bool{
		func(asked string) bool { return asked == name },
		func(asked string) bool { return strings.HasPrefix(asked, kind+"=") },
	} {
		for _, p := range plan.All() {
			for _, v := range p.Model.Train.Devices.Items {
				if asked, _ := job.Device(v.V); same(asked) {
					var l diag.List
					l.Add(diag.NoDevice, v.At, hint, "the program cannot have %s: %s", name, why)
					return l
				}
			}
		}
	}
	var l diag.List
	l.Add(diag.NoDevice, plan.Model.At("train.devices"), hint, "the program cannot have %s: %s", name, why)
	return l
}
