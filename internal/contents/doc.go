// Package contents reads what of an image says what the image is, in one pass over its layers: the files of the model by
// their digests, the documents beside it, and the Go programs.
package contents
