package table

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
)

// texts reads a dataset with every column as texts.
func texts(t *testing.T, data string) *Table {
	t.Helper()
	tab, err := Read("d", strings.NewReader(data), Options{Others: Text})
	require.NoError(t, err)
	return tab
}

func TestRead(t *testing.T) {
	const data = "\xef\xbb\xbfa,\"b \"\"x\"\"\"\r\n1,\"two\r\nlines\"\r\n\r\n ü ,NA\n"
	tab := texts(t, data)
	sum := sha256.Sum256([]byte(data))
	require.Equal(t, hex.EncodeToString(sum[:]), tab.SHA256)
	require.Equal(t, int64(len(data)), tab.Size)
	require.Equal(t, []Column{
		{Name: "a", Kind: Text, Codes: []int32{0, 1}, Values: []string{"1", " ü "}},
		{Name: `b "x"`, Kind: Text, Codes: []int32{0, -1}, Values: []string{"two\nlines"}, Missing: Cells{1, 1, "NA"}},
	}, tab.Columns)
	require.Equal(t, []int{2, 5}, []int{tab.Line(0), tab.Line(1)})
	require.Equal(t, 2, tab.Rows())
	_, ok := tab.Column("b")
	require.False(t, ok)
	require.Equal(t, " ü ", tab.Columns[0].Text(1))
	require.Empty(t, tab.Columns[1].Text(1))
}

func TestReadKinds(t *testing.T) {
	const data = "f,g,s,n\n1.5,1e300,x,1\nNA,0.1,NaN,2\n\"-2\",bad, y ,3\n1e39,1e400,x,4\n"
	tab, err := Read("d", strings.NewReader(data), Options{Columns: map[string]Kind{"f": Float32, "g": Float64, "s": Text}, Others: Skip})
	require.NoError(t, err)
	f, g, s, n := tab.Columns[0], tab.Columns[1], tab.Columns[2], tab.Columns[3]
	require.Equal(t, []float32{1.5, float32(math.Inf(1))}, []float32{f.Numbers[0], f.Numbers[3]})
	require.True(t, math.IsNaN(float64(f.Numbers[1])))
	require.Equal(t, float32(-2), f.Numbers[2])
	require.Equal(t, Cells{1, 3, "1e39"}, f.Infinite)
	require.Equal(t, Cells{1, 1, "NA"}, f.Missing)
	require.Equal(t, []float64{1e300, 0.1}, g.Exact[:2])
	require.Equal(t, Cells{1, 2, "bad"}, g.Bad)
	require.Equal(t, Cells{1, 3, "1e400"}, g.Infinite)
	require.Equal(t, []string{"x", " y "}, s.Values)
	require.Equal(t, Column{Name: "n", Kind: Skip}, n)
	require.Equal(t, []string{"1.5", "", "-2", "+Inf"}, []string{f.Text(0), f.Text(1), f.Text(2), f.Text(3)})
}

// TestQuotedNumbers has short numbers after long ones, in the same buffer.
func TestQuotedNumbers(t *testing.T) {
	tab, err := Read("d", strings.NewReader("a\n\"123456.789\"\n\"1\"\n\"12\"\n\"12.5\"\n\"-\"\n\"1e\"\n\"1e5\"\n"), Options{Others: Float32})
	require.NoError(t, err)
	a := tab.Columns[0]
	require.Equal(t, []float32{123456.789, 1, 12, 12.5}, a.Numbers[:4])
	require.Equal(t, Cells{2, 4, "-"}, a.Bad)
	require.Equal(t, float32(1e5), a.Numbers[6])
}

