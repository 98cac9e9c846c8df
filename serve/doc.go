// Package serve is the inference server that an image with image.serve runs: the
// REST half of the Open Inference Protocol, version 2, for one ONNX model, which
// package train/runtime computes.
//
// [Load] reads a model and compares it with what the build said of it. [Serve]
// answers requests until its context ends, and then those that it has begun.
//
// # Requests
//
// A request is read whole, to a limit, before anything of it is looked at. Its
// JSON is checked by package jsontext; the elements of a tensor are then taken
// from the text in one pass, since a request is mostly numbers. What a client
// gets wrong is a [*Refusal], which says which input and what was expected.
// Nothing of a request is logged but sizes, times and the outcome.
//
// # Numbers
//
// A number in JSON becomes a float64 and then what the input takes, as the
// numbers of a dataset do in training, so that a served prediction has the bits
// of the one that the build made. JSON has no NaN: null stands for a missing
// number, in requests and in answers.
//
// # Vocabulary
//
//	tensor    an input or output, by name, datatype and shape
//	element   one value of a tensor, in row-major order
//	route     an endpoint of the protocol, whatever the model's name
//	slot      the right to compute; there are as many as processors
package serve
