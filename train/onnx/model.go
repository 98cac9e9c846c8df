package onnx

// Versions written: old enough for ONNX Runtime 1.12, new enough for every
// operator used here.
const (
	IRVersion = 8
	Opset     = 13 // domain ai.onnx
	OpsetML   = 2  // domain ai.onnx.ml
	DomainML  = "ai.onnx.ml"
	producer  = "modelbuild"

	// OpsetTreeEnsemble is the first version of ai.onnx.ml with TreeEnsemble.
	OpsetTreeEnsemble = 5

	// OpsetStringSplit is the first version of ai.onnx with StringSplit.
	OpsetStringSplit = 20
	defaultName      = "model"
)

// Element types of tensors (TensorProto.DataType).
const (
	Float  = 1
	Int32  = 6
	Int64  = 7
	String = 8
	Bool   = 9
	UInt8  = 2
	Double = 11
)

// Model is a graph with its metadata.
type Model struct {
	Graph    Graph
	Metadata []Property
}

// Property is a metadata entry.
type Property struct{ Key, Value string }

// Graph is a list of nodes in topological order, between inputs and outputs.
type Graph struct {
	Nodes        []Node
	Initializers []Tensor
	Inputs       []Value
	Outputs      []Value
	Opset        int64 // of ai.onnx, where an operator needs a later one than [Opset]
	OpsetML      int64 // of ai.onnx.ml, the same
}

// Node applies an operator to named values.
type Node struct {
	Op         string
	Domain     string // "" is ai.onnx
	Inputs     []string
	Outputs    []string
	Attributes []Attribute
}

// Attribute is a named constant of a node. Value is an int64, float32, string,
// []int64, []float32, []string or [Tensor].
type Attribute struct {
	Name  string
	Value any
}

// Tensor is a constant. Data is a []float32, []float64, []int64 or []uint8.
type Tensor struct {
	Name string
	Dims []int64
	Data any
}

// Value declares an input or output. A dimension of zero or more is fixed; the
// batch dimension is [Rows].
type Value struct {
	Name string
	Type int32
	Dims []int64
	Maps bool // decoded only: a sequence of maps, of any types, in place of a tensor
}

// Rows stands for the dynamic batch dimension, which is named "rows".
const Rows = -1
