package features

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
	"github.com/modelbuild/modelbuild/train/matrix"
	"github.com/modelbuild/modelbuild/train/table"
)

// columns is fit for the other layout.
func columns(t *testing.T, data string, n int, treatments map[string]job.Column) (*Encoder, matrix.Columns) {
	t.Helper()
	f := job.Features{Target: "y", Columns: treatments}
	tab, err := table.Read("train", strings.NewReader(data), Wants(f))
	require.NoError(t, err)
	plan, err := Plan(tab, f, Columns)
	require.NoError(t, err)
	e, err := Fit(tab, plan, upTo(n))
	require.NoError(t, err)
	x, err := e.EncodeColumns(tab, upTo(tab.Rows()))
	require.NoError(t, err)
	require.Len(t, x.Features, len(e.Names()))
	return e, x
}

func upTo(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// column is one feature of a matrix.
func column(m Matrix, at int) []float64 {
	out := make([]float64, m.Rows)
	for i := range out {
		out[i] = m.Row(i)[at]
	}
	return out
}

func TestRobustAndClip(t *testing.T) {
	// Quartiles of 0, 1, 2, 3, 100 are 1 and 3.
	const data = "a,y\n0,p\n3,p\n2,p\n1,p\n100,p\n-50,p\nNA,p\n"
	_, m := fit(t, data, 5, map[string]job.Column{"a": {Scale: job.ScaleRobust}})
	require.Equal(t, []float64{-1, 0.5, 0, -0.5, 49, -26, 0}, column(m, 0))
	_, m = fit(t, data, 5, map[string]job.Column{"a": {Scale: job.ScaleNone, Clip: []float64{1, 2.5}}})
	require.Equal(t, []float64{1, 2.5, 2, 1, 2.5, 1, 2}, column(m, 0))
	_, m = fit(t, data, 5, map[string]job.Column{"a": {Scale: job.ScaleNone, ClipQuantiles: []float64{0.25, 0.75}, Missing: job.MissingZero}})
	require.Equal(t, []float64{1, 3, 2, 1, 3, 1, 0}, column(m, 0), "what fills a missing value is not clipped")
}

// TestOrder compares with sorting.
func TestOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		values := make([]float32, 1+rng.IntN(60))
		for i := range values {
			values[i] = math.Float32frombits(rng.Uint32() & 0xff8fffff)
			if rng.IntN(2) == 0 || values[i] != values[i] {
				values[i] = float32(rng.IntN(7) - 3)
			}
		}
		o := newOrder(values)
		sorted := slices.Clone(values)
		slices.Sort(sorted)
		for k, want := range sorted {
			require.Equal(t, want, o.at(k))
		}
		position := 0.3 * float64(len(values)-1)
		low, high := float64(sorted[int(position)]), float64(sorted[min(int(position)+1, len(values)-1)])
		want := low + (position-math.Floor(position))*(high-low)
		require.InDelta(t, want, o.quantile(0.3), 1e-9*math.Max(math.Abs(low), math.Abs(high)))
	}
}

func TestIndicators(t *testing.T) {
	e, m := fit(t, "a,b,c,y\n1,5,u,p\nNA,6,v,p\n3,NA,u,p\n", 3, map[string]job.Column{"a": {Indicator: true, Scale: job.ScaleNone}, "b": {Scale: job.ScaleNone}})
	require.Equal(t, []string{"a", "b", "a missing", "c=u", "c=v"}, e.Names())
	require.Equal(t, []float64{1, 5, 0, 1, 0, 2, 6, 1, 0, 1, 3, 5.5, 0, 1, 0}, m.Data)
}

func TestBinary(t *testing.T) {
	e, m := fit(t, "b,y\nyes,p\nFALSE,p\nNo,p\nNA,p\n0,p\n1,p\n", 4, map[string]job.Column{"b": {Type: job.TypeBinary}})
	require.Equal(t, []string{"b"}, e.Names())
	require.Equal(t, []float64{1, 0, 0, 0, 0, 1}, m.Data)
	_, x := columns(t, "b,y\nyes,p\nNA,p\n", 2, map[string]job.Column{"b": {Type: job.TypeBinary}})
	require.True(t, math.IsNaN(float64(x.Features[0].Values[1])))
}

