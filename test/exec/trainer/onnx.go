package main

import (
	"fmt"
	"os"

	"github.com/modelbuild/modelbuild/train/onnx"
)

// line fits the column Y by the column X, by least squares, and writes the line as an ONNX model.
func line() error {
	file := os.Getenv("MODELBUILD_DATA_TRAIN")
	xs, err := column(file, os.Getenv("X"))
	if err != nil {
		return err
	}
	ys, err := column(file, os.Getenv("Y"))
	if err != nil {
		return err
	}
	if len(xs) != len(ys) {
		return fmt.Errorf("%d values and %d", len(xs), len(ys))
	}
	var x, y, xx, xy float64
	n := float64(len(xs))
	for i := range xs {
		x, y = x+xs[i]/n, y+ys[i]/n
	}
	for i := range xs {
		xx, xy = xx+(xs[i]-x)*(xs[i]-x), xy+(xs[i]-x)*(ys[i]-y)
	}
	slope := xy / xx
	var b onnx.Builder
	scaled := b.Apply("Mul", "mul", "x", b.Constant("slope", []int64{1}, []float32{float32(slope)}))
	out := b.Apply("Add", "add", scaled, b.Constant("offset", []int64{1}, []float32{float32(y - slope*x)}))
	b.Graph.Inputs = []onnx.Value{{Name: "x", Type: onnx.Float, Dims: []int64{onnx.Rows, 1}}}
	b.Graph.Outputs = []onnx.Value{{Name: out, Type: onnx.Float, Dims: []int64{onnx.Rows, 1}}}
	return os.WriteFile("model.onnx", onnx.Model{Graph: b.Graph}.Encode(), 0o600)
}
