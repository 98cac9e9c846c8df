package llb

import (
	bkllb "github.com/moby/buildkit/client/llb"
	"github.com/modelbuild/modelbuild/train/job"
)

// device gives a step a CDI device. A builder without an optional one runs the step
// all the same.
func device(text string) bkllb.RunOption {
	name, optional := job.Device(text)
	opts := []bkllb.CDIDeviceOption{bkllb.CDIDeviceName(name)}
	if optional {
		opts = append(opts, bkllb.CDIDeviceOptional)
	}
	return bkllb.AddCDIDevice(opts...)
}
