package table

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

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
}

// whole is scanNumber where all of the text is one number.
func whole(text string) (float64, bool) {
	v, end, ok := scanNumber([]byte(text+"\n"), 0)
	return v, ok && end == len(text)
}

// agree requires that what scanNumber accepts is what strconv says, to the bit.
func agree(t *testing.T, text string) bool {
	v, ok := whole(text)
	if !ok {
		return false
	}
	want, isNumber := Number(text)
	require.True(t, isNumber, "%q", text)
	require.Equal(t, math.Float64bits(want), math.Float64bits(v), "%q: %v, want %v", text, v, want)
	return true
}

func TestScanNumber(t *testing.T) {
	for _, text := range []string{"0", "-0", "1", "12345678", "123456789", "-0.5", "+.5", "5.", "1e5", "1E-5", "9007199254740992",
		"9007199254740995", "0.1", "1234567890123456789", "18014398509481989e-3", "8.5e22", "9223372036854775807", "1e22",
		"0.000000000000000000", "1.7976931348623157e60", "5e-60"} {
		require.True(t, agree(t, text), text)
	}
	for _, text := range []string{"", "-", ".", "e5", "1e", "1e+", "1.2.3", "1x", "12345678901234567890", "1e99999", "9007199254740993", "1e23", "NaN", " 1", "1 ", "--1"} {
		require.False(t, agree(t, text), text)
	}
}

// TestScanNumberIsExact compares random decimals of every length, random bits
// printed so that they read back, and points half way between two floats.
func TestScanNumberIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	accepted := 0
	for range 200_000 {
		v := math.Float64frombits(rng.Uint64()&^(0x7ff<<52) | uint64(1023-150+rng.IntN(300))<<52)
		digits := strconv.FormatUint(rng.Uint64(), 10)
		digits = digits[:1+rng.IntN(len(digits))]
		point := rng.IntN(len(digits) + 1)
		half := math.Nextafter(float64(rng.Uint64()>>11), math.Inf(1)) + 0.5
		for _, text := range []string{
			strconv.FormatFloat(v, 'g', -1, 64), strconv.FormatFloat(v, 'e', 18, 64), strconv.FormatFloat(float64(float32(v)), 'g', -1, 64),
			digits[:point] + "." + digits[point:], digits + "e" + strconv.Itoa(rng.IntN(140)-70),
			strconv.FormatFloat(half, 'f', 1, 64),
		} {
			if agree(t, text) {
				accepted++
			}
		}
	}
	require.Greater(t, accepted, 800_000, "most numbers take the fast way")
}

func FuzzScanNumber(f *testing.F) {
	for _, text := range []string{"1", "-1.5e3", "123456789.123456789", "1e-30", "x", "1e", "+", "00000000.0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !strings.Contains(text, "\n") {
			agree(t, text)
		}
	})
}

func BenchmarkScanNumber(b *testing.B) {
	for _, text := range []string{"12", "-3.25", "0.8692932128906250", "8.692932128906250000e-01", "-1.2345678901234567"} {
		b.Run(text, func(b *testing.B) {
			line := []byte(text + "\n")
			for b.Loop() {
				scanNumber(line, 0)
			}
		})
	}
}
