package nn

import (
	"encoding/json"
	"errors"
	"fmt"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Dense is a fully connected layer with an activation, over batches of n rows:
//
//	z = x·Wᵀ + b, a = act(z)          x (n, in), W (out, in), b (out), z and a (n, out)
//
// Inputs with more dimensions, (n, …, in), are taken row by row: the output is (n, …, out).
//
// W is kept transposed, as (in × out), so that both operands of the product have contiguous rows.
type Dense struct {
	in, out      int
	activation   Activation
	init         Init
	weight, bias *graph.Variable // (in, out) and (out); nil until the layer is applied
}

// DenseOption changes how a [Dense] layer is built.
type DenseOption func(*Dense)

// WithInit draws the parameters in the given way. The default is He's normal initialisation for
// ReLU and what resembles it, such as leaky ReLU, GELU and ELU, and Glorot's uniform one for the
// others. Normal(0, 1) is the classic of textbooks.
func WithInit(i Init) DenseOption { return func(d *Dense) { d.init = i } }

// NewDense returns a layer that takes in features and gives out features. Its parameters are drawn
// when it becomes part of a model: see [Model.Add], which also reports widths that are not positive,
// or need more memory than there is.
func NewDense(in, out int, activation Activation, options ...DenseOption) *Dense {
	d := &Dense{in: in, out: out, activation: activation, init: initFor(activation)}
	for _, option := range options {
		option(d)
	}
	return d
}

// In returns the number of features of a row that enters.
func (d *Dense) In() int { return d.in }

// Out returns the number of neurons.
func (d *Dense) Out() int { return d.out }

// Activation returns the function that the layer applies last.
func (d *Dense) Activation() Activation { return d.activation }

// InputShape returns (in).
func (d *Dense) InputShape() []int { return []int{d.in} }

// String describes the layer: "Dense 10 → 64, relu".
func (d *Dense) String() string {
	return fmt.Sprintf("Dense %d → %d, %s", d.in, d.out, d.activation)
}

// Apply returns act(x·Wᵀ + b). It draws W row after row, each row the weights of one neuron, then b.
func (d *Dense) Apply(b *Builder, x *graph.Value) *graph.Value {
	if err := d.check(b.DType()); err != nil {
		b.Fail("%w", err)
		return x
	}
	if s := x.Shape(); len(s) < 2 || !s[len(s)-1].Is(d.in) {
		b.Fail("it takes %d inputs a row, not %v", d.in, s)
		return x
	}
	w := b.Parameter(&d.weight, Spec{Name: "weight", Shape: []int{d.out, d.in}, Order: []int{1, 0},
		Draw: d.init.Weights(d.in, d.out)})
	bias := b.Parameter(&d.bias, Spec{Name: "bias", Shape: []int{d.out}, Draw: d.init.Biases(d.in, d.out)})
	return d.activation.Apply(b, op.Add(b.Builder, op.MatMul(b.Builder, x, w), bias))
}

// check returns an error if the layer can't work as it was built.
func (d *Dense) check(t tensor.DType) error {
	if d.in < 1 || d.out < 1 {
		return fmt.Errorf("a layer needs at least 1 input and 1 output, not %d and %d", d.in, d.out)
	}
	if !d.activation.valid() {
		return errors.New("the activation is missing")
	}
	if err := requireRepresentable(t, "parameter", d.activation.parameter); err != nil {
		return fmt.Errorf("the activation %s: %w", d.activation, err)
	}
	return d.init.validate(t)
}

// denseRecord is a layer in a file.
type denseRecord struct {
	In         int    `json:"in"`
	Out        int    `json:"out"`
	Activation string `json:"activation"`
}

// MarshalJSON returns the widths and the activation.
func (d *Dense) MarshalJSON() ([]byte, error) {
	return json.Marshal(denseRecord{d.in, d.out, d.activation.String()})
}

// UnmarshalJSON reads what MarshalJSON returns.
func (d *Dense) UnmarshalJSON(text []byte) error {
	var r denseRecord
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	activation, err := ParseActivation(r.Activation)
	if err == nil {
		*d = *NewDense(r.In, r.Out, activation)
	}
	return err
}
