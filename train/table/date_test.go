package table

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseDate(t *testing.T) {
	for text, layout := range map[string]string{
		"1970-01-01": time.DateOnly, "2026-11-24": time.DateOnly, "0001-01-01": time.DateOnly, "2000-02-29": time.DateOnly, "9999-12-31": time.DateOnly,
		"2026-11-24T18:30:15Z": time.RFC3339, "1912-06-23T01:02:03.25-02:30": time.RFC3339Nano, "2026-11-24 18:30:15": time.DateTime,
		"2026-11-24 18:30": "2006-01-02 15:04", "2026-11-24T18:30+0100": "2006-01-02T15:04-0700", "2026-11-24T18:30+01": "2006-01-02T15:04-07",
	} {
		want, err := time.Parse(layout, text)
		require.NoError(t, err)
		got, ok := ParseDate(text)
		require.True(t, ok, text)
		require.InDelta(t, float64(want.Unix())+float64(want.Nanosecond())/1e9, got, 1e-6, text)
	}
	for _, text := range []string{"", "2026", "2026-11", "2026-11-24T", "2026-13-01", "2026-00-01", "2026-02-29", "2026-11-31", "26-11-24",
		"2026-11-24T24:00", "2026-11-24T18:60", "2026-11-24T18:30:15.", "2026-11-24T18:30:15x", "2026-11-24T18:30+1", "2026/11/24", "0000-01-01",
		"2026-11-24Z", "2026-1a-24", "24.11.2026"} {
		_, ok := ParseDate(text)
		require.False(t, ok, text)
	}
}

// TestDateOf compares every day of four centuries, and some far ones, with
// package time.
func TestDateOf(t *testing.T) {
	check := func(day, second int) {
		u := time.Unix(int64(day)*86400+int64(second), 0).UTC()
		weekday := int(u.Weekday())
		if weekday == 0 {
			weekday = 7
		}
		require.Equal(t, Calendar{Year: u.Year(), Month: int(u.Month()), Day: u.Day(), DayOfYear: u.YearDay(), Weekday: weekday,
			EpochDay: day, Second: second}, DateOf(float64(u.Unix())+0.5))
		require.Equal(t, day, EpochDay(u.Year(), int(u.Month()), u.Day()))
	}
	for day := -73_000; day < 73_100; day++ {
		check(day, (day*37%86400+86400)%86400)
	}
	for _, day := range []int{-719162, -719000, 2932896} {
		check(day, 86399)
	}
	require.Equal(t, "2026-11-24T18:30:15Z", formatDate(func() float64 { v, _ := ParseDate("2026-11-24T18:30:15.5Z"); return v }()))
	require.Equal(t, "2026-11-24", formatDate(float64(EpochDay(2026, 11, 24))*86400))
}

func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"2026-11-24", "2026-11-24T18:30:15.5+01:00", "x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, ok := ParseDate(text)
		if !ok {
			return
		}
		again, ok := ParseDate(formatDate(v))
		require.True(t, ok || v < -62135596800 || v >= 253402300800, fmt.Sprint(text, v)) // a zone may leave the years 1 to 9999
		if ok {
			require.InDelta(t, v, again, 1)
		}
	})
}
