package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of the times in /proc: USER_HZ is 100 on every Linux that Go runs on.
const tick = time.Second / 100

// process is one line of the process table.
type process struct {
	pid, parent int
	name        string
	cpu         time.Duration // its own, and that of the children that it has waited for
	resident    int64         // bytes
}

// processes reads the process table. Processes that end meanwhile are left out.
func processes() ([]process, error) {
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	var out []process
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		p, err := parseStat(text)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		out = append(out, p)
	}
	return out, nil
}

// parseStat reads /proc/PID/stat; the fields are counted as in proc(5). The name may hold spaces and parentheses.
func parseStat(text []byte) (process, error) {
	open, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return process{}, errors.New("no name in parentheses")
	}
	fields := strings.Fields(string(text[end+1:]))
	if len(fields) < 22 {
		return process{}, fmt.Errorf("%d fields after the name", len(fields))
	}
	var bad error
	field := func(n int) int64 {
		v, err := strconv.ParseInt(fields[n-3], 10, 64)
		bad = errors.Join(bad, err)
		return v
	}
	p := process{name: string(text[open+1 : end]), parent: int(field(4)), resident: field(24) * int64(os.Getpagesize())}
	p.cpu = time.Duration(field(14)+field(15)+field(16)+field(17)) * tick
	pid, err := strconv.Atoi(strings.TrimSpace(string(text[:open])))
	p.pid = pid
	return p, errors.Join(bad, err)
}

// tree picks a process and everything below it.
func tree(all []process, root int) []process {
	inside := map[int]bool{root: true}
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if !inside[p.pid] && inside[p.parent] {
				inside[p.pid], grown = true, true
			}
		}
	}
	var out []process
	for _, p := range all {
		if inside[p.pid] {
			out = append(out, p)
		}
	}
	return out
}

// usage sums up a tree. What ended processes used is in the parent that waited for them.
type usage struct {
	cpu      time.Duration
	resident int64
}

func sum(ps []process) (u usage) {
	for _, p := range ps {
		u.cpu += p.cpu
		u.resident += p.resident
	}
	return u
}

// daemonPID finds the build daemon among the children of this process. Without root it runs below rootlesskit.
func daemonPID() (int, error) {
	all, err := processes()
	if err != nil {
		return 0, err
	}
	for _, p := range all {
		if p.parent == os.Getpid() && (p.name == "buildkitd" || p.name == "rootlesskit") {
			return p.pid, nil
		}
	}
	return 0, errors.New("find the build daemon: no child of this process is buildkitd")
}