// TestInference covers what a column turns out to be, wherever in the file that
// shows: blocks are small here.
func TestInference(t *testing.T) {
	rows := func(n int, cell func(i int) string) string {
		var b strings.Builder
		b.WriteString("a,b\n")
		for i := range n {
			fmt.Fprintf(&b, "%s,x\n", cell(i))
		}
		return b.String()
	}
	number := func(i int) string { return fmt.Sprint(i) }
	cases := map[string]struct {
		data  string
		kind  Kind
		guess Guess
	}{
		"numbers":      {rows(100, number), Float32, Guess{Present: 100, Numbers: 100}},
		"none at all":  {rows(100, func(int) string { return "NA" }), Float32, Guess{}},
		"texts":        {rows(100, func(i int) string { return "t" + number(i%7) }), Text, Guess{Present: 100, Texts: Cells{100, 0, "t0"}}},
		"late texts":   {rows(100, func(i int) string { return "t"[:i/80] + number(i%7) }), Text, Guess{Present: 100, Numbers: 80, Texts: Cells{20, 80, "t3"}}},
		"a late text":  {rows(100, func(i int) string { return "t"[:i/99] + number(i) }), Float32, Guess{Present: 100, Numbers: 99, Texts: Cells{1, 99, "t99"}}},
		"an early one": {rows(100, func(i int) string { return "t"[:max(0, 1-i)] + number(i) }), Text, Guess{Present: 100, Numbers: 99, Texts: Cells{1, 0, "t0"}}},
		"many texts":   {rows(600, func(i int) string { return "t"[:i%2] + number(i) }), Text, Guess{Present: 600, Numbers: 300, Texts: Cells{300, 1, "t1"}, Many: true}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for _, block := range []int{64, 0} {
				tab, err := Read("d", strings.NewReader(c.data), Options{block: block})
				require.NoError(t, err)
				a := tab.Columns[0]
				c.guess.Inferred = true
				require.Equal(t, c.guess, a.Guess)
				require.Equal(t, c.guess.Mixed(), c.guess.Texts.N == 1)
				if !c.guess.Mixed() {
					require.Equal(t, c.kind, a.Kind)
				}
				if c.kind == Text && !c.guess.Many {
					lines := strings.Split(c.data, "\n")
					for row := range tab.Rows() {
						require.Equal(t, strings.Split(lines[row+1], ",")[0], a.Text(row))
					}
				}
				require.Equal(t, "x", tab.Columns[1].Text(7))
			}
		})
	}
}

// TestBlocksDoNotChangeTables reads rows with everything that CSV has in blocks
// of many sizes on several cores.
func TestBlocksDoNotChangeTables(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	data := irregular(400)
	want, err := Read("d", strings.NewReader(data), Options{})
	require.NoError(t, err)
	for _, procs := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(procs)
		for _, block := range []int{1, 7, 64, 100, 1000} {
			got, err := Read("d", strings.NewReader(data), Options{block: block})
			require.NoError(t, err)
			requireEqual(t, want, got)
		}
	}
}

// requireEqual compares tables, in which NaN equals itself.
func requireEqual(t *testing.T, want, got *Table) {
	t.Helper()
	require.Equal(t, want.SHA256, got.SHA256)
	for i := range want.Columns {
		require.Equal(t, fmt.Sprint(want.Columns[i]), fmt.Sprint(got.Columns[i]))
	}
	for row := range want.Rows() {
		require.Equal(t, want.Line(row), got.Line(row))
	}
}

func irregular(rows int) string {
	rng := rand.New(rand.NewPCG(3, 4))
	cells := []string{"1.5", "NA", "", `"a ""b"" c"`, "\"x\ny\"", "\"u,\r\nv\"", "z", `""`, "ü"}
	numbers := []string{"1", "-2.5", `"3"`, "NA", "", " 4 ", "1e3", "1e39"}
	var b strings.Builder
	b.WriteString("t,n,s\r\n")
	for range rows {
		b.WriteString(cells[rng.IntN(len(cells))] + "," + numbers[rng.IntN(len(numbers))] + "," + cells[rng.IntN(len(cells))])
		b.WriteString([]string{"\n", "\r\n", "\n\n", "\n\r\n"}[rng.IntN(4)])
	}
	return b.String()
}

// TestProblemsInBlocks finds the same mistakes however the file is cut.
func TestProblemsInBlocks(t *testing.T) {
	good := strings.Repeat("1,x\n", 50)
	for name, data := range map[string]string{
		"ragged":      "a,b\n" + good + "2\n" + good + "3,4,\"5\n\"\n" + good,
		"not UTF-8":   "a,b\n" + good + "\xfc,x\n" + good + "1,\xfc\n",
		"bare quote":  "a,b\n" + good + "1,x\"\n" + good + "\"1,x\n",
		"open quote":  "a,b\n" + good + "1,\"x\n" + good,
		"after quote": "a,b\n" + good + "\"1\n\"2,x\n" + good,
	} {
		t.Run(name, func(t *testing.T) {
			_, want := oracle(data)
			require.NotEmpty(t, want)
			for _, block := range []int{1, 50, 0} {
				_, err := Read("d", strings.NewReader(data), Options{block: block})
				var ps job.Problems
				require.ErrorAs(t, err, &ps)
				require.Equal(t, want, ps[0].Line, "%v", ps)
			}
		})
	}
}

