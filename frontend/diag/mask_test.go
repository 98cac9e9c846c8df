package diag_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/frontend/diag"
)

// TestSecretsAreBlottedOut shows a diagnostic beside a secret, on its line and on
// the line above.
func TestSecretsAreBlottedOut(t *testing.T) {
	text := "a: {key: \"größe-1\", b: 1}\nkey: |\n  line one\n  line two\nc: 2\n"
	src := diag.Sources{"f": []byte(text)}
	var l diag.List
	for _, at := range []diag.Span{
		{File: "f", Start: position(1, 10), End: position(1, 19)},
		{File: "f", Start: position(2, 6), End: position(4, 11)},
	} {
		l.Warn("MB6004", at, "", "a secret").Sensitive = true
	}
	l.Add(diag.BadValue, diag.Span{File: "f", Start: position(1, 24), End: position(1, 25)}, "", "beside it")
	l.Add(diag.BadValue, diag.Span{File: "f", Start: position(5, 4), End: position(5, 5)}, "", "below it")

	require.Equal(t, "a: {key: *********, b: 1}\nkey: *\n**********\n**********\nc: 2\n", string(src.Masked(l)["f"]))
	require.Equal(t, text, string(src["f"]), "the sources themselves stay as they are")
	var out bytes.Buffer
	require.NoError(t, diag.Render(&out, src, l))
	require.NotContains(t, out.String(), "größe")
	require.NotContains(t, out.String(), "line")
	require.Contains(t, out.String(), "   1 | a: {key: *********, b: 1}\n     |                        ^\n")
}

// TestOtherLineBreaks blots out all of a file in which YAML counts more lines.
func TestOtherLineBreaks(t *testing.T) {
	for _, text := range []string{"a: 1\rb: secret\n", "a: 1\u2028b: secret\nc: x"} {
		src := diag.Sources{"f": []byte(text)}
		got := src.Masked(diag.List{{Sensitive: true, Span: diag.Span{File: "f", Start: position(2, 4), End: position(2, 10)}}})
		require.NotContains(t, string(got["f"]), "secret")
	}
}

func TestMaskTakesAnySpan(t *testing.T) {
	src := diag.Sources{"f": []byte("a\r\nb")}
	for _, at := range []diag.Span{
		{File: "f", Start: position(9, 9), End: position(9, 10)},
		{File: "f", Start: position(1, 5), End: position(7, 1)},
		{File: "f", Start: position(2, 1)},
		{File: "absent", Start: position(1, 1)},
	} {
		got := src.Masked(diag.List{{Sensitive: true, Span: at}})
		require.Len(t, got["f"], 4, "%v", at)
	}
}
