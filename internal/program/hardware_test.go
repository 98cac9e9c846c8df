package program

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// machine is what a step with one of a machine's two GPUs sees: all of /proc, and only
// its own in /dev.
func machine(nodes ...string) fstest.MapFS {
	information := func(model, minor string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("Model: \t\t " + model + "\nIRQ:   \t\t 70\nGPU UUID: \t GPU-1\nDevice Minor: \t " + minor + "\n")}
	}
	out := fstest.MapFS{
		"dev/shm/left":               {Data: []byte("x")},
		"dev/pts/0":                  {Mode: fs.ModeDevice | fs.ModeCharDevice},
		"dev/plain":                  {Data: []byte("no device")},
		"proc/driver/nvidia/version": {Data: []byte("NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44:30 UTC 2024\nGCC version:  gcc 12.2.0\n")},
		"proc/driver/nvidia/gpus/0000:01:00.0/information": information("NVIDIA A100-SXM4-80GB", "0"),
		"proc/driver/nvidia/gpus/0000:02:00.0/information": information("NVIDIA H200", "1"),
	}
	for _, n := range append(nodes, "null", "tty", "urandom") {
		out["dev/"+n] = &fstest.MapFile{Mode: fs.ModeDevice | fs.ModeCharDevice}
	}
	return out
}

func TestFindHardware(t *testing.T) {
	h, err := FindHardware(machine("nvidia1", "nvidiactl", "nvidia-caps/nvidia-cap1"))
	require.NoError(t, err)
	require.Equal(t, Hardware{
		Nodes: []string{"/dev/nvidia-caps/nvidia-cap1", "/dev/nvidia1", "/dev/nvidiactl"}, Models: []string{"NVIDIA H200"}, Driver: "550.54.14",
	}, h)
	h, err = FindHardware(machine("kfd", "dri/renderD128"))
	require.NoError(t, err)
	require.Equal(t, Hardware{Nodes: []string{"/dev/dri/renderD128", "/dev/kfd"}}, h, "the driver of GPUs that the step does not have is not its own")
	h, err = FindHardware(fstest.MapFS{})
	require.NoError(t, err)
	require.Equal(t, Hardware{Nodes: []string{}}, h)
}

func TestOldDriver(t *testing.T) {
	for _, c := range []struct {
		driver   string
		packages []string
		old      bool
	}{
		{"470.82.01", []string{"libc6", "cuda-cudart-12-4"}, true},
		{"525.60.13", []string{"cuda-cudart-12-4"}, false},
		{"525.60.13", []string{"nvidia-cuda-runtime-cu12", "cuda-cudart-13-0"}, true},
		{"470.82.01", []string{"nvidia-cuda-runtime-cu12"}, true},
		{"470.82.01", []string{"nvidia-cuda-runtime-cu12", "cuda-compat-12-4"}, false},
		{"470.82.01", []string{"cuda-cudart-11-8"}, false},
		{"450.80", []string{"cuda-cudart-11-8"}, true},
		{"1.0", []string{"cuda-cudart-99-1"}, false}, // not known
		{"", []string{"cuda-cudart-12-4"}, false},
		{"470.82.01", nil, false},
	} {
		require.Equal(t, c.old, OldDriver(c.driver, c.packages) != "", "%v", c)
	}
}
