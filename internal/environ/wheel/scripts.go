package wheel

import (
	"strings"
	"unicode/utf8"

	"github.com/modelbuild/modelbuild/internal/environ/refusal"
)

// scripts looks at entry_points.txt: an installer writes a program of each name in these two sections, below the
// environment's folder of programs.
func (f *file) scripts(text string) error {
	name := f.info + "entry_points.txt"
	// Python ends a line at more characters than newlines.
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool {
		return isControl(r) && r != '\t' && r != '\n' && r != '\r' || r >= 0x80 && r <= 0x9f || r == '\u2028' || r == '\u2029'
	}) {
		return refusal.New(name, "has characters that no text has")
	}
	programs := false
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]") {
			section := strings.ToLower(strings.Trim(line, "[] \t"))
			programs = section == "console_scripts" || section == "gui_scripts"
			continue
		}
		script, _, ok := strings.Cut(line, "=")
		if script = strings.TrimSpace(script); !programs || !ok || strings.HasPrefix(line, "#") {
			continue
		}
		if script == "" || script == "." || script == ".." || strings.ContainsAny(script, `/\`) {
			return refusal.New(name, "asks for a program %q, outside of the folder of programs", refusal.Shortened(script))
		}
	}
	return nil
}
