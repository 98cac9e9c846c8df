package paired

import (
	"bytes"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// Usage is what one run of a program took: seconds, and bytes of peak memory.
type Usage struct{ Wall, CPU, Memory float64 }

// Run runs a program to its end. An error has what it printed.
func Run(cmd *exec.Cmd) (Usage, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	err := cmd.Run()
	u := Usage{Wall: time.Since(start).Seconds()}
	if err != nil {
		return u, fmt.Errorf("%s: %w\n%s", cmd, err, stderr.Bytes())
	}
	u.CPU = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.Memory = float64(usage.Maxrss) * 1024 // Linux tells kilobytes
	}
	return u, nil
}
