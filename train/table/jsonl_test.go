package table

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
)

func jsonl(data string, o Options) (*Table, error) {
	return readAll(job.Dataset{Name: "d", Format: "jsonl"}, strings.NewReader(data), o)
}

func TestJSONLines(t *testing.T) {
	const data = "\xef\xbb\xbf{\"a\": 1, \"b\": \"x\", \"ok\": true}\r\n\n" +
		`  {"b":"y \"\u00fc\\ud83d","a":-2.5e3, "v":[1, 2]} ` + "\n" +
		`{"ok":false,"z":"12","a":null,"v":[3,4]}` + "\n{}"
	for _, block := range []int{1, 0} {
		tab, err := jsonl(data, Options{block: block})
		require.NoError(t, err)
		require.Equal(t, []string{"a", "b", "ok", "v", "z"}, tab.Names())
		require.Equal(t, 4, tab.Rows())
		require.Equal(t, []int{1, 3, 4, 5}, []int{tab.Line(0), tab.Line(1), tab.Line(2), tab.Line(3)})
		var kinds []Kind
		var cells []string
		for _, c := range tab.Columns {
			kinds = append(kinds, c.Kind)
			for row := range tab.Rows() {
				cells = append(cells, c.Text(row))
			}
		}
		require.Equal(t, []Kind{Float32, Text, Text, Vector, Text}, kinds)
		require.Equal(t, []string{"1", "-2500", "", "", "x", "y \"ü\\ud83d", "", "", "true", "", "false", "", "", "[1, 2]", "[3, 4]", "", "", "", "12", ""}, cells)
		require.True(t, tab.Columns[2].Guess.Boolean)
		require.Equal(t, Cells{2, 1, ""}, tab.Columns[2].Missing)
	}
}

func TestJSONDeclared(t *testing.T) {
	const data = `{"n":"12","t":5,"d":"2026-11-24","v":"1 2"}` + "\n" + `{"n":true,"t":true,"d":7,"v":[3,4]}` + "\n"
	for _, block := range []int{1, 0} {
		tab, err := jsonl(data, Options{Columns: map[string]Kind{"n": Float64, "t": Text, "d": Date, "v": Vector}, block: block})
		require.NoError(t, err)
		n, d := tab.Columns[0], tab.Columns[2]
		require.Equal(t, 12.0, n.Exact[0])
		require.Equal(t, Cells{1, 1, "true"}, n.Bad)
		require.Equal(t, []string{"5", "true"}, tab.Columns[1].Values)
		require.Equal(t, Cells{1, 1, "7"}, d.Bad)
		require.Equal(t, []float32{1, 2, 3, 4}, tab.Columns[3].Numbers)
	}
}

// TestJSONTextsLate has texts after numbers, and a column that begins late.
func TestJSONTextsLate(t *testing.T) {
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, "{\"a\":%d", i%5)
		if i >= 50 {
			fmt.Fprintf(&b, ",\"late\":\"%d\",\"n\":%d", i%3, i)
		}
		b.WriteString("}\n")
	}
	data := strings.ReplaceAll(b.String(), `"a":4`, `"a":"4"`)
	for _, block := range []int{1, 100, 0} {
		tab, err := jsonl(data, Options{block: block})
		require.NoError(t, err)
		require.Equal(t, []Kind{Text, Text, Float32}, []Kind{tab.Columns[0].Kind, tab.Columns[1].Kind, tab.Columns[2].Kind})
		require.Equal(t, []string{"0", "1", "2", "3", "4"}, tab.Columns[0].Values)
		require.Equal(t, Guess{Inferred: true, Present: 100, Numbers: 80, Texts: Cells{20, 4, "4"}}, tab.Columns[0].Guess)
		require.Equal(t, Guess{Inferred: true, Present: 50, Texts: Cells{50, 50, "2"}}, tab.Columns[1].Guess, "texts, though of digits")
		require.Equal(t, "2", tab.Columns[1].Text(50))
		require.Equal(t, Cells{50, 0, ""}, tab.Columns[2].Missing)
		require.True(t, math.IsNaN(float64(tab.Columns[2].Numbers[49])))
		require.Equal(t, float32(50), tab.Columns[2].Numbers[50])
	}
}

