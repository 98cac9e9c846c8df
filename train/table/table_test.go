package table

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
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

func TestRead(t *testing.T) {
	const data = "\xef\xbb\xbfa,\"b \"\"x\"\"\"\r\n1,\"two\nlines\"\r\n\r\n ü ,NA\n"
	tab, err := Read("d", strings.NewReader(data))
	require.NoError(t, err)
	sum := sha256.Sum256([]byte(data))
	require.Equal(t, &Table{
		Name: "d", SHA256: hex.EncodeToString(sum[:]), Size: int64(len(data)),
		Columns: []Column{{"a", []string{"1", " ü "}}, {`b "x"`, []string{"two\nlines", "NA"}}},
		Lines:   []int{2, 5},
	}, tab)
	require.Equal(t, 2, tab.Rows())
	_, ok := tab.Column("b")
	require.False(t, ok)
}

func TestReadPassesErrorsOn(t *testing.T) {
	failure := errors.New("disk on fire")
	_, err := Read("d", iotest.ErrReader(failure))
	require.ErrorIs(t, err, failure)
	var ps job.Problems
	require.False(t, errors.As(err, &ps), "an error of the machine is not a mistake of the user")
	_, err = Open(job.Dataset{Name: "d", Path: t.TempDir() + "/none", Format: "csv"})
	require.ErrorContains(t, err, "open dataset d")
}

func TestNumber(t *testing.T) {
	good := map[string]float64{"1": 1, "-1.5": -1.5, "+2e3": 2000, " 7 ": 7, //nolint:gocritic // spaces around a number are allowed
		".5": 0.5, "1e-400": 0, "1e400": math.Inf(1), "0": 0}
	for text, want := range good {
		got, ok := Number(text)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", " ", "x", "0x1p3", "1_000", "Inf", "-infinity", "nan", "1,5", "1 2", "--1", "e5", "١", "\t1"} {
		_, ok := Number(text)
		require.False(t, ok, "%q", text)
	}
}

func TestMissing(t *testing.T) {
	for _, text := range MissingValues() {
		require.True(t, Missing(text), "%q", text)
	}
	for _, text := range []string{"0", "na", "None", " ", "-"} {
		require.False(t, Missing(text), "%q", text)
	}
	require.True(t, slices.IsSorted(MissingValues()))
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

// FuzzRead checks that any bytes give either a table whose columns all have
// one cell a row, or an error that says why.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"", "a\n", "a,b\n1,2\n", "a,a\n", "a,b\n1\n", "a\n\"x", "a\n\"x\"y\"\n", "\xff\n", "\xef\xbb\xbfa\n1\n",
		"a,b\r\n\"1\n2\",3\r\n", "a\n\x00\n", "\n\n\n", ",\n,\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tab, err := Read("d", strings.NewReader(string(data)))
		if err != nil {
			var ps job.Problems
			require.ErrorAs(t, err, &ps)
			require.NotEmpty(t, ps)
			for _, p := range ps {
				require.True(t, p.Code != "" && p.Message != "" && p.Dataset == "d", "%+v", p)
				require.True(t, utf8.ValidString(p.String()), "%q", p.String())
			}
			return
		}
		require.NotZero(t, tab.Rows())
		require.True(t, slices.IsSorted(tab.Lines))
		require.Equal(t, int64(len(data)), tab.Size)
		for _, c := range tab.Columns {
			require.Len(t, c.Cells, tab.Rows())
		}
	})
}

func TestOpenChecksTheDigestFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "train.csv")
	text := []byte("a,y\n1,x\n2\n") // ragged: the digest comes before what the rows say
	require.NoError(t, os.WriteFile(path, text, 0o644))
	d := job.Dataset{Name: "train", Path: path, Format: "csv", Digest: fmt.Sprintf("sha256:%x", sha256.Sum256([]byte("other")))}
	_, err := Open(d)
	var ps job.Problems
	require.ErrorAs(t, err, &ps)
	require.Equal(t, job.CodeDigest, ps[0].Code)
	require.Equal(t, "data.train.digest", ps[0].Field)
	require.Equal(t, fmt.Sprintf("sha256:%x", sha256.Sum256(text)), ps[0].Excerpt)

	require.NoError(t, os.WriteFile(path, []byte("a,y\n1,x\n"), 0o644))
	d.Digest = fmt.Sprintf("sha256:%x", sha256.Sum256([]byte("a,y\n1,x\n")))
	table, err := Open(d)
	require.NoError(t, err)
	require.Equal(t, 1, table.Rows())
}
