package table

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/stretchr/testify/require"

	"github.com/modelbuild/modelbuild/train/job"
)

type birds struct {
	Species string           `parquet:"species,dict"`
	Mass    *float64         `parquet:"mass,optional"`
	Length  float32          `parquet:"length"`
	Count   int32            `parquet:"count"`
	Ring    int64            `parquet:"ring"`
	Small   uint8            `parquet:"small"`
	Male    *bool            `parquet:"male,optional"`
	Day     int32            `parquet:"day,date"`
	Seen    time.Time        `parquet:"seen,timestamp(microsecond)"`
	Old     deprecated.Int96 `parquet:"old"`
	Price   int64            `parquet:"price,decimal(2:10)"`
	Vector  []float32        `parquet:"vector,list"`
	Plain   []int32          `parquet:"plain"`
	Notes   *string          `parquet:"notes,optional"`
}

func parquetFile[T any](t testing.TB, rows []T, options ...parquet.WriterOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b, options...)
	_, err := w.Write(rows)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func openParquet(data []byte, o Options) (*Table, error) {
	return readAll(job.Dataset{Name: "d", Format: "parquet"}, bytes.NewReader(data), o)
}

func flock(n int) []birds {
	rng := rand.New(rand.NewPCG(1, 2))
	rows := make([]birds, n)
	for i := range rows {
		mass, male, note := rng.Float64(), i%3 == 0, "a note"
		b := birds{Species: []string{"gull", "tern"}[i%2], Length: rng.Float32(), Count: int32(i), Ring: int64(i) - 5, Small: uint8(i),
			Day: int32(20000 + i), Seen: time.UnixMicro(1.7e15 + int64(i)*1e6 + 250000).UTC(), Old: deprecated.Int96{0, 0, 2440588 + uint32(i)},
			Price: int64(100*i + 99), Vector: []float32{float32(i), 2, 3}, Plain: []int32{int32(i), 7}}
		if i%5 > 0 {
			b.Mass, b.Male = &mass, &male
		}
		if i%7 == 0 {
			b.Notes = &note
		}
		rows[i] = b
	}
	return rows
}

func TestParquet(t *testing.T) {
	rows := flock(10_001)
	data := parquetFile(t, rows, parquet.MaxRowsPerRowGroup(3000), parquet.PageBufferSize(5000), parquet.Compression(&parquet.Zstd))
	tab, err := openParquet(data, Options{})
	require.NoError(t, err)
	require.Equal(t, len(rows), tab.Rows())
	sum := sha256.Sum256(data)
	require.Equal(t, hex.EncodeToString(sum[:]), tab.SHA256)
	require.Equal(t, int64(len(data)), tab.Size)
	require.Zero(t, tab.Line(3))
	want := map[string]Kind{"species": Text, "mass": Float32, "length": Float32, "count": Float32, "ring": Float32, "small": Float32, "male": Text,
		"day": Date, "seen": Date, "old": Date, "price": Float32, "vector": Vector, "plain": Vector, "notes": Text}
	for name, kind := range want {
		c, ok := tab.Column(name)
		require.True(t, ok)
		require.Equal(t, kind, c.Kind, name)
		require.True(t, c.Guess.Inferred, name)
	}
	for i := range rows {
		text := func(name string) string {
			c, _ := tab.Column(name)
			return c.Text(i)
		}
		require.Equal(t, rows[i].Species, text("species"))
		require.Equal(t, fmt.Sprint(rows[i].Ring), text("ring"))
		require.Equal(t, time.Unix(int64(rows[i].Day)*86400, 0).UTC().Format(time.DateOnly), text("day"))
		require.Equal(t, strings.TrimSuffix(rows[i].Seen.Truncate(time.Second).Format(time.RFC3339), "T00:00:00Z"), text("seen"))
		require.Equal(t, time.Unix(int64(i)*86400, 0).UTC().Format(time.DateOnly), text("old"))
		require.Equal(t, fmt.Sprintf("[%d, 2, 3]", i), text("vector"))
		require.Equal(t, map[bool]string{true: "a note"}[i%7 == 0], text("notes"))
	}
	mass, _ := tab.Column("mass")
	male, _ := tab.Column("male")
	price, _ := tab.Column("price")
	require.Equal(t, 2001, mass.Missing.N)
	require.Equal(t, float32(*rows[1].Mass), mass.Numbers[1])
	require.True(t, math.IsNaN(float64(mass.Numbers[5])))
	require.True(t, male.Guess.Boolean)
	require.Equal(t, float32(5.99), price.Numbers[5])
	seen, _ := tab.Column("seen")
	require.Equal(t, 1.7e9+3.25, seen.Exact[3])
}

