// Package train is the built-in training engine: it reads a [job.Train], fits
// a model that has the same bits on every machine, and exports it as ONNX with
// its preprocessing inside.
//
// [Run] goes from data to the files of a model: the model itself, the schema
// of its inputs and outputs, its predictions for the held-out rows, and a
// record of everything that decided it. [Evaluate] goes from the record and
// the predictions to metrics, and says which gates are not met.
//
// Mistakes in the data or the job come back as [job.Problems]; other errors
// are failures of the machine. Nothing here reads the clock, the environment
// or a random source that the job does not seed.
package train
