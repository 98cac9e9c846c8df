package table

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDatesAndTimes(t *testing.T) {
	const data = "d,t,u\n2026-11-24,5,2026-11-24\nNA,,NA\n2026-11-24T12:00Z,1.5,7\nsoon,x,\n1970-01-01,2,3\n"
	for _, block := range []int{1, 0} {
		tab, err := Read("d", strings.NewReader(data), Options{Columns: map[string]Kind{"d": Date, "t": Time, "u": Time}, block: block})
		require.NoError(t, err)
		d, moment, mixed := tab.Columns[0], tab.Columns[1], tab.Columns[2]
		require.Equal(t, []string{"2026-11-24", "", "2026-11-24T12:00:00Z", "", "1970-01-01"}, []string{d.Text(0), d.Text(1), d.Text(2), d.Text(3), d.Text(4)})
		require.Equal(t, Cells{1, 3, "soon"}, d.Bad)
		require.Equal(t, Cells{1, 3, "x"}, moment.Bad)
		require.Equal(t, 1.5, moment.Exact[2])
		require.Zero(t, moment.Dates)
		require.Equal(t, 1, mixed.Dates, "beside two numbers")
	}
}

func TestParseVector(t *testing.T) {
	for text, want := range map[string][]float32{
		"[0.5, -1, 2e-3]": {0.5, -1, 0.002}, "1;2;3": {1, 2, 3}, "1 2": {1, 2}, " (7) ": {7}, "[1,2 ;3]": {1, 2, 3}, "4": {4},
	} {
		got, ok := ParseVector(nil, text)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "[]", "[1, x]", "[1", "1]", "[1e39]", "[[1]]", "NaN"} {
		_, ok := ParseVector(nil, text)
		require.False(t, ok, text)
	}
}

func TestVectors(t *testing.T) {
	const data = "v,n\nNA,1\n1 2,2\n\"[3, 4]\",3\n5,4\n,5\nx y,6\n6;7,8\n8 9 10,9\n"
	for _, block := range []int{1, 12, 0} {
		tab, err := Read("d", strings.NewReader(data), Options{Columns: map[string]Kind{"v": Vector}, block: block})
		require.NoError(t, err)
		v := tab.Columns[0]
		require.Equal(t, 2, v.Width)
		require.Len(t, v.Numbers, 2*tab.Rows())
		require.Equal(t, Cells{3, 3, "5"}, v.Bad)
		require.Equal(t, Cells{2, 0, "NA"}, v.Missing)
		var got []string
		for row := range tab.Rows() {
			got = append(got, v.Text(row))
		}
		require.Equal(t, []string{"", "[1, 2]", "[3, 4]", "", "", "", "[6, 7]", ""}, got)
	}
	tab, err := Read("d", strings.NewReader("v\nNA\nNA\n"), Options{Columns: map[string]Kind{"v": Vector}})
	require.NoError(t, err)
	require.Zero(t, tab.Columns[0].Width)
	require.Empty(t, tab.Columns[0].Text(1))
}