// TestParquetWanted reads columns as another kind than their own.
func TestParquetWanted(t *testing.T) {
	data := parquetFile(t, flock(100))
	tab, err := openParquet(data, Options{Columns: map[string]Kind{"count": Text, "mass": Float64, "day": Time, "ring": Time, "male": Text, "price": Text,
		"length": Vector, "seen": Text}, Others: Skip})
	require.NoError(t, err)
	text := func(name string, row int) string {
		c, _ := tab.Column(name)
		return c.Text(row)
	}
	require.Equal(t, "42", text("count", 42))
	require.Equal(t, "true", text("male", 3))
	require.Equal(t, "5.99", text("price", 5))
	require.Equal(t, "37", text("ring", 42))
	require.Equal(t, "2023-11-14T22:13:20Z", text("seen", 0))
	day, _ := tab.Column("day")
	require.Equal(t, 100, day.Dates)
	require.Equal(t, 20001.0*86400, day.Exact[1])
	species, _ := tab.Column("species")
	require.Equal(t, Column{Name: "species", Kind: Skip}, *species)
	tab, err = openParquet(data, Options{Columns: map[string]Kind{"species": Float32, "count": Date}, Others: Skip})
	require.NoError(t, err)
	for name, want := range map[string]Cells{"species": {100, 0, "gull"}, "count": {100, 0, "0"}} {
		c, _ := tab.Column(name)
		require.Equal(t, want, c.Bad, name)
	}
}

func TestParquetProblems(t *testing.T) {
	type wide struct {
		A int64  `parquet:"a"`
		B uint64 `parquet:"b"`
		S string `parquet:"s"`
	}
	big := []wide{{A: 1 << 53, B: 1 << 60, S: "x"}, {A: 1<<53 + 1, B: 1<<64 - 1, S: "\xfc"}, {A: -1<<62 - 1, S: "y"}}
	_, err := openParquet(parquetFile(t, big), Options{})
	require.EqualError(t, err, `data.d row 2: column "a": 9007199254740993 is a whole number that a float does not hold exactly (and 1 more row) (MB2034)
  hint: exclude it, or declare type: category
data.d row 2: column "b": 18446744073709551615 is a whole number that a float does not hold exactly (MB2034)
  hint: exclude it, or declare type: category
data.d row 2: column "s" is not UTF-8: "\xfc" (MB2009)
  hint: convert it, for example with: iconv -f WINDOWS-1252 -t UTF-8`)
	tab, err := openParquet(parquetFile(t, big), Options{Columns: map[string]Kind{"a": Text, "b": Text}, Others: Skip})
	require.NoError(t, err)
	require.Equal(t, "-4611686018427387905", tab.Columns[0].Text(2))

	type nested struct {
		A int                  `parquet:"a"`
		G struct{ X, Y int32 } `parquet:"g"`
		L map[string]int       `parquet:"l"`
	}
	data := parquetFile(t, []nested{{A: 1}})
	_, err = openParquet(data, Options{})
	require.ErrorContains(t, err, `column "g" has a type that cannot be read: columns within a column (MB2032)`)
	_, err = openParquet(data, Options{Columns: map[string]Kind{"g": Skip, "l": Skip}})
	require.NoError(t, err)
	_, err = openParquet(parquetFile(t, []wide{}), Options{})
	require.ErrorContains(t, err, "no rows (MB2002)")
}

// TestParquetLists has lists of other lengths, without a value and with a hole.
func TestParquetLists(t *testing.T) {
	type row struct {
		V []*float64 `parquet:"v,optional,list"`
	}
	one, two := 1.0, 2.0
	tab, err := openParquet(parquetFile(t, []row{{}, {V: []*float64{&one, &two}}, {V: []*float64{&one}}, {V: []*float64{&one, nil}}, {V: []*float64{&two, &one}}}), Options{})
	require.NoError(t, err)
	v := tab.Columns[0]
	require.Equal(t, 2, v.Width)
	require.Equal(t, []string{"", "[1, 2]", "", "", "[2, 1]"}, []string{v.Text(0), v.Text(1), v.Text(2), v.Text(3), v.Text(4)})
	require.Equal(t, Cells{2, 2, "a list of 1"}, v.Bad)
	require.Equal(t, 1, v.Missing.N)
}

// TestDamagedParquet cuts and changes a file everywhere: the answer is a table
// or a problem, never a panic.
func TestDamagedParquet(t *testing.T) {
	data := parquetFile(t, flock(50), parquet.Compression(&parquet.Snappy))
	check := func(name string, data []byte) bool {
		_, err := openParquet(data, Options{})
		var ps job.Problems
		require.True(t, err == nil || errors.As(err, &ps), "%s: %v", name, err)
		return err != nil
	}
	for n := 0; n < len(data); n += 29 {
		require.True(t, check(fmt.Sprint("the first ", n), data[:n]))
	}
	_, err := openParquet(data[:100], Options{})
	require.ErrorContains(t, err, "data.d: not a Parquet file, or a damaged one:")
	require.ErrorContains(t, err, "(MB2030)")
	rng := rand.New(rand.NewPCG(9, 9))
	found := 0
	for range 300 {
		broken := bytes.Clone(data)
		broken[rng.IntN(len(broken))] ^= byte(1 << rng.IntN(8))
		if check("a bit", broken) {
			found++
		}
	}
	require.Positive(t, found)
	_, err = openParquet([]byte(strings.Repeat("a,b\n", 100)), Options{})
	require.ErrorContains(t, err, "(MB2030)")
}
