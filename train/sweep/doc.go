// Package sweep lists what the trials of a sweep try. It computes with fixed generators
// and orders alone, so that a specification means the same trials everywhere.
package sweep
