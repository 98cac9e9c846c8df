package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	lookFor  = 150 * time.Millisecond // how long the machine is watched before a build
	calmFrom = 0.15                   // cores in use, below which it counts as quiet
)

// quiet waits for a machine on which little else runs, for a limited time in all.
type quiet struct{ left time.Duration }

// wait also lets the daemon finish what it does after a build. When no time is left it only does that.
func (q *quiet) wait(ctx context.Context) error {
	for {
		before, err := busy()
		if err != nil {
			return err
		}
		start := time.Now()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lookFor):
		}
		after, err := busy()
		if err != nil {
			return err
		}
		spent := time.Since(start)
		if q.left <= 0 || float64(after-before)/float64(spent) < calmFrom {
			return nil
		}
		q.left -= spent
	}
}

// busy is the time that all cores have spent working since boot: user, nice, system, irq and softirq of /proc/stat.
func busy() (time.Duration, error) {
	f, err := os.Open("/proc/stat")
	if err != nil {
		return 0, fmt.Errorf("read processor times: %w", err)
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	if !s.Scan() {
		return 0, errors.Join(errors.New("read processor times: /proc/stat is empty"), s.Err())
	}
	fields := strings.Fields(s.Text())
	var ticks int64
	for _, i := range []int{1, 2, 3, 6, 7} {
		if i >= len(fields) {
			return 0, fmt.Errorf("read processor times: %q", s.Text())
		}
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read processor times: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * tick, nil
}
