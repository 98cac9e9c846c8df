package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
)

// The generated table: numbers, some skewed, some whole, some correlated; a label that depends on products, a sine and
// steps of the first columns; and the number that the label's probability comes from, with noise, for regression.
//
// A part, train or test, is three files of little-endian numbers without a header: PART.x.f32, row-major, PART.label.u8
// and PART.value.f32. train-ROWS.csv has the first rows of the part train.
const (
	width    = 28
	testRows = 100_000
)

// row fills x and returns its label and its value.
func row(r *rand.Rand, x []float32) (label byte, value float32) {
	v := make([]float64, width)
	for i := range v {
		v[i] = r.NormFloat64()
	}
	v[5], v[9], v[13] = math.Exp(v[5]), math.Abs(v[9]), math.Round(v[13]*2)
	for i := range 8 {
		v[20+i] += 0.5 * v[i]
	}
	z := 0.8*(v[0]+.5)*(v[1]+.4) + math.Sin(2*v[2]) + 0.5*max(v[3], v[4]) + 0.3*(math.Log(v[5])+.5)*v[6] +
		0.2*v[13] + 0.3*(v[20]+.6)*(v[21]+.5) - 0.3*v[22]*v[22]
	if v[9] > 1 {
		z += 0.4 * v[10]
	}
	for i, f := range v {
		x[i] = float32(f)
	}
	if r.Float64() < 1/(1+math.Exp(-z)) {
		label = 1
	}
	return label, float32(z + r.NormFloat64())
}

// generate writes both parts, and CSV files of some numbers of rows. It runs in a process of its own, since the memory
// of the benchmark would count as its children's.
func generate(dir string, rows int, csvRows []int) error {
	if err := part(filepath.Join(dir, "train"), rows, 1); err != nil {
		return err
	}
	if err := part(filepath.Join(dir, "test"), testRows, 2); err != nil {
		return err
	}
	for _, n := range csvRows {
		if err := writeCSV(dir, n); err != nil {
			return err
		}
	}
	return nil
}

func part(path string, rows int, seed uint64) (err error) {
	var out [3]*bufio.Writer
	for i, ending := range []string{".x.f32", ".label.u8", ".value.f32"} {
		f, createErr := os.Create(path + ending)
		if createErr != nil {
			return fmt.Errorf("generate data: %w", createErr)
		}
		out[i] = bufio.NewWriterSize(f, 1<<20)
		defer func() { err = errors.Join(err, out[i].Flush(), f.Close()) }()
	}
	r := rand.New(rand.NewPCG(seed, 0))
	x, line := make([]float32, width), make([]byte, 0, 4*width)
	for range rows {
		label, value := row(r, x)
		line = line[:0]
		for _, v := range x {
			line = binary.LittleEndian.AppendUint32(line, math.Float32bits(v))
		}
		_, _ = out[0].Write(line) // a writer keeps its first error for Flush
		_ = out[1].WriteByte(label)
		_, _ = out[2].Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(value)))
	}
	return nil
}

func csvPath(dir string, rows int) string {
	return filepath.Join(dir, fmt.Sprintf("train-%d.csv", rows))
}

func writeCSV(dir string, rows int) (err error) {
	f, err := os.Create(csvPath(dir, rows))
	if err != nil {
		return fmt.Errorf("generate data: %w", err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	defer func() { err = errors.Join(err, w.Flush(), f.Close()) }()
	for i := range width {
		fmt.Fprintf(w, "f%d,", i)
	}
	fmt.Fprintln(w, "label")
	label, err := readLabels(dir, "train", rows)
	if err != nil {
		return err
	}
	return eachRow(dir, "train", rows, func(i int, x []float32) {
		var line []byte
		for _, v := range x {
			line = append(strconv.AppendFloat(line, float64(v), 'g', -1, 32), ',')
		}
		_, _ = w.Write(append(line, '0'+byte(label[i]), '\n'))
	})
}

// eachRow reads rows without keeping them.
func eachRow(dir, part string, rows int, visit func(i int, x []float32)) error {
	f, err := os.Open(filepath.Join(dir, part+".x.f32"))
	if err != nil {
		return fmt.Errorf("read data: %w", err)
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	raw, x := make([]byte, 4*width), make([]float32, width)
	for i := range rows {
		if _, err := io.ReadFull(in, raw); err != nil {
			return fmt.Errorf("read data: %w", err)
		}
		for j := range x {
			x[j] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*j:]))
		}
		visit(i, x)
	}
	return nil
}

func readLabels(dir, part string, rows int) ([]int, error) {
	raw, err := os.ReadFile(filepath.Join(dir, part+".label.u8"))
	if err != nil || len(raw) < rows {
		return nil, errors.Join(errors.New("read labels: too few"), err)
	}
	out := make([]int, rows)
	for i := range out {
		out[i] = int(raw[i])
	}
	return out, nil
}

func readValues(dir, part string, rows int) ([]float64, error) {
	raw, err := os.ReadFile(filepath.Join(dir, part+".value.f32"))
	if err != nil || len(raw) < 4*rows {
		return nil, errors.Join(errors.New("read values: too few"), err)
	}
	out := make([]float64, rows)
	for i := range out {
		out[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])))
	}
	return out, nil
}
