package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"
)

const (
	tail        = 150 * time.Millisecond // what the daemon gets to finish, such as its history, before its CPU is read
	memoryEvery = 5 * time.Millisecond
)

// sample is one build.
type sample struct {
	wall   time.Duration // of the client process
	cpu    time.Duration // of the daemon and its children, until a moment after the client ended
	other  float64       // cores that programs outside the benchmark used meanwhile
	memory int64         // most bytes resident in the daemon and its children; sampled builds only
	log    []byte        // BuildKit's status messages as JSON
}

// counters are read before and after a build.
type counters struct {
	daemon, own, busy time.Duration
	at                time.Time
}

func readCounters(daemon int) (counters, error) {
	total, err := busy()
	if err != nil {
		return counters{}, err
	}
	all, err := processes()
	if err != nil {
		return counters{}, err
	}
	return counters{
		daemon: sum(tree(all, daemon)).cpu, own: sum(tree(all, os.Getpid())).cpu, busy: total, at: time.Now(),
	}, nil
}

// measure times one client process from its start to its end.
func measure(ctx context.Context, cmd *exec.Cmd, daemon int) (s sample, err error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	before, err := readCounters(daemon)
	if err != nil {
		return s, err
	}
	start := time.Now()
	err = cmd.Run()
	s.wall = time.Since(start)
	s.log = stderr.Bytes()
	if err != nil {
		return s, fmt.Errorf("build: %w\n%s", err, s.log)
	}
	select {
	case <-ctx.Done():
		return s, ctx.Err()
	case <-time.After(tail):
	}
	after, err := readCounters(daemon)
	if err != nil {
		return s, err
	}
	s.cpu = after.daemon - before.daemon
	foreign := (after.busy - before.busy) - (after.own - before.own)
	s.other = max(float64(foreign)/float64(after.at.Sub(before.at)), 0)
	return s, nil
}

// measureMemory runs a build while it reads the process table every few milliseconds, which would disturb a timing.
func measureMemory(ctx context.Context, cmd *exec.Cmd, daemon int) (sample, error) {
	return watched(ctx, func([]process) int { return daemon }, func() (sample, error) { return measure(ctx, cmd, daemon) })
}

// measureProcess does the same for a program that is no client: its CPU is its own and that of what it started.
func measureProcess(ctx context.Context, cmd *exec.Cmd, daemon int) (sample, error) {
	own := func(all []process) int {
		for _, p := range all {
			if p.parent == os.Getpid() && cmd.Args[0] == p.name {
				return p.pid
			}
		}
		return -1
	}
	return watched(ctx, own, func() (sample, error) {
		s, err := measure(ctx, cmd, daemon)
		if cmd.ProcessState != nil {
			s.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		}
		return s, err
	})
}

// watched adds the most memory that a process and those below it had while something ran.
func watched(ctx context.Context, root func([]process) int, run func() (sample, error)) (sample, error) {
	watching, stop := context.WithCancel(ctx)
	peak := make(chan int64)
	go func() {
		var most int64
		for watching.Err() == nil {
			if all, err := processes(); err == nil {
				most = max(most, sum(tree(all, root(all))).resident)
			}
			time.Sleep(memoryEvery)
		}
		peak <- most
	}()
	s, err := run()
	stop()
	s.memory = <-peak
	return s, err
}
