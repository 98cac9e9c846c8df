package main

import (
	"fmt"
	"io"
	"time"

	"github.com/modelbuild/modelbuild/train"
)

// progressInterval keeps progress to ten lines a second.
const progressInterval = 100 * time.Millisecond

// progress prints the state of training in plain lines. The clock is only for
// display.
type progress struct {
	w           io.Writer
	now         func() time.Time
	start, last time.Time
	skipped     *train.Progress // the newest state not printed
}

func newProgress(w io.Writer, now func() time.Time) *progress {
	return &progress{w: w, now: now, start: now()}
}

// show prints p, unless the line before is too recent.
func (pr *progress) show(p train.Progress) {
	t := pr.now()
	if !pr.last.IsZero() && t.Sub(pr.last) < progressInterval {
		pr.skipped = &p
		return
	}
	pr.print(p, t)
}

// done prints the last state, if it was not.
func (pr *progress) done() {
	if pr.skipped != nil {
		pr.print(*pr.skipped, pr.now())
	}
}

func (pr *progress) print(p train.Progress, t time.Time) {
	pr.last, pr.skipped = t, nil
	fmt.Fprintf(pr.w, "train  iter %d  loss %.4f  grad %.1e  %.1fs\n", p.Iteration, p.Loss, p.Gradient, t.Sub(pr.start).Seconds())
}
