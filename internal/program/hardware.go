package program

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbuild/modelbuild/internal/pattern"
)

// Hardware is what a step has besides the processor.
type Hardware struct {
	Nodes  []string // device files that not every container has, sorted
	Models []string // of NVIDIA's GPUs among them
	Driver string   // version of NVIDIA's driver, where it has one of its GPUs
}

// usualNodes are the device files and folders of every container.
var usualNodes = []string{"null", "zero", "full", "random", "urandom", "tty", "console", "ptmx", "pts", "shm", "mqueue", "fd", "core", "stdin", "stdout", "stderr"}

// FindHardware looks into /dev and /proc of a root filesystem.
func FindHardware(root fs.FS) (Hardware, error) {
	h := Hardware{Nodes: []string{}}
	err := fs.WalkDir(root, "dev", func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case path.Dir(name) == "dev" && slices.Contains(usualNodes, path.Base(name)):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.Type()&fs.ModeDevice != 0:
			h.Nodes = append(h.Nodes, "/"+name)
		}
		return nil
	})
	if err != nil {
		return Hardware{}, fmt.Errorf("look for devices: %w", err)
	}
	h.nvidia(root)
	return h, nil
}

var (
	driverVersion = pattern.New(`(?m)^NVRM version:.*?\s(\d+\.\d+(?:\.\d+)?)\s`)
	gpuModel      = pattern.New(`(?m)^Model:\s*(.+?)\s*$`)
	gpuMinor      = pattern.New(`(?m)^Device Minor:\s*(\d+)\s*$`)
)

// nvidia reads what NVIDIA's driver says in /proc, which every container sees, of the
// GPUs that this one has.
func (h *Hardware) nvidia(root fs.FS) {
	if !slices.ContainsFunc(h.Nodes, func(n string) bool { return strings.HasPrefix(n, "/dev/nvidia") }) {
		return
	}
	text, err := fs.ReadFile(root, "proc/driver/nvidia/version")
	if m := driverVersion.FindStringSubmatch(string(text)); err == nil && m != nil {
		h.Driver = m[1]
	}
	files, _ := fs.Glob(root, "proc/driver/nvidia/gpus/*/information") // the pattern is sound
	models := map[int]string{}
	var minors []int
	for _, file := range files {
		text, err := fs.ReadFile(root, file)
		model, minor := gpuModel.FindStringSubmatch(string(text)), gpuMinor.FindStringSubmatch(string(text))
		if err != nil || model == nil || minor == nil || !slices.Contains(h.Nodes, "/dev/nvidia"+minor[1]) {
			continue
		}
		if n, err := strconv.Atoi(minor[1]); err == nil {
			models[n] = model[1]
			minors = append(minors, n)
		}
	}
	slices.Sort(minors)
	for _, n := range minors {
		h.Models = append(h.Models, models[n])
	}
}

// oldestDriver is what the CUDA runtime of a major version needs at least on Linux, whatever its minor version:
// https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html asks for drivers of the branches
// 450 (from 450.80.02 on), 525 and 580; the exact versions of the others are those of CUDA 12.0 and 13.0 in the table of
// https://docs.nvidia.com/cuda/cuda-toolkit-release-notes/, the oldest of their branches there.
var oldestDriver = map[string]string{"11": "450.80.02", "12": "525.60.13", "13": "580.65.06"}

// cudaPackages are what brings the CUDA runtime: of Debian packages the version is in the
// name, of Python's in both.
var (
	cudaDebian = pattern.New(`^cuda-cudart-(\d+)-\d+$`)
	cudaPython = pattern.New(`^nvidia-cuda-runtime-cu(\d+)$`)
	cudaCompat = pattern.New(`^cuda-compat-`)
)

// OldDriver says that a driver is too old for the CUDA runtime in an environment with
// the packages of these names; it is empty where it is not, or where that is not known.
func OldDriver(driver string, packages []string) string {
	major := ""
	for _, name := range packages {
		if cudaCompat.MatchString(name) {
			return "" // brings the libraries of a newer driver
		}
		for _, form := range []*pattern.Pattern{cudaDebian, cudaPython} {
			if m := form.FindStringSubmatch(name); m != nil && len(m[1]) >= len(major) {
				major = max(major, m[1])
			}
		}
	}
	oldest := oldestDriver[major]
	if driver == "" || oldest == "" || compareVersions(driver, oldest) >= 0 {
		return ""
	}
	return fmt.Sprintf("the driver %s is too old for CUDA %s, which needs %s: update it on the builder, or take an environment with an older CUDA", driver, major, oldest)
}

// compareVersions compares numbers with dots.
func compareVersions(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		m, _ := strconv.Atoi(x[i])
		n, _ := strconv.Atoi(y[i])
		if c := cmp.Compare(m, n); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(x), len(y))
}
