package table

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
	"sync"
)

// MissingValues lists the cells that mean that there is no value.
func MissingValues() []string { return []string{"", "N/A", "NA", "NaN", "null"} }

// Missing says whether a cell is one of [MissingValues].
func Missing(cell string) bool {
	switch cell {
	case "", "N/A", "NA", "NaN", "null":
		return true
	}
	return false
}

// Number parses a decimal number, with spaces around it allowed. Hexadecimal
// numbers, digit separators and names such as Inf are not numbers. A decimal
// too large for a float64 gives an infinity.
func Number(cell string) (float64, bool) {
	s := strings.Trim(cell, " ")
	if s == "" || strings.ContainsFunc(s, notDecimal) {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil && v == 0 { // an out-of-range decimal comes with its infinity
		return 0, false
	}
	return v, true
}

func notDecimal(r rune) bool {
	return (r < '0' || r > '9') && !strings.ContainsRune("+-.eE", r)
}

// scanNumber parses the decimal at b[i:] and returns its end. It gives up, with
// ok false, where [Number] has to decide. The byte after a number must be there.
func scanNumber(b []byte, i int) (v float64, end int, ok bool) {
	negative := b[i] == '-'
	if negative || b[i] == '+' {
		i++
	}
	start := i
	mantissa, i := scanDigits(b, i, 0)
	digits, exponent := i-start, 0
	if b[i] == '.' {
		point := i + 1
		mantissa, i = scanDigits(b, point, mantissa)
		digits, exponent = digits+i-point, point-i
	}
	if digits == 0 || digits > 19 { // 19 digits fit in a uint64
		return 0, i, false
	}
	if b[i]|0x20 == 'e' {
		e, j := scanExponent(b, i+1)
		if j < 0 {
			return 0, i, false
		}
		exponent, i = exponent+e, j
	}
	v, ok = decimal(mantissa, exponent)
	if negative {
		v = -v
	}
	return v, i, ok
}

// scanDigits appends the digits at b[i:] to m, eight at a time while there are
// as many.
func scanDigits(b []byte, i int, m uint64) (uint64, int) {
	for i+8 <= len(b) {
		word := binary.LittleEndian.Uint64(b[i:])
		// Each byte is a digit where its high half is 3 before and after 6 is added.
		if word&0xf0f0f0f0f0f0f0f0|(word+0x0606060606060606)&0xf0f0f0f0f0f0f0f0>>4 != 0x3333333333333333 {
			break
		}
		word -= 0x3030303030303030
		word = word*10 + word>>8 // pairs of digits in every other byte
		const mask = 0x000000ff000000ff
		word = (word&mask*(100+1000000<<32) + word>>16&mask*(1+10000<<32)) >> 32
		m, i = m*100000000+word, i+8
	}
	for i < len(b) && b[i]-'0' <= 9 {
		m, i = m*10+uint64(b[i]-'0'), i+1
	}
	return m, i
}

// scanExponent parses a signed number of at most four digits; the end is -1
// where there is none.
func scanExponent(b []byte, i int) (e, end int) {
	negative := i < len(b) && b[i] == '-'
	if negative || i < len(b) && b[i] == '+' {
		i++
	}
	start := i
	for i < len(b) && b[i]-'0' <= 9 && i-start < 5 {
		e, i = e*10+int(b[i]-'0'), i+1
	}
	if i == start || i-start > 4 {
		return 0, -1
	}
	if negative {
		e = -e
	}
	return e, i
}

// Powers of ten that a float64 holds exactly.
var exactPowers = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// decimal is m times ten to the e, rounded to nearest even: with one float64
// operation where both factors are exact (Clinger, How to Read Floating Point
// Numbers Accurately, 1990), else by [eiselLemire].
func decimal(m uint64, e int) (float64, bool) {
	switch {
	case m == 0:
		return 0, true
	case m < 1<<53 && -22 <= e && e <= 0:
		return float64(m) / exactPowers[-e], true
	case m < 1<<53 && 0 < e && e <= 22:
		return float64(float64(m) * exactPowers[e]), true
	}
	return eiselLemire(m, e)
}

// largest is the largest power of ten, by its exponent's size, of the table.
const largest = 64

// powers holds the first 128 bits of ten to the -largest … largest, cut off,
// the higher half first; the top bit is set.
var powers = sync.OnceValue(func() *[2*largest + 1][2]uint64 {
	table := new([2*largest + 1][2]uint64)
	low := new(big.Int).SetUint64(math.MaxUint64)
	for i := range table {
		p := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(i-largest, largest-i))), nil)
		if i < largest {
			// The reciprocal, with enough bits that 128 are left, rounded up as in
			// Lemire's table.
			p.Add(new(big.Int).Div(new(big.Int).Lsh(big.NewInt(1), uint(p.BitLen()+127)), p), big.NewInt(1))
		}
		if n := p.BitLen() - 128; n > 0 {
			p.Rsh(p, uint(n))
		} else {
			p.Lsh(p, uint(-n))
		}
		table[i] = [2]uint64{new(big.Int).Rsh(p, 64).Uint64(), new(big.Int).And(p, low).Uint64()}
	}
	return table
})

// eiselLemire rounds m times ten to the e with one or two 64-bit products, and
// gives up on the few values that those cannot decide (Lemire, Number Parsing
// at a Gigabyte per Second, 2021). m is not zero.
func eiselLemire(m uint64, e int) (float64, bool) {
	if e < -largest || e > largest {
		return 0, false
	}
	power := &powers()[e+largest]
	zeros := bits.LeadingZeros64(m)
	m <<= uint(zeros)
	exponent := uint64(217706*e>>16+64+1023) - uint64(zeros) // 217706/65536 is log2 of 10
	hi, lo := bits.Mul64(m, power[0])
	if hi&0x1ff == 0x1ff && lo+m < m { // the lower bits may carry
		yHi, yLo := bits.Mul64(m, power[1])
		sum, carry := bits.Add64(lo, yHi, 0)
		hi, lo = hi+carry, sum
		if hi&0x1ff == 0x1ff && lo+1 == 0 && yLo+m < m {
			return 0, false
		}
	}
	top := hi >> 63
	mantissa := hi >> (top + 9) // 54 bits
	exponent -= 1 ^ top
	if lo == 0 && hi&0x1ff == 0 && mantissa&3 == 1 { // half way
		return 0, false
	}
	mantissa = (mantissa + mantissa&1) >> 1
	if mantissa>>53 > 0 {
		mantissa, exponent = mantissa>>1, exponent+1
	}
	return math.Float64frombits(exponent<<52 | mantissa&(1<<52-1)), true // |e| keeps it normal
}
