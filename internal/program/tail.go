package program

import (
	"bytes"
	"strings"
)

// Bounds of what is shown of a program that failed.
const (
	tailLines = 12
	tailBytes = 4 << 10
)

// lastLines are the last lines of what a program printed, without those that a carriage return has overwritten.
func lastLines(text []byte) []string {
	var out []string
	for line := range bytes.SplitSeq(bytes.TrimRight(text, "\r\n"), []byte("\n")) {
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
