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
	noBias       bool
	init         Init
	weight, bias *graph.Variable // (in, out) and (out); nil until the layer is applied
}

// NewDense returns a layer that takes in features and gives out features. Its parameters are drawn
// when it becomes part of a model: see [Model.Add], which also reports widths that are not
// positive, or need more memory than there is.
func NewDense(in, out int, activation Activation, options ...LayerOption) *Dense {
	o := optionsOf(options, activation, 0, 0)
	return &Dense{in: in, out: out, activation: activation, noBias: o.noBias, init: o.init}
}

// In returns the number of features of a row that enters.
func (d *Dense) In() int { return d.in }

// Out returns the number of neurons.
func (d *Dense) Out() int { return d.out }

// Activation returns the function that the layer applies last.
func (d *Dense) Activation() Activation { return d.activation }

// InputShape returns (in).
func (d *Dense) InputShape() []int { return []int{d.in} }

// Incremental returns true: each step is for itself.
func (d *Dense) Incremental() bool { return true }

// String describes the layer: "Dense 10 → 64, relu".
func (d *Dense) String() string {
	return fmt.Sprintf("Dense %d → %d, %s", d.in, d.out, d.activation)
}

// Apply returns act(x·Wᵀ + b). It draws W row after row, each row the weights of one neuron, then
// b.
func (d *Dense) Apply(b *Builder, x *graph.Value) *graph.Value {
	if err := checkLayer(b.DType(), d.in, d.out, d.activation, d.init); err != nil {
		b.Fail("%w", err)
		return x
	}
	if s := x.Shape(); len(s) < 2 || !s[len(s)-1].Is(d.in) {
		b.Fail("it takes %d inputs a row, not %v", d.in, s)
		return x
	}
	w := b.Parameter(&d.weight, Spec{Name: "weight", Shape: []int{d.out, d.in}, Order: []int{1, 0},
		Draw: d.init.Weights(d.in, d.out)})
	z := op.MatMul(b.Builder, x, w)
	if !d.noBias {
		z = op.Add(b.Builder, z, b.Parameter(&d.bias, Spec{Name: "bias", Shape: []int{d.out},
			Draw: d.init.Biases(d.in, d.out)}))
	}
	return d.activation.Apply(b, z)
}

// checkLayer returns an error if there can be no layer of these widths with this activation.
func checkLayer(t tensor.DType, in, out int, a Activation, i Init) error {
	if in < 1 || out < 1 {
		return fmt.Errorf("a layer needs at least 1 input and 1 output, not %d and %d", in, out)
	}
	if !a.valid() {
		return errors.New("the activation is missing")
	}
	if err := requireRepresentable(t, "parameter", a.parameter); err != nil {
		return fmt.Errorf("the activation %s: %w", a, err)
	}
	return i.validate(t)
}

// modules counts an activation as a module of its own.
func (d *Dense) modules() int { return modulesWith(d.activation) }

// denseRecord is a layer in a file.
type denseRecord struct {
	In         int    `json:"in"`
	Out        int    `json:"out"`
	Activation string `json:"activation"`
	NoBias     bool   `json:"no_bias,omitempty"`
}

// MarshalJSON returns the widths and the activation.
func (d *Dense) MarshalJSON() ([]byte, error) {
	return json.Marshal(denseRecord{d.in, d.out, d.activation.String(), d.noBias})
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
		d.noBias = r.NoBias
	}
	return err
}
