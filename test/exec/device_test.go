package exec_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/oci"
	"github.com/modelbuild/modelbuild/internal/testenv"
	"github.com/modelbuild/modelbuild/provenance"
	"github.com/stretchr/testify/require"
)

// withDevice is the mean, trained with a device.
func withDevice(name string) string {
	return strings.Replace(mean, "  reproducible", "  devices: ["+name+"]\n  reproducible", 1)
}

// TestDeviceRefused: there is no GPU here, and the device that there is may not be used unless the build says so.
func TestDeviceRefused(t *testing.T) {
	for name, device := range map[string]string{
		"device_missing":   "nvidia.com/gpu=all",
		"device_forbidden": testenv.Device,
		// BuildKit does not take a device away because the build can do without.
		"device_forbidden_optional": `"` + testenv.Device + `?"`,
	} {
		t.Run(name, func(t *testing.T) {
			sb := testenv.New(t)
			dir := folder(t, sb, withDevice(device))
			res := sb.Buildx("build", "-f", filepath.Join(dir, "model.yaml"), "--output", "type=cacheonly", dir).Failed()
			golden(t, filepath.Join("testdata", "bad", name+".txt"), strings.ReplaceAll(res.Why(), base.digest, "BASE"))
		})
	}
}

// TestDevice trains with a device, and without one that is optional; the record says which.
func TestDevice(t *testing.T) {
	sb := testenv.New(t)
	for _, c := range []struct {
		tag, device string
		want        provenance.RecordDevices
	}{
		{"with", testenv.Device, provenance.RecordDevices{Requested: []string{testenv.Device}, Nodes: []string{"/dev/modelbuild-chip"}}},
		{"optional", `"` + testenv.Device + `?"`, provenance.RecordDevices{Requested: []string{testenv.Device + "?"}, Nodes: []string{"/dev/modelbuild-chip"}}},
		{"without", `"nvidia.com/gpu=all?"`, provenance.RecordDevices{Requested: []string{"nvidia.com/gpu=all?"}, Nodes: []string{}}},
	} {
		m := push(t, sb, folder(t, sb, withDevice(c.device)), sb.Ref(c.tag), "--attest", "type=provenance,mode=max,version=v0.2",
			"--allow", "device="+testenv.Device).Manifests[0]
		got := record(t, m).Program.Devices
		require.NotNil(t, got, c.tag)
		require.Equal(t, c.want, *got, c.tag)
	}
	m := push(t, sb, folder(t, sb, mean), sb.Ref("none"), "--attest", "type=provenance,mode=max,version=v0.2").Manifests[0]
	require.Nil(t, record(t, m).Program.Devices)
}

// record is the training record beside an image.
func record(t *testing.T, m *oci.Manifest) provenance.TrainingRecord {
	t.Helper()
	for _, a := range m.Attestations {
		s, err := a.Statement(t.Context())
		require.NoError(t, err)
		if s.PredicateType == provenance.PredicateTrainingRecord {
			var st struct{ Predicate provenance.TrainingRecord }
			require.NoError(t, json.Unmarshal(s.Raw, &st))
			return st.Predicate
		}
	}
	require.Fail(t, "there is no training record")
	return provenance.TrainingRecord{}
}
