package table

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
)

func TestReadPassesErrorsOn(t *testing.T) {
	failure := errors.New("disk on fire")
	_, err := Read("d", iotest.ErrReader(failure), Options{})
	require.ErrorIs(t, err, failure)
	var ps job.Problems
	require.False(t, errors.As(err, &ps), "an error of the machine is not a mistake of the user")
	_, err = Open(context.Background(), job.Dataset{Name: "d", Path: t.TempDir() + "/none", Format: "csv"}, Options{})
	require.ErrorContains(t, err, "open dataset d")
}

func TestNearest(t *testing.T) {
	columns := []string{"species", "island", "bill_length_mm", "bill_depth_mm", "x"}
	cases := map[string][]string{
		"Species":        {`"species"`},
		"bill_lenght_mm": {`"bill_length_mm"`, `"bill_depth_mm"`},
		"q":              nil,
		"weather":        nil,
	}
	for name, want := range cases {
		require.Equal(t, want, nearest(name, columns), name)
	}
	require.Equal(t, "its columns are species, island, bill_length_mm, bill_depth_mm, x", hint("weather", columns))
	require.Contains(t, hint("q", slices.Repeat([]string{"column"}, 20)), "the first of its 20 columns")
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"größe", "grosse", 3}, {"ab", "ba", 2}} {
		require.Equal(t, c.want, distance(c.a, c.b), "%s %s", c.a, c.b)
		require.Equal(t, c.want, distance(c.b, c.a), "%s %s", c.b, c.a)
	}
}

func TestExcerpt(t *testing.T) {
	long := Excerpt(strings.Repeat("ü", 100))
	require.True(t, utf8.ValidString(long))
	require.Equal(t, strings.Repeat("ü", 30)+"…", long)
	require.Equal(t, "short", Excerpt("short"))
}

func TestOpenChecksTheDigestFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "train.csv")
	text := []byte("a,y\n1,x\n2\n") // ragged: the digest comes before what the rows say
	require.NoError(t, os.WriteFile(path, text, 0o644))
	d := job.Dataset{Name: "train", Path: path, Format: "csv", Digest: fmt.Sprintf("sha256:%x", sha256.Sum256([]byte("other")))}
	_, err := Open(context.Background(), d, Options{})
	var ps job.Problems
	require.ErrorAs(t, err, &ps)
	require.Equal(t, job.CodeDigest, ps[0].Code)
	require.Equal(t, "data.train.digest", ps[0].Field)
	require.Equal(t, fmt.Sprintf("sha256:%x", sha256.Sum256(text)), ps[0].Excerpt)

	require.NoError(t, os.WriteFile(path, []byte("a,y\n1,x\n"), 0o644))
	d.Digest = fmt.Sprintf("sha256:%x", sha256.Sum256([]byte("a,y\n1,x\n")))
	table, err := Open(context.Background(), d, Options{})
	require.NoError(t, err)
	require.Equal(t, 1, table.Rows())
}
