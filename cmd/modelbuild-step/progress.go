package main

import (
	"fmt"
	"io"
	"math"
	"time"
)

// progressInterval keeps progress to ten lines a second.
const progressInterval = 100 * time.Millisecond

// progress prints the state of training in plain lines. The clock is only for
// display.
type progress struct {
	w           io.Writer
	now         func() time.Time
	start, last time.Time
	skipped     *state // the newest state not printed
}

// state is how far a fit is: see [learn.Progress].
type state struct {
	done, total int
	loss        float64
}

func newProgress(w io.Writer, now func() time.Time) *progress {
	return &progress{w: w, now: now, start: now()}
}

// show prints a state, unless the line before is too recent.
func (pr *progress) show(done, total int, loss float64) {
	t, st := pr.now(), state{done, total, loss}
	if !pr.last.IsZero() && t.Sub(pr.last) < progressInterval {
		pr.skipped = &st
		return
	}
	pr.print(st, t)
}

// done prints the last state, if it was not.
func (pr *progress) done() {
	if pr.skipped != nil {
		pr.print(*pr.skipped, pr.now())
	}
}

func (pr *progress) print(s state, t time.Time) {
	pr.last, pr.skipped = t, nil
	line := fmt.Sprintf("train  iter %d", s.done)
	if s.total > 0 {
		line += fmt.Sprintf(" of %d", s.total)
	}
	if !math.IsNaN(s.loss) {
		line += fmt.Sprintf("  loss %.4f", s.loss)
	}
	fmt.Fprintf(pr.w, "%s  %.1fs\n", line, t.Sub(pr.start).Seconds())
}