func TestJSONProblems(t *testing.T) {
	good := "{\"a\":1}\n"
	for data, want := range map[string]string{
		"":                           "data.d: the file is empty (MB2002)",
		good + good + "[1]\n":        "data.d line 3: not a JSON object: no { where one is due (MB2030)",
		good + "{\"a\":NaN}\n":       "data.d line 2: not a JSON object: a value that is not JSON: NaN (MB2030)",
		good + "{\"a\":01}\n":        "not JSON: 01",
		good + "{\"a\":1,}\n":        `no " where one is due`,
		good + "{\"a\":1} x\n":       "there is more after it",
		good + "{\"a\":1,\"a\":2}\n": `the key "a" is there twice`,
		good + "{\"a\":\"x\n\"}\n":   "a text does not end",
		good + "{\"a\":\"\\x\"}\n":   "a text with a bad escape",
		good + "{\"a\"":              "no : where one is due",
		good + "{\"a\":" + strings.Repeat("[", 200) + "\n": "nested too deep",
		good + "{\"a\":{\"b\":1}}\n{\"a\":{}}\n":           "data.d line 2: \"a\" holds an object (and 1 more row) (MB2032)",
		good + "{\"a\":\"x\"}\n{\"a\":[1]}\n":              "data.d line 3: \"a\" holds a list (MB2032)",
		good + "{\"a\":\"\xfc\"}\n":                        "data.d line 2: the line is not UTF-8 (MB2009)",
	} {
		for _, block := range []int{1, 0} {
			_, err := jsonl(data, Options{block: block})
			require.ErrorContains(t, err, want, "%q", data)
		}
	}
	var b strings.Builder
	for i := range maxColumns + 1 {
		fmt.Fprintf(&b, "{\"k%d\":1}\n", i)
	}
	_, err := jsonl(b.String(), Options{Others: Skip})
	require.ErrorContains(t, err, "too many different keys (MB2031)")
	_, err = jsonl(strings.ReplaceAll(b.String(), "}\n{", ","), Options{Others: Skip})
	require.ErrorContains(t, err, "more than 65536 different keys (MB2031)")
	_, err = jsonl(good+strings.Repeat("x", 5000), Options{block: 8, record: 1000})
	require.ErrorContains(t, err, "a row is too long")
}

// FuzzJSONLines compares with encoding/json line by line.
func FuzzJSONLines(f *testing.F) {
	for _, seed := range []string{"", "{}\n", `{"a":1}`, `{"a":"x\n\u00e9","b":[1,{"c":[]}]}`, "{\"a\":true}\n{\"b\":null}\n", `{"a":1e5,"b":-0.5}`, `{"":""}`, "{\"a\":\"NA\"}\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tab, err := jsonl(string(data), Options{Others: Text, block: 16})
		if err != nil {
			var ps job.Problems
			require.ErrorAs(t, err, &ps)
			require.NotEmpty(t, ps[0].Code)
			return
		}
		row := 0
		for _, line := range bytes.Split(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), []byte("\n")) {
			if len(bytes.Trim(line, " \t\r")) == 0 {
				continue
			}
			d := json.NewDecoder(bytes.NewReader(line))
			d.UseNumber()
			var object map[string]any
			require.NoError(t, d.Decode(&object), "%q", line)
			_, err := d.Token()
			require.ErrorIs(t, err, io.EOF)
			for i := range tab.Columns {
				want := ""
				if v := object[tab.Columns[i].Name]; v != nil && !Missing(fmt.Sprint(v)) {
					want = fmt.Sprint(v)
				}
				require.Equal(t, want, tab.Columns[i].Text(row))
			}
			row++
		}
		require.Equal(t, row, tab.Rows())
	})
}
