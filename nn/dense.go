package nn

import (
	"errors"
	"fmt"
	"math/rand/v2"

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
}

// DenseOption changes how a [Dense] layer is built.
type DenseOption func(*denseOptions)

type denseOptions struct{ init Init }

// WithInit draws the parameters in the given way. The default is He's normal initialisation for ReLU, leaky ReLU and SiLU and
// Glorot's uniform one for the others. Normal(0, 1) is the classic of textbooks.
func WithInit(i Init) DenseOption { return func(o *denseOptions) { o.init = i } }

// NewDense returns a layer that takes in features and gives out features. Its parameters are zeros until Init, which [Model.Add]
// calls; that call also reports widths that are not positive.
func NewDense[T tensor.Float](in, out int, activation Activation, options ...DenseOption) *Dense[T] {
	o := denseOptions{init: initFor(activation)}
	for _, option := range options {
		option(&o)
	}
	d := &Dense[T]{in: in, out: out, activation: activation, init: o.init}
	d.weights, d.bias = tensor.New[T](max(in, 0), max(out, 0)), tensor.New[T](max(out, 0))
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
	if d.in < 1 || d.out < 1 {
		return fmt.Errorf("a layer needs at least 1 input and 1 output, not %d and %d", d.in, d.out)
	}
	if !d.activation.valid() {
		return errors.New("the activation is missing")
	}
	if d.init.weight == nil {
		return errors.New("the initialisation is missing")
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

// Parameters returns W, then b.
func (d *Dense[T]) Parameters() []Parameter[T] { return denseParameters(d.weights, d.bias) }

// denseParameters names a layer's weights, kept as (in, out), and its bias, or their gradients.
func denseParameters[T tensor.Float](weights, bias *tensor.Tensor[T]) []Parameter[T] {
	return []Parameter[T]{
		{Name: "weight", Value: weights.T(), Data: weights.Data()},
		{Name: "bias", Value: bias, Data: bias.Data()},
	}
}

// NewPass returns the state of passes over up to the given number of rows.
func (d *Dense[T]) NewPass(e *tensor.Engine[T], rows int) Pass[T] {
	p := &densePass[T]{Dense: d, engine: e, maxRows: rows, activate: activationOf[T](d.activation)}
	if p.activate.epilogue != nil {
		p.epilogue = *p.activate.epilogue
	}
	p.epilogue.Bias = d.bias.Data()
	p.outputs = newRowBuffer[T](rows, d.out)
	p.sums = p.outputs
	if p.activate.needsInput {
		p.sums = newRowBuffer[T](rows, d.out)
	}
	return p
}

// densePass holds what one pass through a Dense layer computes.
type densePass[T tensor.Float] struct {
	*Dense[T]
	engine   *tensor.Engine[T]
	maxRows  int
	activate activation[T]
	epilogue tensor.Epilogue[T] // the bias, and the activation if a product can end with it

	x             *tensor.Tensor[T] // (n, in), the caller's
	sums, outputs *rowBuffer[T]     // z and a; the same storage unless backward needs z

	// What follows is made by the first Backward: a pass that only predicts never needs it.
	weightsRow *tensor.Tensor[T] // W as (1, in) when out is 1
	dw, db     *tensor.Tensor[T] // (in, out) or (1, in), and (out)
	dx         *rowBuffer[T]
	gradients  []Parameter[T]
}

// Forward sets z = x·Wᵀ + b and returns a = act(z).
func (p *densePass[T]) Forward(x *tensor.Tensor[T]) *tensor.Tensor[T] {
	n := x.Dim(0)
	z, a := p.sums.rows(n), p.outputs.rows(n)
	p.engine.MatMulEpilogue(z, x, p.weights, tensor.NN, &p.epilogue)
	if p.activate.epilogue == nil {
		p.activate.forward(p.engine.Kernels(), a.Data(), z.Data(), p.out)
	}
	p.x = x
	return a
}

// Backward turns da into dz where it stands, sets dW = dzᵀ·x and db = Σ dz, and returns dx = dz·W if it is wanted.
func (p *densePass[T]) Backward(da *tensor.Tensor[T], needInput bool) *tensor.Tensor[T] {
	n := da.Dim(0)
	p.prepare(needInput)
	k, dz := p.engine.Kernels(), da.Data()
	p.activate.backward(k, dz, dz, p.sums.rows(n).Data(), p.outputs.rows(n).Data(), p.out)

	clear(p.db.Data())
	k.AddColumns(p.db.Data(), dz)
	if p.out == 1 {
		// One neuron: its weights are a row, so that both products run along contiguous rows.
		p.engine.MatMul(p.dw, da, p.x, tensor.TN)
	} else {
		p.engine.MatMul(p.dw, p.x, da, tensor.TN)
	}
	if !needInput {
		return nil
	}
	dx := p.dx.rows(n)
	if p.out == 1 {
		p.engine.MatMul(dx, da, p.weightsRow, tensor.NN)
	} else {
		p.engine.MatMul(dx, da, p.weights, tensor.NT)
	}
	return dx
}

// prepare makes the storage of the gradients when it is first needed.
func (p *densePass[T]) prepare(needInput bool) {
	if needInput && p.dx == nil {
		p.dx = newRowBuffer[T](p.maxRows, p.in)
	}
	if p.gradients != nil {
		return
	}
	p.dw, p.db = tensor.New[T](p.in, p.out), tensor.New[T](p.out)
	p.gradients = denseParameters(p.dw, p.db)
	if p.out == 1 {
		p.dw, p.weightsRow = p.dw.Reshape(1, p.in), p.weights.Reshape(1, p.in)
	}
}

// Gradients returns dW and db of the last Backward.
func (p *densePass[T]) Gradients() []Parameter[T] {
	p.prepare(false)
	return p.gradients
}
