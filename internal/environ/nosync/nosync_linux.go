// Package nosync makes nothing of calls that wait for the disk. What a step of a build writes is thrown away where the
// machine fails, so that waiting for it gains nothing: dpkg waits some twenty times for each package.
package nosync

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// calls wait until what was written is on the disk.
var calls = [...]uint32{unix.SYS_FSYNC, unix.SYS_FDATASYNC, unix.SYS_SYNC, unix.SYS_SYNCFS, unix.SYS_SYNC_FILE_RANGE, unix.SYS_MSYNC}

// architectures are the kernel's names (AUDIT_ARCH_*) of those that the numbers of calls are known for.
var architectures = map[string]uint32{"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64}

// Places in the kernel's struct seccomp_data.
const (
	offsetCall         = 0
	offsetArchitecture = 4
)

// Ignore lets those calls of this process, and of all that it starts from now on, succeed at once. It cannot be taken back,
// and none of them gains rights by a file that it runs from then on (PR_SET_NO_NEW_PRIVS), which what runs as root does not
// need. An error says that the kernel cannot: then they wait as ever. It is how systemd-nspawn --suppress-sync works.
func Ignore() error {
	arch, ok := architectures[runtime.GOARCH]
	if !ok {
		return fmt.Errorf("calls of %s are not known", runtime.GOARCH)
	}
	filter := program(arch)
	p := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("set no_new_privs: %w", err)
	}
	thread, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&p)))
	if errno != 0 {
		return fmt.Errorf("set filter: %w", errno)
	}
	if thread != 0 {
		return fmt.Errorf("set filter: thread %d has another one", thread)
	}
	return nil
}

// program is the filter in the language of the kernel, see seccomp(2): the calls return 0, and any other goes on.
func program(arch uint32) []unix.SockFilter {
	load := func(offset uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
	}
	equal := func(value uint32, yes, no int) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: value, Jt: uint8(yes), Jf: uint8(no)}
	}
	give := func(value uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: value}
	}
	out := []unix.SockFilter{load(offsetArchitecture), equal(arch, 0, len(calls)+1), load(offsetCall)}
	for i, call := range calls {
		out = append(out, equal(call, len(calls)-i, 0))
	}
	return append(out, give(unix.SECCOMP_RET_ALLOW), give(unix.SECCOMP_RET_ERRNO))
}
