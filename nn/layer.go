package nn

import (
	"math/rand/v2"

	"simdnn/tensor"
)

// Layer is one step of a model: it turns rows of In features into rows of Out features. It holds parameters and no state of a
// pass, so that many passes may run at once.
type Layer[T tensor.Float] interface {
	// In returns the number of features of a row that enters.
	In() int
	// Out returns the number of features of a row that leaves.
	Out() int
	// Init draws the parameters. It returns an error if the layer can't work as it was built.
	Init(r *rand.Rand) error
	// Parameters returns what training changes, always in the same order. It is empty for a layer without parameters.
	Parameters() []Parameter[T]
	// NewPass returns the state of forward and backward passes over up to the given number of rows.
	NewPass(e *tensor.Engine[T], rows int) Pass[T]
	// String describes the layer in a line: "Dense 10 → 64, relu".
	String() string
}

// Activated is a layer that ends with an activation. A model whose loss has a stable form that takes the values before that
// activation runs the twin without it.
type Activated[T tensor.Float] interface {
	Layer[T]
	// Activation returns the function that the layer applies last.
	Activation() Activation
	// Logits returns the layer without its activation. It shares the parameters.
	Logits() Layer[T]
}

// Pass runs a layer forward and backward over batches and holds what backward needs of forward. It belongs to one goroutine at a
// time. What it returns is valid until the next call of the same method. After the first batches of each size nothing is
// allocated.
type Pass[T tensor.Float] interface {
	// Forward returns the layer's output (rows, Out) for x of shape (rows, In). It keeps x until Backward.
	Forward(x *tensor.Tensor[T]) *tensor.Tensor[T]
	// Backward takes dL/da of shape (rows, Out) for the last Forward and sets the gradients. It returns dL/dx of shape (rows,
	// In), or nil if needInput is not set. It overwrites da.
	Backward(da *tensor.Tensor[T], needInput bool) *tensor.Tensor[T]
	// Gradients returns dL/dp for each of the layer's parameters p, in their order and with their layout.
	Gradients() []Parameter[T]
}

// Parameter is a tensor that training changes, or the gradient of one.
type Parameter[T tensor.Float] struct {
	Name string
	// Value is the parameter in its logical shape: a view.
	Value *tensor.Tensor[T]
	// Data holds the same elements in the order in which the layer keeps them.
	Data []T
}
