package deb822_test

import (
	"strings"
	"testing"

	"github.com/modelbuild/modelbuild/internal/deb822"
	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	for text, want := range map[string][]deb822.Fields{
		"":                                 nil,
		"\n \n# Types: deb\n":              nil,
		"no field\n goes: on\n":            nil,
		"Package: hello\nVersion:1\r\n":    {{"package": "hello", "version": "1"}},
		"A: 1\n\n\nB: 2\n \t\nC: 3":        {{"a": "1"}, {"b": "2"}, {"c": "3"}},
		"A: 1\nno field\n more\n":          {{"a": "1\n more"}},
		"A: 1\na:  2 \n":                   {{"a": "2"}},
		"Depends: a,\n b:any,\n# c,\n\td":  {{"depends": "a,\n b:any,\n\td"}},
		"Signed-By:\n -----BEGIN\n .\n \n": {{"signed-by": "\n -----BEGIN\n ."}},
		"URIs: https://mirror.example/a":   {{"uris": "https://mirror.example/a"}},
	} {
		require.Equal(t, want, deb822.Parse(text), "%q", text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("Package: hello\nDepends: a,\n b\n\n# c\nX: y\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, fields := range deb822.Parse(text) {
			require.NotEmpty(t, fields)
			for name, value := range fields {
				require.Equal(t, strings.ToLower(name), name)
				require.NotContains(t, value, "\n\n")
			}
		}
	})
}
