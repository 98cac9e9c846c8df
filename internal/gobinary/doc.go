// Package gobinary reads what the Go toolchain noted in a program: its module, the modules that it was made of with
// the sums by which go.sum pins them, and how it was compiled. It runs nothing.
package gobinary
