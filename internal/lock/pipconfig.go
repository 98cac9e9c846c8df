package lock

import (
	"os"
	"path/filepath"
	"strings"
)

// pipIndexes are the indexes that pip on this machine would ask: of the
// environment, else of its configuration files. Where neither names one there is
// none: which host a build trusts is the user's to say.
func pipIndexes(lookup func(string) (string, bool)) []string {
	env := func(name string) string {
		if lookup == nil {
			return ""
		}
		v, _ := lookup(name)
		return v
	}
	main, extra := env("PIP_INDEX_URL"), strings.Fields(env("PIP_EXTRA_INDEX_URL"))
	for _, file := range pipFiles(env) {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		settings := pipSettings(string(data))
		if main == "" {
			main = settings["index-url"]
		}
		if len(extra) == 0 {
			extra = strings.Fields(settings["extra-index-url"])
		}
	}
	if main == "" {
		return extra
	}
	return append([]string{main}, extra...)
}

// pipFiles are pip's configuration files, the strongest first.
func pipFiles(env func(string) string) []string {
	if file := env("PIP_CONFIG_FILE"); file != "" {
		return []string{file}
	}
	config := env("XDG_CONFIG_HOME")
	home := env("HOME")
	if config == "" && home != "" {
		config = filepath.Join(home, ".config")
	}
	var out []string
	if venv := env("VIRTUAL_ENV"); venv != "" {
		out = append(out, filepath.Join(venv, "pip.conf"))
	}
	if config != "" {
		out = append(out, filepath.Join(config, "pip", "pip.conf"))
	}
	if home != "" {
		out = append(out, filepath.Join(home, ".pip", "pip.conf"))
	}
	return append(out, "/etc/xdg/pip/pip.conf", "/etc/pip.conf")
}

// pipSettings reads the sections global and install, the latter first.
func pipSettings(text string) map[string]string {
	out := map[string]string{}
	section, key := "", ""
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';':
			continue
		case trimmed[0] == '[':
			section, key = strings.Trim(trimmed, "[]"), ""
			continue
		case (line[0] == ' ' || line[0] == '\t') && key != "":
			out[key] += " " + trimmed // a value that goes on
			continue
		}
		name, value, ok := strings.Cut(trimmed, "=")
		name = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "_", "-")
		_, there := out[name]
		if key = ""; ok && (section == "install" || section == "global" && !there) {
			key, out[name] = name, strings.TrimSpace(value)
		}
	}
	return out
}
