package program

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/modelbuild/modelbuild/train/job"
)

// watcher ends a program that passes its limits. A build step has no control
// group of its own to set limits in, so that memory is measured.
type watcher struct {
	pid    int
	limits job.Limits
	over   string // the limit that was passed: memory, time, or none
	used   Usage
	ask    chan struct{}
	done   chan struct{}
}

// Names of limits.
const (
	limitMemory = "memory"
	limitTime   = "time"
)

func watch(pid int, limits job.Limits, poll time.Duration) *watcher {
	w := &watcher{pid: pid, limits: limits, ask: make(chan struct{}), done: make(chan struct{})}
	if poll == 0 {
		poll = 100 * time.Millisecond
	}
	go w.run(poll)
	return w
}

// stop ends the watching, and gives what was seen.
func (w *watcher) stop() Usage {
	close(w.ask)
	<-w.done
	return w.used
}

func (w *watcher) run(poll time.Duration) {
	defer close(w.done)
	var tick, end <-chan time.Time
	if w.limits.Memory > 0 {
		t := time.NewTicker(poll)
		defer t.Stop()
		tick = t.C
	}
	if w.limits.Seconds > 0 {
		t := time.NewTimer(time.Duration(w.limits.Seconds * float64(time.Second)))
		defer t.Stop()
		end = t.C
	}
	for {
		select {
		case <-w.ask:
			return
		case <-end:
			w.kill(limitTime)
		case <-tick:
			w.used.Memory = max(w.used.Memory, resident(w.pid))
			if w.used.Memory > w.limits.Memory {
				w.kill(limitMemory)
				tick = nil
			}
		}
	}
}

func (w *watcher) kill(limit string) {
	if w.over == "" {
		w.over = limit
	}
	_ = syscall.Kill(-w.pid, syscall.SIGKILL) // it may have ended by itself
}

// resident is the memory of a process and of all that descend from it, in bytes.
// Pages that they share count once for each, so that it is an upper bound.
func resident(root int) int64 {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0
	}
	parent, pages := map[int]int{}, map[int]int64{}
	for _, name := range stats {
		data, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		pid, ppid, rss, ok := parseStat(string(data))
		if ok {
			parent[pid], pages[pid] = ppid, rss
		}
	}
	total := int64(0)
	for pid, rss := range pages {
		for p, steps := pid, 0; p > 0 && steps < 1000; p, steps = parent[p], steps+1 {
			if p == root {
				total += rss
				break
			}
		}
	}
	return total * int64(os.Getpagesize())
}

// parseStat reads /proc/PID/stat, whose second field is a name in brackets that
// may hold anything: proc(5).
func parseStat(text string) (pid, ppid int, rss int64, ok bool) {
	open, end := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return 0, 0, 0, false
	}
	fields := strings.Fields(text[end+1:])
	const fieldPPID, fieldRSS = 1, 21 // counted from the state, which is the third
	if len(fields) <= fieldRSS {
		return 0, 0, 0, false
	}
	pid, err1 := strconv.Atoi(strings.TrimSpace(text[:open]))
	ppid, err2 := strconv.Atoi(fields[fieldPPID])
	rss, err3 := strconv.ParseInt(fields[fieldRSS], 10, 64)
	return pid, ppid, rss, err1 == nil && err2 == nil && err3 == nil
}

// oomKills counts how often the kernel ended a process of this step for want of
// memory; zero where the step cannot see it.
func oomKills() int {
	data, err := os.ReadFile("/sys/fs/cgroup/memory.events")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if n, ok := strings.CutPrefix(line, "oom_kill "); ok {
			count, err := strconv.Atoi(strings.TrimSpace(n))
			if err != nil {
				return 0
			}
			return count
		}
	}
	return 0
}
