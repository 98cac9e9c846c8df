package program

import (
	"bytes"
	"strings"
	"sync"
)

// Bounds of what is shown of a program that failed.
const (
	tailLines = 12
	tailBytes = 4 << 10
)

// tail keeps the end of what a program prints.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if over := len(t.buf) - 2*tailBytes; over > 0 {
		t.buf = append(t.buf[:0], t.buf[over:]...)
	}
	return len(p), nil
}

// lines are the last lines, without those that a carriage return has overwritten.
func (t *tail) lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for line := range bytes.SplitSeq(bytes.TrimRight(t.buf, "\r\n"), []byte("\n")) {
		line = bytes.TrimRight(line, "\r")
		line = line[bytes.LastIndexByte(line, '\r')+1:]
		out = append(out, strings.ToValidUTF8(string(line), "\uFFFD"))
	}
	out = out[max(0, len(out)-tailLines):]
	for i, size := len(out)-1, 0; i >= 0; i-- {
		if size += len(out[i]); size > tailBytes {
			return out[i+1:]
		}
	}
	return out
}
