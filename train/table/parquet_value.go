package table

import (
	"encoding/binary"
	"encoding/hex"
	"math/big"
	"strconv"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// cellKind is what a value of a Parquet column is.
type cellKind uint8

const (
	cellNumber cellKind = iota
	cellDate
	cellText
	cellBool
)

// cell is a value. A number that was an integer keeps its digits.
type cell struct {
	kind     cellKind
	number   float64 // of a date, seconds
	integer  int64
	unsigned uint64
	whole    byte // 'i' and 'u' say that integer or unsigned is set
	inexact  bool
	yes      bool
	text     []byte
}

// format appends the cell as a text.
func (x cell) format(out []byte) []byte {
	switch {
	case x.kind == cellText:
		return append(out, x.text...)
	case x.kind == cellBool:
		return strconv.AppendBool(out, x.yes)
	case x.kind == cellDate:
		return append(out, formatDate(x.number)...)
	case x.whole == 'i':
		return strconv.AppendInt(out, x.integer, 10)
	case x.whole == 'u':
		return strconv.AppendUint(out, x.unsigned, 10)
	case float64(float32(x.number)) == x.number:
		return strconv.AppendFloat(out, x.number, 'g', -1, 32)
	}
	return strconv.AppendFloat(out, x.number, 'g', -1, 64)
}

func signed(v int64) cell {
	f := float64(v)
	return cell{number: f, integer: v, whole: 'i', inexact: v > 1<<53 && int64(f) != v || v < -1<<53 && int64(f) != v}
}

func unsigned(v uint64) cell {
	f := float64(v)
	return cell{number: f, unsigned: v, whole: 'u', inexact: v > 1<<53 && (f >= 1<<64 || uint64(f) != v)}
}

// decoder turns a value that is there into a cell.
type decoder func(v *parquet.Value) cell

// decoderOf is the decoder of a type, nil where it cannot be read, and the kind
// of column that it is by nature: Float32, Text or Date.
func decoderOf(t parquet.Type) (decoder, Kind) {
	if logical := t.LogicalType(); logical != nil && logical.Value != nil {
		switch l := logical.Value.(type) {
		case *format.StringType, *format.EnumType, *format.JsonType:
			return bytesCell, Text
		case *format.UUIDType:
			return func(v *parquet.Value) cell {
				return cell{kind: cellText, text: []byte(hex.EncodeToString(v.ByteArray()))}
			}, Text
		case *format.DecimalType:
			return decimalOf(t.Kind(), l.Scale), Float32
		case *format.DateType:
			return func(v *parquet.Value) cell { return date(float64(int64(v.Int32()) * 86400)) }, Date
		case *format.TimestampType:
			return timestampOf(&l.Unit), Date
		case *format.TimeType:
			return timeOf(t.Kind(), &l.Unit), Float32
		case *format.IntType:
			return integerOf(t.Kind(), l.IsSigned), Float32
		case *format.NullType:
			return bytesCell, Float32
		default:
			return nil, 0
		}
	}
	switch t.Kind() {
	case parquet.Boolean:
		return func(v *parquet.Value) cell { return cell{kind: cellBool, yes: v.Boolean()} }, Text
	case parquet.Int32, parquet.Int64:
		return integerOf(t.Kind(), true), Float32
	case parquet.Int96:
		return int96, Date
	case parquet.Float:
		return func(v *parquet.Value) cell { return number64(float64(v.Float())) }, Float32
	case parquet.Double:
		return func(v *parquet.Value) cell { return number64(v.Double()) }, Float32
	case parquet.ByteArray:
		return bytesCell, Text
	}
	return nil, 0
}

// number64 is a number; NaN is missing, as in a text.
func number64(v float64) cell {
	if v != v {
		return cell{kind: cellText}
	}
	return cell{number: v}
}

func bytesCell(v *parquet.Value) cell { return cell{kind: cellText, text: v.ByteArray()} }

func integerOf(kind parquet.Kind, isSigned bool) decoder {
	switch {
	case kind == parquet.Int32 && isSigned:
		return func(v *parquet.Value) cell { return signed(int64(v.Int32())) }
	case kind == parquet.Int32:
		return func(v *parquet.Value) cell { return unsigned(uint64(v.Uint32())) }
	case isSigned:
		return func(v *parquet.Value) cell { return signed(v.Int64()) }
	}
	return func(v *parquet.Value) cell { return unsigned(v.Uint64()) }
}

// decimalOf rounds the decimal to the nearest float.
func decimalOf(kind parquet.Kind, scale int32) decoder {
	exponent := "e-" + strconv.Itoa(int(scale))
	round := func(unscaled string) cell {
		v, _ := Number(unscaled + exponent)
		return cell{number: v}
	}
	switch kind {
	case parquet.Int32:
		return func(v *parquet.Value) cell { return round(strconv.Itoa(int(v.Int32()))) }
	case parquet.Int64:
		return func(v *parquet.Value) cell { return round(strconv.FormatInt(v.Int64(), 10)) }
	}
	return func(v *parquet.Value) cell {
		data := v.ByteArray() // two's complement, the highest byte first
		n := new(big.Int).SetBytes(data)
		if len(data) > 0 && data[0]&0x80 != 0 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(data))))
		}
		return round(n.String())
	}
}

// date is a moment of the years 1 to 9999; others are no date.
func date(seconds float64) cell {
	if seconds < -62135596800 || seconds >= 253402300800 {
		return cell{kind: cellText, text: strconv.AppendFloat(nil, seconds, 'f', -1, 64)}
	}
	return cell{kind: cellDate, number: seconds}
}

func perSecond(u *format.TimeUnit) int64 {
	switch u.Value.(type) {
	case *format.MilliSeconds:
		return 1e3
	case *format.MicroSeconds:
		return 1e6
	}
	return 1e9
}

func timestampOf(u *format.TimeUnit) decoder {
	unit := perSecond(u)
	return func(v *parquet.Value) cell { return date(seconds(v.Int64(), unit)) }
}

func seconds(v, unit int64) float64 { return float64(v/unit) + float64(v%unit)/float64(unit) }

func timeOf(kind parquet.Kind, u *format.TimeUnit) decoder {
	unit := perSecond(u)
	if kind == parquet.Int32 {
		return func(v *parquet.Value) cell { return cell{number: seconds(int64(v.Int32()), unit)} }
	}
	return func(v *parquet.Value) cell { return cell{number: seconds(v.Int64(), unit)} }
}

// int96 is nanoseconds of a Julian day, which old writers have for a timestamp.
func int96(v *parquet.Value) cell {
	b := v.Bytes()
	nanos, day := int64(binary.LittleEndian.Uint64(b)), int64(binary.LittleEndian.Uint32(b[8:]))
	return date(float64((day-2440588)*86400) + seconds(nanos, 1e9))
}
