package op

import (
	"errors"
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// FusedProduct is [Product] of a matrix or a batch of rows by one matrix, whose elements pass
// through an epilogue while they are in registers or caches. Its inputs are A, B, the bias if there
// is one, and what is added after it, or the argument of the activation's gradient if that is the
// epilogue. The rewriting of graphs makes it; it has no gradient.
type FusedProduct struct {
	Product
	Bias     bool `json:"bias,omitempty"`     // an element for each column, added first
	Residual bool `json:"residual,omitempty"` // an array like the product, added next
	// Activation is the name of an element-wise function, "" for none, and Alpha its number if it
	// has one.
	Activation string  `json:"activation,omitempty"`
	Alpha      float64 `json:"alpha,omitempty"`
	Gradient   bool    `json:"gradient,omitempty"` // of the activation: the product is g
	// Keep makes a second output: what the activation got.
	Keep bool `json:"keep,omitempty"`
}

// Name returns "matmul_fused".
func (FusedProduct) Name() string { return "matmul_fused" }

// inputs returns the number of inputs.
func (o FusedProduct) inputs() int {
	n := 2
	for _, more := range []bool{o.Bias, o.Residual, o.Gradient} {
		if more {
			n++
		}
	}
	return n
}

// Infer returns the product's type, twice if what the activation got is kept.
func (o FusedProduct) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(o.inputs(), in); err != nil {
		return nil, err
	}
	out, err := o.Product.Infer(in[:2])
	if err != nil {
		return nil, err
	}
	c := out[0].Shape
	switch {
	case len(in[1].Shape) != 2 || o.TransposeA && len(in[0].Shape) != 2:
		return nil, fmt.Errorf("a fused product of the shapes %v and %v", in[0].Shape, in[1].Shape)
	case o.Bias && !in[2].Shape.Equal(c[len(c)-1:]):
		return nil, fmt.Errorf("a bias %v for a product %v", in[2].Shape, c)
	case o.Residual && (o.Keep || o.Gradient || !in[len(in)-1].Shape.Equal(c)):
		return nil, fmt.Errorf("a sum with %v for a product %v", in[len(in)-1].Shape, c)
	case o.Gradient && (o.Keep || o.Activation == "" || !in[len(in)-1].Shape.Equal(c)):
		return nil, fmt.Errorf("the gradient of %q at %v for a product %v", o.Activation,
			in[len(in)-1].Shape, c)
	}
	if o.Keep {
		out = append(out, out[0])
	}
	return out, nil
}

// Bind returns a step that runs a planned product with its epilogue.
func (o FusedProduct) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindFused[float32], bindFused[float64])
}

func bindFused[T tensor.Float](o FusedProduct, b *graph.Binding) (graph.Step, error) {
	engine := graph.Engine[T](b)
	e, err := epilogueOf(o, engine.Kernels())
	if err != nil {
		return nil, err
	}
	xs, ys := b.Inputs[0].Shape(), b.Inputs[1].Shape()
	m, k := last2(xs, o.TransposeA)
	_, n := last2(ys, o.TransposeB)
	if !o.TransposeA {
		m = product(xs[:len(xs)-1])
	}
	c := tensor.Slot[T](b.Outputs[len(b.Outputs)-1])
	into := tensor.Slot[T](b.Outputs[0])
	x, y := tensor.Slot[T](b.Inputs[0]), tensor.Slot[T](b.Inputs[1])
	bias, mask := new([]T), new([]T)
	if o.Bias {
		bias = tensor.Slot[T](b.Inputs[2])
	}
	if o.Gradient || o.Residual {
		mask = tensor.Slot[T](b.Inputs[len(b.Inputs)-1])
	}
	switch {
	case m == 0 || n == 0:
		return nil, nil
	case k == 0:
		return nil, errors.New("a fused product without a depth")
	}
	plan := engine.Plan(m, n, k, o.trans())
	b.Shared = plan.Parts() > 1
	return func() {
		e.Bias, e.Mask = *bias, *mask
		if o.Keep {
			e.Into = *into
		}
		plan.MatMulEpilogue(*c, *x, *y, e)
	}, nil
}

