package graph

import "simdnn/tensor"

// Operator is what a node does: a small comparable struct of its attributes. Two nodes whose
// operators compare equal compute the same of the same inputs.
//
// An operator may also be [Differentiable], [InPlace] or [ShapeReader].
type Operator interface {
	// Name returns the operator's name as printed graphs and files have it: "matmul".
	Name() string
	// Infer returns the types of the outputs for inputs of these types, or an error that says what
	// was expected. Dimensions are symbolic while a graph is built, and all known when it is
	// compiled.
	Infer(inputs []Type) ([]Type, error)
	// Bind chooses the kernels for arrays of these shapes, once, and returns the step that runs
	// them. What the step needs beyond its outputs it allocates now, not when it runs.
	Bind(b *Binding) (Step, error)
}

// Step runs a node on the arrays that it was bound to. What it finds wrong with their elements,
// such as an index out of range, it tells [Binding.Fail], and the run ends after it.
type Step func()

// Binding is what a node is bound to.
type Binding struct {
	// Inputs and Outputs are the arrays. Their elements may be replaced between runs: a step reads
	// them from their slots, see [tensor.Slot].
	Inputs, Outputs []*tensor.Array
	// Float32 and Float64 are the engines that steps compute with.
	Float32 *tensor.Engine[float32]
	Float64 *tensor.Engine[float64]
	// Fail says what is wrong with the elements of the inputs.
	Fail func(err error)
	// Scratch is the memory that a [Scratcher] asked for. Other nodes use it, too.
	Scratch []byte
	// Placed says which inputs of a [Joiner] stand in its output already, nil if none.
	Placed []bool
	// Shared is set by an operator in whose step several threads have a part.
	Shared bool
}

// Engine returns the binding's engine for elements T.
//
//go:noinline
func Engine[T tensor.Float](b *Binding) *tensor.Engine[T] {
	if e, ok := any(b.Float32).(*tensor.Engine[T]); ok {
		return e
	}
	return any(b.Float64).(*tensor.Engine[T])
}

// Differentiable is an operator with a gradient.
type Differentiable interface {
	Operator
	// Gradient returns, for each input of n, dL/dinput as values that it builds of n's inputs and
	// outputs and of upstream, which is dL/doutput for each output; nil for an output that L does
	// not depend on. It returns nil for an input that the outputs do not change with continuously,
	// such as an index.
	Gradient(b *Builder, n *Node, upstream []*Value) []*Value
}

// InPlace is an operator whose outputs may take over the memory of inputs.
type InPlace interface {
	Operator
	// Overwrites returns the inputs whose memory, if it has just its size and nobody else needs it,
	// an output may take over.
	Overwrites(output int) []int
}

// Viewer is an operator whose only output has the elements of its first input, in their order.
type Viewer interface {
	Operator
	IsView() bool
}

// Joiner is an operator whose output has its inputs one after the other along an axis. They may be
// written there in the first place, see [Binding.Placed].
type Joiner interface {
	Operator
	JoinsAlong() (axis int)
}

// Cutter is an operator whose output may show a part of its only input.
type Cutter interface {
	Operator
	// Cuts returns the axis and the first index along it of the part, of an input of that shape. It
	// returns false if the elements are not all those up to a last one.
	Cuts(shape []int) (axis, first int, ok bool)
}

// Strided is an operator that takes arrays with gaps between their rows, see [tensor.RowsOver], a
// row being the last so many dimensions. The dimensions of types are known.
type Strided interface {
	Operator
	// TakesGaps reports whether an operand may have gaps: an input, or the output, of index
	// [OutputGaps], which has no element in common with an input.
	TakesGaps(inputs []Type, operand, dims int) bool
}

// OutputGaps is the operand of [Strided] that is the output.
const OutputGaps = -1

// Scratcher is an operator whose step needs memory for itself.
type Scratcher interface {
	Operator
	// Scratch returns how many bytes of [Binding.Scratch] a step for inputs of these types needs,
	// whose dimensions are known. The binding has its engines, but no arrays yet.
	Scratch(b *Binding, inputs []Type) int
}

// ShapeReader is an operator that reads no more of an input than its shape.
type ShapeReader interface {
	Operator
	ReadsShapeOnly(input int) bool
}
