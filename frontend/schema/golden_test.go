package schema_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/modelbuild/modelbuild/frontend/diag"
)

const goldens = "../spec/testdata/*.txtar"

// shapes are the codes of mistakes in the shape of a file.
var shapes = []diag.Code{diag.UnknownKey, diag.WrongType, diag.MissingKey, diag.BadValue}

// TestGoldens sorts the goldens of package spec: a file with a mistake in its
// shape is refused, unless beyondSchema says why not, and one whose mistakes are
// all of other kinds is free to be either.
func TestGoldens(t *testing.T) {
	s := compile(t)
	files, err := filepath.Glob(goldens)
	require.NoError(t, err)
	seen := map[string]bool{}
	refused := 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		seen[name] = true
		ar, err := txtar.ParseFile(file)
		require.NoError(t, err)
		v, err := instance(t, ar.Files[0].Data)
		if err != nil {
			continue // not YAML
		}
		valid := s.Validate(v) == nil
		want := string(ar.Files[len(ar.Files)-1].Data)
		reason, beyond := beyondSchema[name]
		switch {
		case beyond:
			assert.True(t, valid, "%s is refused after all: %s", name, reason)
		case want == "":
			assert.NoError(t, s.Validate(v), name)
		case shapeMistake(want):
			refused++
			assert.False(t, valid, "the schema accepts %s; say in beyondSchema why it has to\n%s", name, want)
		}
	}
	require.Greater(t, refused, 40)
	for name := range beyondSchema {
		require.True(t, seen[name], "there is no golden %s", name)
	}
}

// shapeMistake reports whether an expected output has an error of shape.
func shapeMistake(want string) bool {
	return slices.ContainsFunc(shapes, func(c diag.Code) bool { return strings.Contains(want, " error "+string(c)+":") })
}

// beyondSchema are the goldens with a mistake of shape that no schema of one file
// can see.
var beyondSchema = map[string]string{
	"arg_used_as_text":       "the type of an argument is not that of its reference",
	"checkpoint_parts":       "one number is not divided by another",
	"date_as_text":           "YAML 1.2, which editors read, has no dates",
	"entrypoint":             "the first item of a list has a form of its own",
	"entrypoint_cmd":         "how an empty list is meant, and a byte in a text, is for the checks",
	"exec_conda_file":        "patterns have no negation",
	"exec_output_escape":     "patterns have no negation",
	"include_list":           "the mistake is in the included file",
	"sbom_empty":             "how an empty list is meant is for the checks",
	"sweep_too_many":         "numbers are not multiplied",
	"sweep_trials_exhausted": "numbers are not multiplied",
	"sweep_trials_whole":     "numbers are not subtracted",
	"sweep_range_order":      "two numbers are not compared",
}
