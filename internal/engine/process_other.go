//go:build !linux

package engine

import (
	"errors"
	"os"
	"os/exec"
)

func setProcAttr(*exec.Cmd, childOptions) {}

func socketPID(string) (int, error) { return 0, errors.ErrUnsupported }

func signalTerm(pid int) error {
	p, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return p.Signal(os.Interrupt)
}

func alive(int) bool { return false }
