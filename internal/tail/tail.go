// Package tail keeps the end of what a program prints, to show when it fails.
package tail

import (
	"bytes"
	"sync"
)

// Writer keeps the last Max bytes that are written to it, by any number of goroutines.
type Writer struct {
	Max int

	mu  sync.Mutex
	buf []byte
}

// Write never fails.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buf = append(w.buf, p...)
	if extra := len(w.buf) - w.Max; extra > 0 {
		w.buf = append(w.buf[:0], w.buf[extra:]...)
	}
	return len(p), nil
}

// Bytes is a copy of what is kept.
func (w *Writer) Bytes() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return bytes.Clone(w.buf)
}
