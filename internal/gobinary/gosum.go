package gobinary

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
)

// Sums are the sums that a go.sum has, by module and version.
type Sums map[string]string

// ParseSums reads a go.sum. Lines about go.mod files alone are passed over.
func ParseSums(text []byte) (Sums, error) {
	out := Sums{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) == 0:
			continue
		case len(fields) != 3 || !strings.HasPrefix(fields[2], "h1:"):
			return nil, fmt.Errorf("read go.sum: line %d is not MODULE VERSION h1:SUM", n)
		case strings.HasSuffix(fields[1], "/go.mod"):
			continue
		}
		key := fields[0] + "@" + fields[1]
		if have, ok := out[key]; ok && have != fields[2] {
			return nil, fmt.Errorf("read go.sum: line %d gives %s another sum than a line before", n, key)
		}
		out[key] = fields[2]
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read go.sum: %w", err)
	}
	return out, nil
}

// Check compares the modules of a program with a go.sum, and returns what is wrong, a text each.
func (s Sums) Check(b *Binary) []string {
	var wrong []string
	for _, d := range b.Deps {
		m := d.Used()
		key := m.Path + "@" + m.Version
		want, ok := s[key]
		switch {
		case m.Sum == "":
			wrong = append(wrong, m.Path+": the program has no sum of it, as of one that was replaced by a folder")
		case !ok:
			wrong = append(wrong, key+": not in go.sum")
		case want != m.Sum:
			wrong = append(wrong, fmt.Sprintf("%s: the program has %s, go.sum %s", key, m.Sum, want))
		}
	}
	return wrong
}
