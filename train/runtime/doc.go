// Package runtime runs models: an interpreter of the ONNX operators that the
// engine's exports use, and those that converters of scikit-learn and boosting
// libraries write, in Go alone and with the same bits on every platform.
//
// [Load] decodes a file, checks it, computes whatever depends on no input, and
// compiles the rest to a list of steps. [Session.Run] executes them for a batch
// of rows. A session is safe for concurrent use.
//
// # Batches
//
// In an exported model, row i of an output depends on row i of the inputs
// alone. Load proves that where it can: it follows the dimension named rows,
// or the first one of an input that has no size, through the graph. Then a batch is computed in blocks of rows, which run in
// parallel and whose intermediate values stay small. Otherwise the batch is
// computed as a whole. Either way each element is computed by the same
// operations in the same order, so neither the size of a batch nor the number
// of cores changes a result.
//
// # Arithmetic
//
// Values are float32, as ONNX has them. Sums over elements (matrix products,
// reductions, trees) are accumulated in float64 in the order of the elements
// and rounded once; elementary functions are those of package fpmath, rounded
// to float32. Results agree with ONNX Runtime's up to the rounding of its own
// float32 sums, and with the predictions of the training engine.
//
// # Limits
//
// Whatever a file says, Load and Run return errors and do not panic. A tensor
// has at most 2^28 elements, of all rows where a batch is computed as a whole.
// There is no limit on how much a model computes: run models of strangers where
// memory and time are bounded.
//
// # Vocabulary
//
//	value    a named tensor of the graph
//	constant a value that depends on no input; computed by Load
//	extent   a small integer tensor computed from the sizes of values
//	byRow    a value whose row i depends on row i of the inputs alone
//	lying    a value of one row whose column i does
//	kernel   an operator compiled for one node
//	frame    the buffers in which one block is computed
package runtime
