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
	"strconv"
)

// The generated table: numbers, some skewed, some whole, some correlated; a label that depends on products, a sine and
// steps of the first columns; and the number that the label's probability comes from, with noise, for regression.
//
// Columns above width have nothing to do with the label; of fewer, the last are left out.
//
// A part, train or test, is three files of little-endian numbers without a header: PART.x.f32, row-major, PART.label.u8
// and PART.value.f32. train-ROWS.csv has the first rows of the part train. What the names begin with is the source's.
const (
	width     = 28
	testCells = 100_000 * width // numbers in the part test, in at most as many rows as there are with width columns
)

// source is data of one width, in files whose paths begin with prefix.
type source struct {
	prefix string
	width  int
}

func (s source) testRows() int { return testCells / max(width, s.width) }

// row fills x and returns its label and its value.
func row(r *rand.Rand, x []float32) (label byte, value float32) {
	v := make([]float64, max(width, len(x)))
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
	for i := range x {
		x[i] = float32(v[i])
	}
	if r.Float64() < 1/(1+math.Exp(-z)) {
		label = 1
	}
	return label, float32(z + r.NormFloat64())
}

// generate writes both parts, and CSV files of some numbers of rows. It runs in a process of its own, since the memory
// of the benchmark would count as its children's.
func (n need) generate() error {
	if err := n.part("train", n.rows, 1); err != nil {
		return err
	}
	if err := n.part("test", n.testRows(), 2); err != nil {
		return err
	}
	for _, rows := range n.csv {
		if err := n.writeCSV(rows); err != nil {
			return err
		}
	}
	return nil
}

func (s source) part(name string, rows int, seed uint64) (err error) {
	w, err := s.create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	r, x := rand.New(rand.NewPCG(seed, 0)), make([]float32, s.width)
	for range rows {
		label, value := row(r, x)
		w.write(x, label, value)
	}
	return nil
}

// partWriter writes the three files of a part.
type partWriter struct {
	out   [3]*bufio.Writer
	files []*os.File
}

func (s source) create(part string) (*partWriter, error) {
	w := &partWriter{}
	for i, ending := range []string{".x.f32", ".label.u8", ".value.f32"} {
		f, err := os.Create(s.prefix + part + ending)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("write data: %w", err), w.close())
		}
		w.files, w.out[i] = append(w.files, f), bufio.NewWriterSize(f, 1<<20)
	}
	return w, nil
}

// write leaves errors to close: a buffered writer keeps its first.
func (w *partWriter) write(x []float32, label byte, value float32) {
	line := w.out[0].AvailableBuffer()
	for _, v := range x {
		line = binary.LittleEndian.AppendUint32(line, math.Float32bits(v))
	}
	_, _ = w.out[0].Write(line)
	_ = w.out[1].WriteByte(label)
	_, _ = w.out[2].Write(binary.LittleEndian.AppendUint32(w.out[2].AvailableBuffer(), math.Float32bits(value)))
}

func (w *partWriter) close() error {
	var errs []error
	for i, f := range w.files {
		errs = append(errs, w.out[i].Flush(), f.Close())
	}
	return errors.Join(errs...)
}

func (s source) csvPath(rows int) string { return fmt.Sprintf("%strain-%d.csv", s.prefix, rows) }

func (s source) writeCSV(rows int) (err error) {
	f, err := os.Create(s.csvPath(rows))
	if err != nil {
		return fmt.Errorf("generate data: %w", err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	defer func() { err = errors.Join(err, w.Flush(), f.Close()) }()
	for i := range s.width {
		fmt.Fprintf(w, "f%d,", i)
	}
	fmt.Fprintln(w, "label")
	label, err := s.labels("train", rows)
	if err != nil {
		return err
	}
	return s.eachRow("train", rows, func(i int, x []float32) {
		var line []byte
		for _, v := range x {
			line = append(strconv.AppendFloat(line, float64(v), 'g', -1, 32), ',')
		}
		_, _ = w.Write(append(line, '0'+byte(label[i]), '\n'))
	})
}

// eachRow reads rows without keeping them.
func (s source) eachRow(part string, rows int, visit func(i int, x []float32)) error {
	f, err := os.Open(s.prefix + part + ".x.f32")
	if err != nil {
		return fmt.Errorf("read data: %w", err)
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	raw, x := make([]byte, 4*s.width), make([]float32, s.width)
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

// labels returns the first rows of a part, or all where rows is zero.
func (s source) labels(part string, rows int) ([]int, error) {
	raw, err := os.ReadFile(s.prefix + part + ".label.u8")
	if rows == 0 {
		rows = len(raw)
	}
	if err != nil || len(raw) < rows {
		return nil, errors.Join(errors.New("read labels: too few"), err)
	}
	out := make([]int, rows)
	for i := range out {
		out[i] = int(raw[i])
	}
	return out, nil
}

func (s source) values(part string, rows int) ([]float64, error) {
	raw, err := os.ReadFile(s.prefix + part + ".value.f32")
	if rows == 0 {
		rows = len(raw) / 4
	}
	if err != nil || len(raw) < 4*rows {
		return nil, errors.Join(errors.New("read values: too few"), err)
	}
	out := make([]float64, rows)
	for i := range out {
		out[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])))
	}
	return out, nil
}
