package lock

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

// plainEvery is how often a plain log tells of a download that goes on.
const plainEvery = 5 * time.Second

// drawEvery is how often a terminal is redrawn.
const drawEvery = 100 * time.Millisecond

// Progress shows what is being resolved: on a terminal one line that changes, else
// a line for each input when it is done and now and then while it takes long. A
// nil Progress shows nothing.
type Progress struct {
	mu    sync.Mutex
	w     io.Writer
	tty   bool
	tasks []*task
	drawn time.Time
	done  int
}

// NewProgress writes to w, which tty says is a terminal.
func NewProgress(w io.Writer, tty bool) *Progress { return &Progress{w: w, tty: tty} }

// task is one input on its way.
type task struct {
	p     *Progress
	path  string
	name  string
	bytes int64
	size  int64 // -1 where it is not known
	told  time.Time
}

func (p *Progress) start(path, name string) *task {
	t := &task{p: p, path: path, name: shown(name), size: -1, told: time.Now()}
	if p == nil {
		return t
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tasks = append(p.tasks, t)
	p.draw(true)
	return t
}

// total says how many bytes there will be; -1 where that is not known.
func (t *task) total(n int64) {
	if t.p == nil {
		return
	}
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	t.size = n
}

// Write counts bytes.
func (t *task) Write(b []byte) (int, error) {
	p := t.p
	if p == nil {
		return len(b), nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	t.bytes += int64(len(b))
	if p.tty {
		p.draw(false)
	} else if time.Since(t.told) >= plainEvery {
		t.told = time.Now()
		fmt.Fprintf(p.w, "%s: %s %s\n", t.path, t.name, t.amount())
	}
	return len(b), nil
}

// end says what came of the input.
func (t *task) end(note string, err error) {
	p := t.p
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tasks = slices.DeleteFunc(p.tasks, func(other *task) bool { return other == t })
	p.done++
	if err != nil {
		note = "failed"
	}
	p.clear()
	fmt.Fprintln(p.w, strings.Join(strings.Fields(fmt.Sprintf("%s: %s %s %s", t.path, t.name, t.amount(), note)), " "))
	p.draw(true)
}

// note prints a line for people.
func (p *Progress) note(format string, args ...any) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	fmt.Fprintf(p.w, format+"\n", args...)
	p.draw(true)
}

func (t *task) amount() string {
	switch {
	case t.bytes == 0:
		return ""
	case t.size > t.bytes:
		return fmt.Sprintf("%s of %s", Bytes(t.bytes), Bytes(t.size))
	}
	return Bytes(t.bytes)
}

// clear empties the line that changes.
func (p *Progress) clear() {
	if p.tty {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

// draw shows the tasks on their way as one line with a bar.
func (p *Progress) draw(now bool) {
	if !p.tty || !now && time.Since(p.drawn) < drawEvery {
		return
	}
	p.drawn = time.Now()
	p.clear()
	if len(p.tasks) == 0 {
		return
	}
	var bytes, size int64
	for _, t := range p.tasks {
		bytes += t.bytes
		size += max(t.size, t.bytes)
	}
	const width = 20
	filled := int(width * bytes / max(cmp.Or(size, 1), 1))
	fmt.Fprintf(p.w, "[%s%s] %d done, %d under way, %s: %s", strings.Repeat("=", filled), strings.Repeat(" ", width-filled),
		p.done, len(p.tasks), Bytes(bytes), p.tasks[0].path)
}

// Bytes is a number of bytes for people.
func Bytes(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	v, i := float64(n), 0
	for v >= 1000 && i < len(units)-1 {
		v, i = v/1000, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", v, units[i])
}