func TestDates(t *testing.T) {
	e, m := fit(t, "d,y\n2026-11-24,p\n2024-03-01T18:30:00Z,p\nNA,p\n", 2, map[string]job.Column{"d": {Type: job.TypeDate, Scale: job.ScaleNone}})
	require.Equal(t, []string{"d.year", "d.month", "d.day", "d.weekday", "d.day_of_year", "d.epoch_days", "d.hour"}, e.Names())
	require.Equal(t, []float64{2026, 11, 24, 2, 328, 20781, 0}, m.Row(0))
	require.Equal(t, []float64{2024, 3, 1, 5, 61, 19783, 18}, m.Row(1))
	require.Equal(t, []float64{2025, 7, 12.5, 3.5, 194.5, 20282, 9}, m.Row(2))
	e, _ = columns(t, "d,y\n2026-11-24,p\nNA,p\n", 2, map[string]job.Column{"d": {Type: job.TypeDate, Parts: []string{job.PartMinute}, Indicator: true}})
	require.Equal(t, []string{"d.minute", "d missing"}, e.Names())
}

func TestVectorColumns(t *testing.T) {
	e, m := fit(t, "v,y\n1 10,p\n3 30,p\nNA,p\n", 2, map[string]job.Column{"v": {Type: job.TypeVector}})
	require.Equal(t, []string{"v[0]", "v[1]"}, e.Names())
	require.Equal(t, []float64{-1, -1, 1, 1, 0, 0}, m.Data)
	other, err := table.Read("test", strings.NewReader("v\n1 2 3\n"), table.Options{Others: table.Vector})
	require.NoError(t, err)
	_, err = e.Encode(other, []int{0})
	require.ErrorContains(t, err, `column "v" holds lists of 3 numbers, in the training data of 2`)
}

func TestEncodings(t *testing.T) {
	const data = "a,y\nv,p\nu,p\nu,p\nNA,p\nw,p\n"
	for encode, want := range map[string][]float64{
		job.EncodeOrdinal:   {1, 0, 0, 0, -1},
		job.EncodeFrequency: {0.25, 0.5, 0.5, 0.5, 0},
	} {
		e, m := fit(t, data, 4, map[string]job.Column{"a": {Encode: encode}})
		require.Equal(t, []string{"a"}, e.Names())
		require.Equal(t, want, m.Data, encode)
	}
	_, x := columns(t, data, 4, nil)
	require.Equal(t, []matrix.Feature{{Name: "a", Codes: []int32{1, 0, 0, -1, -1}, Categories: 2}}, x.Features)
	_, x = columns(t, data, 4, map[string]job.Column{"a": {Missing: job.MissingOwnCategory}})
	require.Equal(t, []matrix.Feature{{Name: "a", Codes: []int32{2, 1, 1, 0, -1}, Categories: 3}}, x.Features)
	_, x = columns(t, data, 4, map[string]job.Column{"a": {Encode: job.EncodeOneHot}})
	require.Equal(t, []float32{0, 1, 1, 0, 0}, x.Features[0].Values)
	_, x = columns(t, data, 4, map[string]job.Column{"a": {Encode: job.EncodeOrdinal}})
	require.Equal(t, "[1 0 0 NaN -1]", fmt.Sprint(x.Features[0].Values))
}

func TestRareCategories(t *testing.T) {
	const data = "a,y\nv,p\nu,p\nu,p\nNA,p\nx,p\nx,p\nw,p\n"
	e, m := fit(t, data, 6, map[string]job.Column{"a": {MaxCategories: 2}})
	require.Equal(t, []string{"a=u", "a=x", "a other"}, e.Names())
	require.Equal(t, []float64{0, 0, 1}, m.Row(0), "v is rare")
	require.Equal(t, []float64{1, 0, 0}, m.Row(3), "the most frequent")
	require.Equal(t, []float64{0, 0, 1}, m.Row(6), "w is unknown")
	_, x := columns(t, data, 6, map[string]job.Column{"a": {MaxCategories: 2}})
	require.Equal(t, matrix.Feature{Name: "a", Codes: []int32{2, 0, 0, -1, 1, 1, 2}, Categories: 3}, x.Features[0])
	_, m = fit(t, data, 6, map[string]job.Column{"a": {MaxCategories: 2, Encode: job.EncodeFrequency}})
	require.InDeltaSlice(t, []float64{1. / 6, 1. / 3, 1. / 3, 1. / 3, 1. / 3, 1. / 3, 1. / 6}, m.Data, 1e-7)
	e, _ = fit(t, data, 7, map[string]job.Column{"a": {MaxCategories: 2, Missing: job.MissingOwnCategory}})
	require.Equal(t, []string{"", "u"}, e.Columns[0].Categories.Values, "missing is never rare")
}

