package docs_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/frontend/spec"
	"github.com/stretchr/testify/require"
)

const syntaxLine = "# syntax=org/modelbuild:1\n"

// TestExamplesParse checks every complete spec in the documentation, but for the
// bad and good ones on the pages of the rules, which TestRulePages checks.
func TestExamplesParse(t *testing.T) {
	found := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if b.lang != "yaml" || !strings.HasPrefix(b.text, syntaxLine) || b.has("bad") || b.has("good") {
				continue
			}
			found++
			require.Empty(t, render(t, b.text), "%s:%d", p.name, b.line)
		}
	}
	require.GreaterOrEqual(t, found, 10)
}

// TestReferenceExamples checks that each page of a stanza has a complete
// example that uses the stanza.
func TestReferenceExamples(t *testing.T) {
	for _, stanza := range []string{"model", "data", "features", "split", "train", "evaluate", "image"} {
		key := map[string]string{"model": "description"}[stanza]
		if key == "" {
			key = stanza
		}
		uses := false
		for _, b := range read(t, "docs/reference/"+stanza+".md").blocks {
			uses = uses || strings.HasPrefix(b.text, syntaxLine) && strings.Contains(b.text, "\n"+key+":")
		}
		require.True(t, uses, "docs/reference/%s.md has no complete example with %s:", stanza, key)
	}
}

// TestExampleIsVerbatim keeps the example in README and guide equal to the file
// that is built.
func TestExampleIsVerbatim(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(repository(t), "examples/penguins/model.yaml"))
	require.NoError(t, err)
	for _, file := range []string{"README.md", "docs/guide.md"} {
		generated(t, file, "examples/penguins/model.yaml", "```yaml\n"+string(text)+"```\n")
	}
}

var keyRow = regexp.MustCompile("^\\| `([a-z_.<>]+)` \\|")

// documentedKeys are the first cells of the tables headed Key.
func documentedKeys(p *page) []string {
	var out []string
	inside := false
	for _, line := range p.prose {
		inside = strings.HasPrefix(line, "|") && (inside || strings.HasPrefix(line, "| Key |"))
		if m := keyRow.FindStringSubmatch(line); inside && m != nil {
			out = append(out, m[1])
		}
	}
	return out
}

// TestEveryKeyIsDocumented compares the tables of keys in the reference with
// the keys that the parser takes, both ways.
func TestEveryKeyIsDocumented(t *testing.T) {
	documented := map[string]bool{}
	for _, p := range pages(t) {
		if strings.HasPrefix(p.name, "docs/reference/") {
			for _, key := range documentedKeys(p) {
				documented[key] = true
			}
		}
	}
	keys := map[string]bool{"args": true, "include": true, "targets": true} // gone before the model is decoded
	collectKeys(reflect.TypeFor[spec.Arg](), "args.<name>.", keys)
	collectKeys(reflect.TypeFor[spec.Model](), "", keys)
	for key := range keys {
		require.True(t, documented[key], "no table in docs/reference has a row for `%s`", key)
	}
	for key := range documented {
		require.True(t, keys[key], "docs/reference documents `%s`, which is no key", key)
	}
}

// collectKeys lists the keys below a type, such as data.<name>.source.
func collectKeys(typ reflect.Type, prefix string, into map[string]bool) {
	for _, f := range reflect.VisibleFields(typ) {
		key, _, _ := strings.Cut(f.Tag.Get("key"), ",")
		if key == "" {
			continue
		}
		key = prefix + key
		into[key] = true
		if entries, ok := f.Type.FieldByName("Entries"); ok {
			element, _ := entries.Type.Elem().FieldByName("Value")
			collectKeys(element.Type, key+".<name>.", into)
			continue
		}
		if f.Type.Kind() == reflect.Struct {
			collectKeys(f.Type, key+".", into)
		}
	}
}
