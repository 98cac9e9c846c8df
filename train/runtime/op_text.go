package runtime

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// buildStringNormalizer makes the operator StringNormalizer as far as its
// result does not depend on a platform's locales: the case of ASCII letters,
// which is what the locale C knows, and no stop words.
func buildStringNormalizer(n *node) (*kernel, error) {
	if err := n.wantOf(String, 0); err != nil {
		return nil, err
	}
	change, locale := n.text("case_change_action", "NONE"), n.text("locale", "")
	n.flag("is_case_sensitive", false) // of the stop words
	if n.has("stopwords") {
		return nil, errors.New("stopwords are not supported")
	}
	convert := func(s string) string { return s }
	switch {
	case change == "NONE":
	case change == "LOWER" && locale == "C":
		convert = func(s string) string { return changeCase(s, 'A', 'Z') }
	case change == "UPPER" && locale == "C":
		convert = func(s string) string { return changeCase(s, 'a', 'z') }
	default:
		return nil, fmt.Errorf("case_change_action %q in the locale %q is not supported", change, locale)
	}
	k := unary(String, func([]string, []string) {})
	k.shape = func(in, out []*Tensor) error {
		if len(in[0].Dims) != 1 {
			return fmt.Errorf("dimensions %v in place of one", in[0].Dims)
		}
		return sameShape(in, out)
	}
	k.run = func(in, out []*Tensor, _ *scratch) error {
		for i, s := range in[0].Strings {
			if !utf8.ValidString(s) {
				return fmt.Errorf("element %d is not UTF-8", i)
			}
			out[0].Strings[i] = convert(s)
		}
		return nil
	}
	return k, nil
}

// changeCase flips the case of the letters between two.
func changeCase(s string, from, to byte) string {
	changes := func(c byte) bool { return from <= c && c <= to }
	for i := range len(s) {
		if changes(s[i]) {
			b := []byte(s)
			for j := i; j < len(b); j++ {
				if changes(b[j]) {
					b[j] ^= 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// buildStringSplit makes the operator StringSplit: each text's parts, filled up
// with empty ones to the largest number that a text has, and their numbers.
func buildStringSplit(n *node) (*kernel, error) {
	if err := n.wantOf(String, 0); err != nil {
		return nil, err
	}
	sp := splitter{delimiter: n.text("delimiter", ""), most: n.int("maxsplit", -1)}
	if sp.most < 0 {
		sp.most = maxElements
	}
	return &kernel{types: []Type{String, Int64}, shape: sp.shape, rows: first, run: sp.run, ragged: sp.abstract}, nil
}

type splitter struct {
	delimiter string
	most      int64 // splits
}

// abstract stands for shape where the texts are not known.
func (sp splitter) abstract(in, out []*Tensor) {
	out[0].setDims(in[0].Dims...)
	out[0].Dims = append(out[0].Dims, 1)
	out[1].setDims(in[0].Dims...)
}

func (sp splitter) shape(in, out []*Tensor) error {
	if in[0].Strings == nil {
		return errUnknown
	}
	most := 0
	for _, s := range in[0].Strings {
		n := 0
		sp.split(s, func(string) { n++ })
		most = max(most, n)
	}
	sp.abstract(in, out)
	out[0].Dims[len(in[0].Dims)] = most
	return nil
}

func (sp splitter) run(in, out []*Tensor, _ *scratch) error {
	width := out[0].Dims[len(in[0].Dims)]
	for i, s := range in[0].Strings {
		row := out[0].Strings[i*width : (i+1)*width]
		n := 0
		sp.split(s, func(part string) {
			row[n] = part
			n++
		})
		clear(row[n:])
		out[1].Ints[i] = int64(n)
	}
	return nil
}

// split calls f for each part. Without a delimiter, parts stand between any
// number of spaces.
func (sp splitter) split(s string, f func(part string)) {
	if sp.delimiter == "" {
		s = strings.Trim(s, " ")
	}
	if s == "" {
		return
	}
	by := sp.delimiter
	if by == "" {
		by = " "
	}
	for n := int64(0); n < sp.most; n++ {
		part, rest, found := strings.Cut(s, by)
		if !found {
			break
		}
		f(part)
		s = rest
		if sp.delimiter == "" {
			s = strings.TrimLeft(s, " ")
		}
	}
	f(s)
}
