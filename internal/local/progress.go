package local

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// How often progress is shown: a terminal line is redrawn, a log gets a line.
const (
	drawEvery = 100 * time.Millisecond
	logEvery  = 2 * time.Second
	barWidth  = 30
)

// Progress shows how far a fit is: on a terminal one line that changes, with a bar
// and the time that is left; else a line now and then.
type Progress struct {
	w        io.Writer
	terminal bool
	now      func() time.Time
	start    time.Time
	shown    time.Time
	drawn    bool   // a terminal line is there to be cleared
	of       string // what is counted
}

// NewProgress writes to w, which terminal says is one.
func NewProgress(w io.Writer, terminal bool) *Progress {
	return &Progress{w: w, terminal: terminal, now: time.Now}
}

// Trials shows how many of a sweep are done.
func (p *Progress) Trials(done, total int) { p.show("trial", done, total, math.NaN()) }

// Show is a [learn.Progress].
func (p *Progress) Show(done, total int, loss float64) { p.show("train", done, total, loss) }

func (p *Progress) show(of string, done, total int, loss float64) {
	if p.of != of {
		p.of, p.start, p.shown = of, time.Time{}, time.Time{}
	}
	t := p.now()
	every := logEvery
	if p.terminal {
		every = drawEvery
	}
	if p.start.IsZero() {
		p.start = t
	}
	if !p.shown.IsZero() && t.Sub(p.shown) < every {
		return
	}
	p.shown = t
	line := p.line(done, total, loss, t.Sub(p.start))
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%s", line)
		p.drawn = true
		return
	}
	fmt.Fprintln(p.w, line)
}

// Done clears the terminal's line.
func (p *Progress) Done() {
	if p.drawn {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.drawn = false
	}
}

func (p *Progress) line(done, total int, loss float64, passed time.Duration) string {
	var b strings.Builder
	b.WriteString(p.of + "  ")
	if total > 0 && p.terminal {
		n := barWidth * min(done, total) / total
		fmt.Fprintf(&b, "[%s%s] ", strings.Repeat("=", n), strings.Repeat(" ", barWidth-n))
	}
	fmt.Fprintf(&b, "%d", done)
	if total > 0 {
		fmt.Fprintf(&b, " of %d", total)
	}
	if !math.IsNaN(loss) {
		fmt.Fprintf(&b, "  loss %.4f", loss)
	}
	fmt.Fprintf(&b, "  %s", passed.Round(100*time.Millisecond))
	if left := remaining(done, total, passed); left > 0 {
		fmt.Fprintf(&b, ", %s left", left.Round(time.Second))
	}
	return b.String()
}

// remaining supposes that the rest goes as fast as what is done.
func remaining(done, total int, passed time.Duration) time.Duration {
	if done <= 0 || total <= done {
		return 0
	}
	return time.Duration(float64(passed) * float64(total-done) / float64(done))
}