func TestWords(t *testing.T) {
	const data = "s,y\nThe cat sat,p\nthe dog,p\nNA,p\nthe  the  mouse,p\n"
	e, m := fit(t, data, 3, map[string]job.Column{"s": {Type: job.TypeText}})
	require.Equal(t, []string{"s=cat", "s=dog", "s=sat", "s=the"}, e.Names())
	rare, common := math.Log(4./2)+1, math.Log(4./3)+1
	norm := math.Sqrt(2*rare*rare + common*common)
	require.InDeltaSlice(t, []float64{rare / norm, 0, rare / norm, common / norm}, m.Row(0), 1e-6)
	require.Equal(t, []float64{0, 0, 0, 0}, m.Row(2))
	require.Equal(t, []float64{0, 0, 0, 1}, m.Row(3))
	e, _ = fit(t, data, 4, map[string]job.Column{"s": {Type: job.TypeText, NGrams: 2, MaxFeatures: 2}})
	require.Equal(t, []string{"s=cat", "s=the"}, e.Names())
	e, m = fit(t, data, 4, map[string]job.Column{"s": {Type: job.TypeText, Encode: job.EncodeHashing, MaxFeatures: 3, NGrams: 2}})
	require.LessOrEqual(t, len(e.Names()), 3)
	total := 0.0
	for _, v := range m.Row(3) {
		total += v
	}
	require.Equal(t, 5.0, total, "three words and two pairs")
}

// TestThreadsDoNotChangeBits encodes every type on one core and on several.
func TestThreadsDoNotChangeBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	data, treatments := everything(3000)
	var want []float64
	for _, procs := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(procs)
		_, m := fit(t, data, 2000, treatments)
		if want == nil {
			want = m.Data
		}
		require.Equal(t, want, m.Data)
	}
}

// everything is data with a column of each type, and missing values in each.
func everything(rows int) (string, map[string]job.Column) {
	rng := rand.New(rand.NewPCG(7, 8))
	var b strings.Builder
	b.WriteString("n,m,b,c,o,f,d,t,v,s,h,y\n")
	words := []string{"The", "cat", "sat", "on", "a", "mat", "ÄRGER", "x,y", "NA", "é.", "Dog"}
	cell := func(text string) {
		if rng.IntN(8) == 0 {
			text = []string{"", "NA", "null", "NaN", "N/A"}[rng.IntN(5)]
		}
		fmt.Fprintf(&b, "%q,", text)
	}
	text := func() string {
		var s []string
		for range rng.IntN(6) {
			s = append(s, words[rng.IntN(len(words))])
		}
		return strings.Join(s, strings.Repeat(" ", 1+rng.IntN(2)))
	}
	for range rows {
		cell(fmt.Sprint(rng.Float32()*100 - 50))
		cell(fmt.Sprint(rng.IntN(1000)))
		cell(append(slices.Clone(yes), no...)[rng.IntN(len(yes)+len(no))])
		for range 3 {
			cell("c" + fmt.Sprint(rng.IntN(9)*rng.IntN(9)))
		}
		cell(fmt.Sprintf("%04d-%02d-%02d", 1+rng.IntN(3000), 1+rng.IntN(12), 1+rng.IntN(28)))
		cell(fmt.Sprintf("%04d-%02d-%02dT%02d:%02d:%02d.5+01:00", 1900+rng.IntN(200), 1+rng.IntN(12), 1+rng.IntN(28), rng.IntN(24), rng.IntN(60), rng.IntN(60)))
		cell(fmt.Sprintf("[%v, %v, %d]", rng.Float32(), rng.Float32()*1e6, rng.IntN(3)))
		cell(text())
		cell(text())
		b.WriteString("p\n")
	}
	return b.String(), map[string]job.Column{
		"m": {Scale: job.ScaleMinMax, Missing: job.MissingMean, Indicator: true, Clip: []float64{100, 800}},
		"b": {Type: job.TypeBinary, Indicator: true},
		"c": {Type: job.TypeCategory, MaxCategories: 5},
		"o": {Type: job.TypeCategory, Encode: job.EncodeOrdinal, Missing: job.MissingOwnCategory},
		"f": {Type: job.TypeCategory, Encode: job.EncodeFrequency, MaxCategories: 7},
		"d": {Type: job.TypeDate, Parts: job.DateParts()},
		"t": {Type: job.TypeDate, Parts: job.DateParts(), Scale: job.ScaleNone, Indicator: true},
		"v": {Type: job.TypeVector, Scale: job.ScaleRobust},
		"s": {Type: job.TypeText, NGrams: 3, MaxFeatures: 60},
		"h": {Type: job.TypeText, Encode: job.EncodeHashing, MaxFeatures: 16, NGrams: 2},
	}
}
