// Package onnx encodes models in the Open Neural Network Exchange format, as
// much of it as the exported models need.
//
// Messages are written field by field in the order of their numbers, so equal
// models are equal bytes. Field numbers are those of onnx.proto3, IR version 8.
package onnx
