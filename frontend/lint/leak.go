package lint

import (
	"slices"
	"strings"
	"unicode"

	"github.com/modelbuild/modelbuild/train/job"
)

// derived are the words that make a column's name one of a copy of another column,
// as in species_code.
var derived = []string{
	"id", "code", "codes", "label", "labels", "name", "class", "cat", "category", "index", "idx", "enc", "encoded",
	"encoding", "num", "number", "numeric", "int", "str", "text", "copy", "raw", "orig", "original", "true", "pred",
	"predicted", "prediction", "proba", "target", "is", "has", "binary", "bin", "onehot", "dummy",
}

// checkLeak finds the target, or a copy of it by its name, among the features.
func checkLeak(c *Context) {
	f := c.Model.Features
	if !f.Target.Set {
		return
	}
	var excluded, seen []string
	for _, x := range f.Exclude.Items {
		excluded = append(excluded, x.V)
	}
	for _, e := range f.Columns.Entries {
		seen = append(seen, e.Key)
		switch {
		case e.Key == f.Target.V:
			c.warn(e.KeyAt, "take it out; the target is read as it is", "features.columns.%s is the target, which is not a feature", e.Key)
		case copyOf(f.Target.V, e.Key) && !slices.Contains(excluded, e.Key):
			c.leak(e.Key)
		}
	}
	if c.Columns == nil {
		return
	}
	for _, name := range c.Columns(job.DatasetTrain) {
		if name != f.Target.V && copyOf(f.Target.V, name) && !slices.Contains(excluded, name) && !slices.Contains(seen, name) {
			c.leak(name)
		}
	}
}

func (c *Context) leak(name string) {
	at := c.Model.At("features.target")
	for _, e := range c.Model.Features.Columns.Entries {
		if e.Key == name {
			at = e.KeyAt
		}
	}
	c.warn(at, "if it is, exclude it: exclude: ["+name+"]", "the column %s looks like a copy of the target %s: a model that sees it learns nothing else", name, c.Model.Features.Target.V)
}

// copyOf reports whether a column is named after the target with words around it
// that say it is the same thing in another form.
func copyOf(target, column string) bool {
	t := words(target)
	if len(strings.Join(t, "")) < 2 || !strings.Contains(strings.ToLower(column), t[0]) {
		return false
	}
	w := words(column)
	for i := 0; i+len(t) <= len(w); i++ {
		if !slices.Equal(w[i:i+len(t)], t) {
			continue
		}
		rest := slices.Concat(w[:i], w[i+len(t):])
		return !slices.ContainsFunc(rest, func(word string) bool {
			return !slices.Contains(derived, word) && strings.Trim(word, "0123456789") != ""
		})
	}
	return false
}

// words splits a name at punctuation, at capitals, and between letters and digits.
func words(name string) []string {
	var out []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			out = append(out, strings.ToLower(string(word)))
		}
		word = nil
	}
	var prev rune
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end()
			prev = r
			continue
		case unicode.IsUpper(r) && unicode.IsLower(prev), unicode.IsDigit(r) != unicode.IsDigit(prev):
			end()
		}
		word = append(word, r)
		prev = r
	}
	end()
	return out
}
