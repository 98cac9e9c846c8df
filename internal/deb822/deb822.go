// Package deb822 reads the format of Debian's control files, and of apt's sources: paragraphs of fields; see deb822(5).
package deb822

import "strings"

// Fields are the fields of a paragraph by their names in lower case. The lines of a longer value are as they are in the
// file, with the space that each but the first begins with. Of two fields with one name it is the last.
type Fields map[string]string

// Parse reads the paragraphs of a text. Lines that are neither a field nor go on with one are left out, as comments are.
func Parse(text string) []Fields {
	var out []Fields
	var fields Fields
	name := ""
	for line := range strings.Lines(text) {
		switch line = strings.TrimRight(line, " \t\r\n"); {
		case strings.HasPrefix(line, "#"):
		case line == "":
			fields, name = nil, ""
		case line[0] == ' ' || line[0] == '\t':
			if name != "" {
				fields[name] += "\n" + line
			}
		default:
			key, value, ok := strings.Cut(line, ":")
			if !ok {
				continue
			}
			if fields == nil {
				fields = Fields{}
				out = append(out, fields)
			}
			name = strings.ToLower(strings.TrimSpace(key))
			fields[name] = strings.TrimSpace(value)
		}
	}
	return out
}
