package testenv

import (
	"fmt"
	"os"
	"path/filepath"
)

// Device is a CDI device that the sandbox's BuildKit has: it gives a step the file
// /dev/modelbuild-chip. A build has to be allowed to use it.
const Device = "modelbuild.example/chip=one"

const deviceSpec = `{"cdiVersion": "0.6.0", "kind": "modelbuild.example/chip", "devices": [
  {"name": "one", "containerEdits": {"deviceNodes": [{"path": "/dev/modelbuild-chip", "hostPath": "/dev/null", "type": "c", "major": 1, "minor": 3}]}}
]}
`

func writeDevice(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("create folder of devices: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "modelbuild.json"), []byte(deviceSpec), 0o600); err != nil {
		return fmt.Errorf("describe a device: %w", err)
	}
	return nil
}