// epilogueOf returns the epilogue but for its slices.
func epilogueOf[T tensor.Float](o FusedProduct, k *tensor.Kernels[T]) (*tensor.Epilogue[T], error) {
	e, alpha := &tensor.Epilogue[T]{}, T(o.Alpha)
	if o.Residual {
		return residualOf(o, k)
	}
	if o.Activation == "" {
		return e, nil
	}
	isKernels := !o.Keep // a kernel leaves one result
	switch {
	case o.Gradient && o.Activation == tensor.Relu.String():
		e.Activation = tensor.ReluBackward
		return e, nil
	case !o.Gradient && isKernels && o.Activation == tensor.Relu.String():
		e.Activation = tensor.ReluActivation
		return e, nil
	case !o.Gradient && isKernels && o.Activation == tensor.LeakyRelu.String():
		e.Activation, e.Slope = tensor.LeakyReluActivation, alpha
		return e, nil
	}
	for f := range tensor.Unaries {
		if f.String() == o.Activation {
			e.Activate, e.Gradient = k.Unary[f], k.UnaryGradient[f]
		}
	}
	for f := range tensor.Parametrics {
		if f.String() == o.Activation {
			value, gradient := k.Parametric[f], k.ParametricGradient[f]
			e.Activate = func(dst, x []T) { value(dst, x, alpha) }
			e.Gradient = func(dst, g, x []T) { gradient(dst, g, x, alpha) }
		}
	}
	if e.Activate == nil {
		return nil, fmt.Errorf("a fused product with the unknown activation %q", o.Activation)
	}
	if o.Gradient {
		e.Activate = nil
	} else {
		e.Gradient = nil
	}
	return e, nil
}

// residualOf returns the epilogue that adds the mask and applies the activation, but for its
// slices.
func residualOf[T tensor.Float](o FusedProduct, k *tensor.Kernels[T]) (*tensor.Epilogue[T], error) {
	o.Residual, o.Keep = false, true // for an activation that no kernel of the product takes over
	e, err := epilogueOf(o, k)
	if err != nil {
		return nil, err
	}
	add, activate := k.Binary[tensor.Add], e.Activate
	e.Activate, e.Gradient = nil, add
	if activate != nil {
		e.Gradient = func(dst, x, residual []T) { add(dst, x, residual); activate(dst, dst) }
	}
	return e, nil
}

// ProductSums computes Aᵀ·B, and the sums down the columns of B: the gradients of a
// dense layer's weights and bias, reading B once for both. The rewriting of graphs makes it.
type ProductSums struct{}

// Name returns "matmul_sums".
func (ProductSums) Name() string { return "matmul_sums" }

// Infer returns the shapes (m, n) and (n) for A of (k, m) and B of (k, n).
func (ProductSums) Infer(in []graph.Type) ([]graph.Type, error) {
	out, err := Product{TransposeA: true}.Infer(in)
	if err != nil {
		return nil, err
	}
	if len(in[0].Shape) != 2 || len(in[1].Shape) != 2 {
		return nil, fmt.Errorf("a product with sums of the shapes %v and %v", in[0].Shape, in[1].Shape)
	}
	return append(out, in[1].With(slices.Clone(in[1].Shape[1:]))), nil
}

// Bind returns a step that runs a planned product.
func (o ProductSums) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindProductSums[float32], bindProductSums[float64])
}

func bindProductSums[T tensor.Float](_ ProductSums, b *graph.Binding) (graph.Step, error) {
	xs, ys := b.Inputs[0].Shape(), b.Inputs[1].Shape()
	c, sums := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Outputs[1])
	x, y := tensor.Slot[T](b.Inputs[0]), tensor.Slot[T](b.Inputs[1])
	m, n, k := xs[1], ys[1], xs[0]
	engine := graph.Engine[T](b)
	switch {
	case n == 0:
		return nil, nil
	case m == 0 || k == 0:
		return func() { clear(*c); engine.ColumnSums(*sums, *y) }, nil
	}
	plan := engine.Plan(m, n, k, tensor.TN)
	b.Shared = plan.Parts() > 1
	return func() { plan.MatMulSums(*c, *x, *y, *sums) }, nil
}
