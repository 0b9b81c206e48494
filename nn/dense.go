package nn

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"unsafe"

	"simdnn/internal/memory"
	"simdnn/tensor"
)

// Dense is a fully connected layer with an activation, over batches of n rows:
//
//	z = x·Wᵀ + b, a = act(z)          x (n, in), W (out, in), b (out), z and a (n, out)
//
//	dz = da ⊙ act'(z)                 for softmax the product with its Jacobian
//	dW = dzᵀ·x, db = Σ rows of dz, dx = dz·W
//
// W is kept transposed, as (in × out), so that both operands of the forward product have contiguous rows.
type Dense[T tensor.Float] struct {
	in, out    int
	activation Activation
	init       Init
	weights    *tensor.Tensor[T] // (in, out)
	bias       *tensor.Tensor[T] // (out)
	packed     *tensor.Packed[T] // instead of the weights, in a frozen layer whose products gain from it; else nil
}

// DenseOption changes how a [Dense] layer is built.
type DenseOption func(*denseOptions)

type denseOptions struct{ init Init }

// WithInit draws the parameters in the given way. The default is He's normal initialisation for
// ReLU and what resembles it, such as leaky ReLU, GELU and ELU, and Glorot's uniform one for the
// others. Normal(0, 1) is the classic of textbooks.
func WithInit(i Init) DenseOption { return func(o *denseOptions) { o.init = i } }

// NewDense returns a layer that takes in features and gives out features. Its parameters are zeros until Init, which [Model.Add]
// calls; that call also reports widths that are not positive, or need more memory than there is.
func NewDense[T tensor.Float](in, out int, activation Activation, options ...DenseOption) *Dense[T] {
	o := denseOptions{init: initFor(activation)}
	for _, option := range options {
		option(&o)
	}
	d := &Dense[T]{in: in, out: out, activation: activation, init: o.init}
	if d.checkWidths() != nil {
		in, out = 0, 0
	}
	d.weights, d.bias = tensor.New[T](in, out), tensor.New[T](out)
	return d
}

// In returns the number of features of a row that enters.
func (d *Dense[T]) In() int { return d.in }

// Out returns the number of neurons.
func (d *Dense[T]) Out() int { return d.out }

// Activation returns the function that the layer applies last.
func (d *Dense[T]) Activation() Activation { return d.activation }

// Logits returns the layer without its activation. It shares the parameters.
func (d *Dense[T]) Logits() Layer[T] {
	twin := *d
	twin.activation = Linear
	return &twin
}

// freeze returns a copy that has no weights but packed ones if products by them are faster then.
func (d *Dense[T]) freeze(e *tensor.Engine[T]) Layer[T] {
	twin := *d
	twin.bias = d.bias.Clone()
	if e.PaysToPack(d.in, d.out) {
		twin.weights, twin.packed = nil, e.Pack(d.weights)
	} else {
		twin.weights = d.weights.Clone()
	}
	return &twin
}

// Weights returns a view of W in its shape (out, in).
func (d *Dense[T]) Weights() *tensor.Tensor[T] { return d.weights.T() }

// Bias returns a view of b, of shape (out).
func (d *Dense[T]) Bias() *tensor.Tensor[T] { return d.bias }

// String describes the layer: "Dense 10 → 64, relu".
func (d *Dense[T]) String() string {
	return fmt.Sprintf("Dense %d → %d, %s", d.in, d.out, d.activation)
}

// Init draws W row after row, each row the weights of one neuron, then b.
func (d *Dense[T]) Init(r *rand.Rand) error {
	if err := d.checkWidths(); err != nil {
		return err
	}
	if !d.activation.valid() {
		return errors.New("the activation is missing")
	}
	if err := requireRepresentable[T]("parameter", d.activation.parameter); err != nil {
		return fmt.Errorf("the activation %s: %w", d.activation, err)
	}
	if err := validateInit[T](d.init); err != nil {
		return err
	}
	w := d.weights.Data()
	for o := range d.out {
		for i := range d.in {
			w[i*d.out+o] = T(d.init.weight(r, d.in, d.out))
		}
	}
	b := d.bias.Data()
	clear(b)
	if d.init.bias != nil {
		for o := range b {
			b[o] = T(d.init.bias(r, d.in, d.out))
		}
	}
	return nil
}

// checkWidths returns an error if there can be no parameters for the layer's widths.
func (d *Dense[T]) checkWidths() error {
	if d.in < 1 || d.out < 1 {
		return fmt.Errorf("a layer needs at least 1 input and 1 output, not %d and %d", d.in, d.out)
	}
	return memory.Check("such a layer",
		memory.Network([]int{d.in, d.out}, 1, 0, float64(unsafe.Sizeof(T(0)))))
}

// Parameters returns W, then b: none in a frozen layer whose weights are packed.
func (d *Dense[T]) Parameters() []Parameter[T] {
	if d.packed != nil {
		return nil
	}
	return denseParameters(d.weights, d.bias)
}

// denseParameters names a layer's weights, kept as (in, out), and its bias, or their gradients.
func denseParameters[T tensor.Float](weights, bias *tensor.Tensor[T]) []Parameter[T] {
	return []Parameter[T]{
		{Name: "weight", Value: weights.T(), Data: weights.Data()},
		{Name: "bias", Value: bias, Data: bias.Data()},
	}
}