func TestLongRows(t *testing.T) {
	o := Options{Others: Text, block: 8, record: 1 << 10}
	long := strings.Repeat("x", 1<<12)
	_, err := Read("d", strings.NewReader("a\n\n"+long), o)
	require.ErrorContains(t, err, "data.d line 3: a row is too long (MB2031)")
	_, err = Read("d", strings.NewReader("a\n\""+long), o)
	require.ErrorContains(t, err, "a quoted field does not end (MB2010)")
	tab, err := Read("d", strings.NewReader("a\n"+long[:900]+"\n"), o)
	require.NoError(t, err)
	require.Equal(t, long[:900], tab.Columns[0].Text(0))
}

// oracle is what encoding/csv makes of a dataset: its cells, and the line of the
// first mistake or 0.
func oracle(data string) (records [][]string, line int) {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(data, "\xef\xbb\xbf")))
	r.FieldsPerRecord = -1
	for {
		record, err := r.Read()
		var syntax *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return records, line
		case errors.As(err, &syntax):
			return records, syntax.Line
		}
		records = append(records, record)
		at, _ := r.FieldPos(0)
		if line == 0 && (len(record) != len(records[0]) || slices.ContainsFunc(record, func(s string) bool { return !utf8.ValidString(s) })) {
			line = at
		}
	}
}

// FuzzRead checks that any bytes give either the table that encoding/csv reads,
// or an error that says why.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"", "a\n", "a,b\n1,2\n", "a,a\n", "a,b\n1\n", "a\n\"x", "a\n\"x\"y\"\n", "\xff\n", "\xef\xbb\xbfa\n1\n",
		"a,b\r\n\"1\n2\",3\r\n", "a\n\x00\n", "\n\n\n", ",\n,\n", "a\n1\r", "a\n\"1\"\r\r\n", "a,b\n\"x\n\"\n1", "a\n\r\r\n", "\"\n\r", irregular(20)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		records, line := oracle(string(data))
		for _, block := range []int{16, 0} {
			tab, err := Read("d", bytes.NewReader(data), Options{Others: Text, block: block})
			if err != nil {
				fuzzProblems(t, err, line)
				continue
			}
			require.Zero(t, line)
			require.Equal(t, int64(len(data)), tab.Size)
			require.Equal(t, len(records)-1, tab.Rows())
			for i := range tab.Columns {
				require.Equal(t, records[0][i], tab.Columns[i].Name)
				for row := range tab.Rows() {
					want := records[row+1][i]
					if Missing(want) {
						want = ""
					}
					require.Equal(t, want, tab.Columns[i].Text(row))
				}
			}
			for _, others := range []Kind{Infer, Float32, Float64, Date, Time, Vector} {
				if _, err := Read("d", bytes.NewReader(data), Options{Others: others, block: block}); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

func fuzzProblems(t *testing.T, err error, line int) {
	var ps job.Problems
	require.ErrorAs(t, err, &ps)
	require.NotEmpty(t, ps)
	for _, p := range ps {
		require.True(t, p.Code != "" && p.Message != "" && p.Dataset == "d", "%+v", p)
		require.True(t, utf8.ValidString(p.String()), "%q", p.String())
		if p.Code == job.CodeQuote {
			require.Equal(t, line, p.Line)
		}
	}
}

// BenchmarkOpen reads a million rows of 28 numbers where DATA names such a file.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "d.csv")
	rng := rand.New(rand.NewPCG(1, 2))
	var text bytes.Buffer
	text.WriteString("c0" + strings.Repeat(",c", 27) + "\n")
	header := text.String()
	for i := range 28 {
		header = strings.Replace(header, ",c,", fmt.Sprintf(",c%d,", i+1), 1)
	}
	text.Reset()
	text.WriteString(strings.Replace(header, ",c\n", ",c27\n", 1))
	for range 20_000 {
		for i := range 28 {
			fmt.Fprintf(&text, "%.16g%c", rng.NormFloat64(), ",\n"[i/27])
		}
	}
	require.NoError(b, os.WriteFile(path, text.Bytes(), 0o644))
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		_, err := Open(context.Background(), job.Dataset{Name: "d", Path: path, Format: "csv"}, Options{})
		require.NoError(b, err)
	}
}
