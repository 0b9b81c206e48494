// Package proto reads ONNX's protocol buffer messages, as onnx.proto of version 1.19 has them, and
// writes models. What is read refers to none of the bytes that it was read from, so that a file can
// be closed; tensors stand at multiples of 64 bytes.
package proto

// Model is a ModelProto: a graph, with the versions of the operator sets that it is written in.
type Model struct {
	IRVersion       int64
	ProducerName    string
	ProducerVersion string
	Domain          string
	ModelVersion    int64
	Doc             string
	Graph           *Graph
	Opsets          []Opset
	Metadata        []Entry
	Functions       []*Function
	Training        int // the number of training_info messages, which are not read
}

// Opset is an OperatorSetIdProto.
type Opset struct {
	Domain  string
	Version int64
}

// Entry is a StringStringEntryProto.
type Entry struct{ Key, Value string }

// Graph is a GraphProto.
type Graph struct {
	Name        string
	Nodes       []*Node
	Initializer []*Tensor
	Sparse      []*SparseTensor
	Inputs      []*ValueInfo
	Outputs     []*ValueInfo
	Values      []*ValueInfo // what is declared of others; written, not read
	Doc         string       // written, not read
}

// Node is a NodeProto: an operator with the names of its inputs and outputs.
type Node struct {
	Inputs, Outputs  []string
	Name             string
	Operator, Domain string
	Overload         string
	Attributes       []*Attribute
}

// Attribute returns the attribute of that name, nil if there is none.
//
//go:noinline
func (n *Node) Attribute(name string) *Attribute {
	for _, a := range n.Attributes {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// AttributeType says which field of an attribute holds its value.
type AttributeType int32

// The types of attributes.
const (
	UndefinedAttribute AttributeType = iota
	FloatAttribute
	IntAttribute
	StringAttribute
	TensorAttribute
	GraphAttribute
	FloatsAttribute
	IntsAttribute
	StringsAttribute
	TensorsAttribute
	GraphsAttribute
	SparseTensorAttribute
	SparseTensorsAttribute
	TypeAttribute
	TypesAttribute
)

// Attribute is an AttributeProto.
type Attribute struct {
	Name      string
	Type      AttributeType
	Reference string // to an attribute of the function that the node is in
	Float     float32
	Int       int64
	String    []byte
	Tensor    *Tensor
	Graph     *Graph
	Sparse    *SparseTensor
	ValueType *Type
	Floats    []float32
	Ints      []int64
	Strings   [][]byte
	Tensors   []*Tensor
	Graphs    []*Graph
}

// Tensor is a TensorProto. Its elements are in Raw, in one of the typed fields, or in another file.
type Tensor struct {
	Name     string
	Dims     []int64
	DataType int32
	Raw      []byte
	HasRaw   bool
	Floats   []float32
	Doubles  []float64
	Int32s   []int32
	Int64s   []int64
	Uint64s  []uint64
	Strings  [][]byte
	External []Entry // location, offset, length
	IsAway   bool    // the elements are in another file
	Segment  bool    // the elements are part of a larger tensor
}

// SparseTensor is a SparseTensorProto: the values at some indices of a tensor of zeros.
type SparseTensor struct {
	Values, Indices *Tensor
	Dims            []int64
}

// ValueInfo is a ValueInfoProto: a name and what is declared of its type.
type ValueInfo struct {
	Name string
	Type *Type
	Doc  string // written, not read
}

// Kind says what a value of a type is.
type Kind uint8

// The kinds of types.
const (
	UnknownKind Kind = iota
	TensorKind
	SequenceKind
	MapKind
	SparseKind
	OptionalKind
)

// Type is a TypeProto.
type Type struct {
	Kind    Kind
	Element int32 // of tensors: their data type; of maps: that of their keys
	Shape   []Dim
	Ranked  bool  // whether there is a shape
	Of      *Type // of sequences, optionals, and the values of maps
}

// Dim is a dimension: a number, a name, or neither.
type Dim struct {
	Value    int64
	HasValue bool
	Symbol   string
}

// Function is a FunctionProto: nodes that stand for a node of its name.
type Function struct {
	Name, Domain, Overload string
	Inputs, Outputs        []string
	Attributes             []string     // that a call has to give
	Defaults               []*Attribute // of those that it need not
	Nodes                  []*Node
	Opsets                 []Opset
}

// Sequence is a SequenceProto: values of one kind.
type Sequence struct {
	Name      string
	Tensors   []*Tensor
	Sequences []*Sequence
	Optionals []*Optional
	Maps      []*Map
}

// Map is a MapProto: keys of one kind, and as many values.
type Map struct {
	Name   string
	Ints   []int64
	Texts  [][]byte
	Values *Sequence
}

// Optional is an OptionalProto: a value that may be missing.
type Optional struct {
	Name     string
	Tensor   *Tensor
	Sequence *Sequence
	Optional *Optional
}
