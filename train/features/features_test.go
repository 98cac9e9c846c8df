package features

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/table"
)

// fit reads rows and encodes them all with what the first n of them give.
func fit(t *testing.T, data string, n int, columns map[string]job.Column) (*Encoder, Matrix) {
	t.Helper()
	features := job.Features{Target: "y", Columns: columns}
	tab, err := table.Read("train", strings.NewReader(data), Wants(features))
	require.NoError(t, err)
	plan, err := Plan(tab, features, Dense)
	require.NoError(t, err)
	rows := make([]int, tab.Rows())
	for i := range rows {
		rows[i] = i
	}
	e, err := Fit(tab, plan, rows[:n])
	require.NoError(t, err)
	m, err := e.Encode(tab, rows)
	require.NoError(t, err)
	require.Len(t, e.Names(), m.Width)
	return e, m
}

func TestNumbers(t *testing.T) {
	// Training rows are 1, 2, 2, 7 and a missing one; 100 is held out.
	const data = "a,y\n1,p\n2,p\n2,p\n7,p\nNA,p\n100,p\nNA,p\n"
	cases := []struct {
		missing, scale        string
		fill, offset, divisor float64
	}{
		{job.MissingMedian, job.ScaleNone, 2, 0, 1},
		{job.MissingMean, job.ScaleNone, 3, 0, 1},
		{job.MissingMostFrequent, job.ScaleNone, 2, 0, 1},
		{job.MissingZero, job.ScaleNone, 0, 0, 1},
		{job.MissingMean, job.ScaleStandard, 3, 3, math.Sqrt((4 + 1 + 1 + 16) / 5.0)},
		{job.MissingZero, job.ScaleMinMax, 0, 0, 7},
		{job.MissingMedian, job.ScaleMinMax, 2, 1, 6},
	}
	for _, c := range cases {
		t.Run(c.missing+" "+c.scale, func(t *testing.T) {
			e, m := fit(t, data, 5, map[string]job.Column{"a": {Missing: c.missing, Scale: c.scale}})
			f := e.Columns[0].Numbers[0]
			require.InDelta(t, c.fill, f.Fill, 1e-6)
			require.InDelta(t, c.offset, f.Offset, 1e-6)
			require.InDelta(t, c.divisor, f.Divisor, 1e-6)
			for i, x := range []float64{1, 2, 2, 7, c.fill, 100, c.fill} {
				require.InDelta(t, (x-c.offset)/c.divisor, m.Data[i], 1e-5, "row %d", i)
				require.Equal(t, float64(float32(m.Data[i])), m.Data[i], "values are float32")
			}
		})
	}
}

func TestMedianOfEvenCount(t *testing.T) {
	e, _ := fit(t, "a,y\n4,p\n1,p\n3,p\n10,p\n", 4, nil)
	require.Equal(t, float32(3.5), e.Columns[0].Numbers[0].Fill)
}

func TestConstantsAndEmptyColumns(t *testing.T) {
	_, m := fit(t, "a,b,c,y\n5,NA,u,p\n5,,u,p\n5,NaN,u,p\n6,1,u,p\n", 3, nil)
	require.Equal(t, Matrix{Rows: 4, Width: 3, Data: []float64{0, 0, 1, 0, 0, 1, 0, 0, 1, 1, 1, 1}}, m)
}

func TestCategories(t *testing.T) {
	// v is more frequent in all rows, u in the training rows; w is held out.
	const data = "a,y\nv,p\nu,p\nu,p\nNA,p\nw,p\nv,p\nv,p\nnull,p\n"
	u, v, none := []float64{1, 0}, []float64{0, 1}, []float64{0, 0}
	e, m := fit(t, data, 4, nil)
	require.Equal(t, []string{"u", "v"}, e.Columns[0].Categories.Values)
	require.Equal(t, []string{"a=u", "a=v"}, e.Names())
	for i, want := range [][]float64{v, u, u, u, none, v, v, u} {
		require.Equal(t, want, m.Row(i), "row %d", i)
	}
	e, m = fit(t, data, 4, map[string]job.Column{"a": {Missing: job.MissingOwnCategory}})
	require.Equal(t, []string{"", "u", "v"}, e.Columns[0].Categories.Values)
	require.Equal(t, []float64{1, 0, 0}, m.Row(3))
	require.Equal(t, []float64{0, 0, 0}, m.Row(4))
}

func TestTieGoesToTheFirstCategory(t *testing.T) {
	e, _ := fit(t, "a,y\nv,p\nu,p\nv,p\nu,p\nx,p\n", 5, nil)
	require.Equal(t, "u", e.Columns[0].Categories.Values[e.Columns[0].Categories.Fill])
}

func TestNumbersComeFirst(t *testing.T) {
	e, m := fit(t, "c,y,a\nu,p,1\nv,p,3\n", 2, nil)
	require.Equal(t, []string{"a", "c=u", "c=v"}, e.Names())
	require.Equal(t, []float64{-1, 1, 0, 1, 0, 1}, m.Data)
}

func TestInference(t *testing.T) {
	features := job.Features{Target: "y", Columns: map[string]job.Column{"d": {Type: "category"}}}
	tab, err := table.Read("train", strings.NewReader("n,e,c,d,y\n1,NA,u,1,p\n-2e3,,v,2,q\nNA,null,1,3,p\n"), Wants(features))
	require.NoError(t, err)
	plan, err := Plan(tab, features, Dense)
	require.NoError(t, err)
	number := job.Column{Type: "number", Missing: "median", Scale: "standard"}
	category := job.Column{Type: "category", Missing: "most-frequent", Encode: "one-hot", MaxCategories: 1000}
	require.Equal(t, []Column{{"n", number, true}, {"e", number, true}, {"c", category, true}, {"d", category, false}}, plan)
	plan, err = Plan(tab, features, Columns)
	require.NoError(t, err)
	number = job.Column{Type: "number", Missing: "keep", Scale: "none"}
	category = job.Column{Type: "category", Missing: "keep", Encode: "codes", MaxCategories: 1000}
	require.Equal(t, []Column{{"n", number, true}, {"e", number, true}, {"c", category, true}, {"d", category, false}}, plan)
}
