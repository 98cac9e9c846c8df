package lock

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/modelbuild/modelbuild/internal/deb822"
)

// aptSource is a stanza of apt's sources: where an archive is and which keys sign
// it. See sources.list(5).
type aptSource struct {
	uris, suites, components []string
	signedBy                 string // a path, fingerprints, or a key block of several lines
}

// debianKeys sign Debian's archives.
const debianKeys = "/usr/share/keyrings/debian-archive-keyring.gpg"

// pockets are the suites that belong to a release: its own and its updates.
func pockets(suite string) []string {
	return []string{suite, suite + "-updates", suite + "-security", suite + "/updates"}
}

// userSources reads the sources that apt on this machine is set up with.
func userSources(list, parts string) ([]aptSource, error) {
	var out []aptSource
	files, err := filepath.Glob(filepath.Join(parts, "*"))
	if err != nil {
		return nil, fmt.Errorf("list apt's sources: %w", err)
	}
	for _, file := range append([]string{list}, files...) {
		read := parseList
		switch filepath.Ext(file) {
		case ".list":
		case ".sources":
			read = parseDeb822
		default:
			continue
		}
		data, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read apt's sources: %w", err)
		}
		out = append(out, read(string(data))...)
	}
	return out, nil
}

// parseList reads the one-line format: deb [options] URI suite component...
func parseList(text string) []aptSource {
	var out []aptSource
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "deb ")
		if !ok {
			continue
		}
		var s aptSource
		rest = strings.TrimSpace(rest)
		if options, after, ok := strings.Cut(rest, "]"); ok && strings.HasPrefix(rest, "[") {
			for _, option := range strings.Fields(options[1:]) {
				if key, v, _ := strings.Cut(option, "="); strings.EqualFold(key, "signed-by") {
					s.signedBy = strings.ReplaceAll(v, ",", " ")
				}
			}
			rest = after
		}
		if f := strings.Fields(rest); len(f) >= 3 {
			s.uris, s.suites, s.components = f[:1], f[1:2], f[2:]
			out = append(out, s)
		}
	}
	return out
}

// parseDeb822 reads stanzas of fields.
func parseDeb822(text string) []aptSource {
	var out []aptSource
	for _, fields := range deb822.Parse(text) {
		s := aptSource{uris: strings.Fields(fields["uris"]), suites: strings.Fields(fields["suites"]),
			components: strings.Fields(fields["components"]), signedBy: fields["signed-by"]}
		enabled := strings.ToLower(strings.TrimSpace(fields["enabled"]))
		if enabled == "no" || enabled == "false" || !slices.Contains(strings.Fields(fields["types"]), "deb") || len(s.components) == 0 {
			continue
		}
		out = append(out, s)
	}
	return out
}

// forSuite keeps what belongs to a suite. Options that would let unsigned
// archives pass are not taken over.
func forSuite(all []aptSource, suite string) []aptSource {
	var out []aptSource
	for _, s := range all {
		s.suites = slices.DeleteFunc(slices.Clone(s.suites), func(name string) bool { return !slices.Contains(pockets(suite), name) })
		if len(s.suites) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// mirrored are the sources of a suite on mirrors: address by archive label, "" for
// the main one.
func mirrored(mirrors map[string]string, suite string) []aptSource {
	keys := ""
	if _, err := os.Stat(debianKeys); err == nil {
		keys = debianKeys
	}
	var out []aptSource
	for _, label := range slices.Sorted(maps.Keys(mirrors)) {
		s := aptSource{uris: []string{mirrors[label]}, suites: []string{suite}, components: []string{"main"}, signedBy: keys}
		if label != "" {
			s.suites = []string{suite + "-security"}
		}
		out = append(out, s)
	}
	return out
}

// sourcesFile writes sources as a file of apt's.
func sourcesFile(sources []aptSource) string {
	var b strings.Builder
	for _, s := range sources {
		fmt.Fprintf(&b, "Types: deb\nURIs: %s\nSuites: %s\nComponents: %s\n",
			strings.Join(s.uris, " "), strings.Join(s.suites, " "), strings.Join(s.components, " "))
		if s.signedBy != "" {
			fmt.Fprintf(&b, "Signed-By: %s\n", s.signedBy)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
