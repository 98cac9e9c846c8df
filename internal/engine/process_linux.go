package engine

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

func setProcAttr(cmd *exec.Cmd, o childOptions) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if o.dieWithParent {
		cmd.SysProcAttr.Pdeathsig = syscall.SIGTERM
	}
}

// socketPID is the process that listens on a Unix socket, as the kernel recorded it.
func socketPID(path string) (int, error) {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *unix.Ucred
	var credErr error
	if err := raw.Control(func(fd uintptr) {
		cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil {
		return 0, err
	}
	if credErr != nil {
		return 0, fmt.Errorf("read socket's owner: %w", credErr)
	}
	return int(cred.Pid), nil
}

func signalTerm(pid int) error { return syscall.Kill(pid, syscall.SIGTERM) }

// alive tells whether a process runs. One that has ended but was not waited for yet does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	return !zombie(pid)
}

// zombie reads the process state that follows the name in /proc/PID/stat; the name may hold spaces and parentheses.
func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, state, ok := bytes.Cut(stat[bytes.LastIndexByte(stat, ')')+1:], []byte(" "))
	return ok && len(state) > 0 && state[0] == 'Z'
}
