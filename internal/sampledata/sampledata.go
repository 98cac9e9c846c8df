// Package sampledata holds small public data sets for the tests of the
// algorithms: iris, wine, breast_cancer and digits for classification, diabetes
// for regression. They are those of scikit-learn's sklearn.datasets, which has
// them from the UCI Machine Learning Repository and from Efron et al., "Least
// Angle Regression" (2004). In each file a line is the features of a row and
// then its target.
package sampledata

import (
	"compress/gzip"
	"embed"
	"encoding/csv"
	"math"
	"strconv"
	"testing"

	"github.com/modelbuild/modelbuild/train/learn"
	"github.com/modelbuild/modelbuild/train/matrix"
)

//go:embed testdata
var files embed.FS

// Load reads a set: with classes, or for diabetes values.
func Load(t testing.TB, name string) learn.Sample {
	t.Helper()
	f, err := files.Open("testdata/" + name + ".csv.gz")
	check(t, err)
	z, err := gzip.NewReader(f)
	check(t, err)
	records, err := csv.NewReader(z).ReadAll()
	check(t, err)
	width := len(records[0]) - 1
	s := learn.Sample{Input: learn.Input{Dense: matrix.NewDense(len(records), width)}}
	for i, r := range records {
		for j, text := range r {
			v, err := strconv.ParseFloat(text, 32)
			check(t, err)
			switch {
			case j < width:
				s.Dense.Row(i)[j] = v
			case name == "diabetes":
				s.Value = append(s.Value, v)
			default:
				s.Class = append(s.Class, int(v))
				s.Classes = max(s.Classes, int(v)+1)
			}
		}
	}
	return s
}

// Split holds out every third row, the third first.
func Split(s learn.Sample) (train, test learn.Sample) {
	var rows [2][]int
	for i := range s.Rows() {
		part := 0
		if i%3 == 2 {
			part = 1
		}
		rows[part] = append(rows[part], i)
	}
	return Pick(s, rows[0]), Pick(s, rows[1])
}

// Pick copies rows of a sample with dense input.
func Pick(s learn.Sample, rows []int) learn.Sample {
	out := learn.Sample{Input: learn.Input{Dense: matrix.NewDense(len(rows), s.Dense.Width)}, Target: learn.Target{Classes: s.Classes}}
	for i, r := range rows {
		copy(out.Dense.Row(i), s.Dense.Row(r))
		if s.Class != nil {
			out.Class = append(out.Class, s.Class[r])
		}
		if s.Value != nil {
			out.Value = append(out.Value, s.Value[r])
		}
		if s.Weight != nil {
			out.Weight = append(out.Weight, s.Weight[r])
		}
	}
	return out
}

// Standard scales the features of both parts by the mean and the deviation of
// the first, to float32, as the engine does by default.
func Standard(train, test learn.Sample) (scaledTrain, scaledTest learn.Sample) {
	scaledTrain, scaledTest = train, test
	scaledTrain.Dense, scaledTest.Dense = matrix.NewDense(train.Rows(), train.Dense.Width), matrix.NewDense(test.Rows(), test.Dense.Width)
	for j := range train.Dense.Width {
		mean, square := 0.0, 0.0
		for i := range train.Rows() {
			mean += train.Dense.Row(i)[j] / float64(train.Rows())
		}
		for i := range train.Rows() {
			d := train.Dense.Row(i)[j] - mean
			square += d * d / float64(train.Rows())
		}
		scale := 1.0
		if square > 0 {
			scale = math.Sqrt(square)
		}
		for i := range train.Rows() {
			scaledTrain.Dense.Row(i)[j] = float64(float32((train.Dense.Row(i)[j] - mean) / scale))
		}
		for i := range test.Rows() {
			scaledTest.Dense.Row(i)[j] = float64(float32((test.Dense.Row(i)[j] - mean) / scale))
		}
	}
	return scaledTrain, scaledTest
}

// Columns is the same features column by column.
func Columns(d matrix.Dense) matrix.Columns {
	c := matrix.Columns{Rows: d.Rows, Features: make([]matrix.Feature, d.Width)}
	for j := range c.Features {
		c.Features[j] = matrix.Feature{Name: strconv.Itoa(j), Values: make([]float32, d.Rows)}
		for i := range d.Rows {
			c.Features[j].Values[i] = float32(d.Row(i)[j])
		}
	}
	return c
}

// Accuracy is the share of rows whose largest score is that of their class.
func Accuracy(scores matrix.Dense, class []int) float64 {
	right := 0
	for i, c := range class {
		if Top(scores.Row(i)) == c {
			right++
		}
	}
	return float64(right) / float64(len(class))
}

// Top is the position of the largest score, the first of equal ones.
func Top(scores []float64) int {
	top := 0
	for k, v := range scores {
		if v > scores[top] {
			top = k
		}
	}
	return top
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
