package op

import (
	"errors"

	"simdnn/graph"
	"simdnn/tensor"
)

// Descent is a step of gradient descent in the product that makes the gradient: w ← fma(−rate,
// xᵀ·d, w), and the sums down the columns of d. Its inputs are the rate, w, x and d; its outputs
// the next w and the sums. The rewriting of graphs makes it.
type Descent struct{}

// Name returns "descent".
func (Descent) Name() string { return "descent" }

// Infer returns the types of w and of the sums.
func (Descent) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 4 {
		return nil, errors.New("descent needs the rate, a parameter and two matrices")
	}
	out, err := ProductSums{}.Infer(in[2:])
	if err != nil {
		return nil, err
	}
	w, err := stepTypes([]graph.Type{in[0], in[1], out[0]}, 3, 1, 2)
	if err != nil {
		return nil, err
	}
	return []graph.Type{w[0], out[1]}, nil
}

// Overwrites says that the next value may stand in the parameter.
func (Descent) Overwrites(output int) []int {
	if output == 0 {
		return []int{1}
	}
	return nil
}

// Scratch returns the size of the gradient xᵀ·d, unless the product makes the step at once.
func (o Descent) Scratch(b *graph.Binding, in []graph.Type) int {
	if in[1].DType == tensor.Float32Type {
		return descentScratch[float32](b, in)
	}
	return descentScratch[float64](b, in)
}

func descentScratch[T tensor.Float](b *graph.Binding, in []graph.Type) int {
	x, _ := in[2].Shape.Ints()
	d, _ := in[3].Shape.Ints()
	m, n, k := x[1], d[1], x[0]
	if m == 0 || n == 0 || k == 0 || graph.Engine[T](b).Plan(m, n, k, tensor.TN).FusesAxpy() {
		return 0
	}
	return m * n * in[1].DType.Bytes()
}

// Bind returns a step that runs a planned product.
func (o Descent) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindDescent[float32], bindDescent[float64])
}

func bindDescent[T tensor.Float](_ Descent, b *graph.Binding) (graph.Step, error) {
	xs, ds := b.Inputs[2].Shape(), b.Inputs[3].Shape()
	m, n, k := xs[1], ds[1], xs[0]
	if m == 0 || n == 0 || k == 0 {
		return nil, errors.New("a step of descent without elements")
	}
	engine := graph.Engine[T](b)
	rate, w := tensor.Slot[float64](b.Inputs[0]), next[T](b, 0, 1)
	x, d := tensor.Slot[T](b.Inputs[2]), tensor.Slot[T](b.Inputs[3])
	sums := tensor.Slot[T](b.Outputs[1])
	plan := engine.Plan(m, n, k, tensor.TN)
	b.Shared = plan.Parts() > 1
	if plan.FusesAxpy() {
		return func() { plan.MatMulAxpy(w(), -T((*rate)[0]), *x, *d, *sums) }, nil
	}
	axpy, out := engine.Kernels().Parametric[tensor.Axpy], tensor.Slot[T](b.Outputs[0])
	bytes := b.Scratch[:m*n*tensor.DTypeOf[T]().Bytes()]
	dw := tensor.Elements[T](tensor.ArrayOver(tensor.DTypeOf[T](), bytes, m*n))
	step := inParts(b, m*n, func(lo, hi int) {
		axpy((*out)[lo:hi], dw[lo:hi], -T((*rate)[0]))
	})
	return func() {
		plan.MatMulSums(dw, *x, *d, *sums)
		w()
		step()
	}, nil
}

// AdamDescent is a step of Adam in the product that makes the gradient, xᵀ·d, and the sums down the
// columns of d. Its inputs are the rate, w, x, the powers, m, v and d; its outputs the next w, m
// and v, and the sums. The rewriting of graphs makes it.
type AdamDescent struct {
	AdamStep
}

// Name returns "adam_descent".
func (AdamDescent) Name() string { return "adam_descent" }

// Infer returns the types of w, m, v and the sums.
func (o AdamDescent) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 7 {
		return nil, errors.New("a descent by Adam needs the rate, a parameter, its state and two matrices")
	}
	out, err := ProductSums{}.Infer([]graph.Type{in[2], in[6]})
	if err != nil {
		return nil, err
	}
	next, err := o.AdamStep.Infer([]graph.Type{in[0], in[1], out[0], in[3], in[4], in[5]})
	if err != nil {
		return nil, err
	}
	return append(next, out[1]), nil
}

// Overwrites says that the next values may stand in the parameter, in m and in v.
func (o AdamDescent) Overwrites(output int) []int {
	if output == 3 {
		return nil
	}
	return o.AdamStep.Overwrites(output)
}

// Scratch returns the size of the gradient xᵀ·d, unless it is made in bands.
func (o AdamDescent) Scratch(b *graph.Binding, in []graph.Type) int {
	if in[1].DType == tensor.Float32Type {
		return adamScratch[float32](b, in)
	}
	return adamScratch[float64](b, in)
}

func adamScratch[T tensor.Float](b *graph.Binding, in []graph.Type) int {
	x, _ := in[2].Shape.Ints()
	d, _ := in[6].Shape.Ints()
	m, n, k := x[1], d[1], x[0]
	if k > 0 && graph.Engine[T](b).Plan(m, n, k, tensor.TN).Bands(nil) != nil {
		return 0
	}
	return m * n * in[1].DType.Bytes()
}

// Bind returns a step that runs a planned product, in bands where that pays.
func (o AdamDescent) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindAdamDescent[float32], bindAdamDescent[float64])
}

func bindAdamDescent[T tensor.Float](o AdamDescent, b *graph.Binding) (graph.Step, error) {
	xs, ds := b.Inputs[2].Shape(), b.Inputs[6].Shape()
	m, n, k := xs[1], ds[1], xs[0]
	if m == 0 || n == 0 || k == 0 {
		return nil, errors.New("a step of Adam without elements")
	}
	adam, copied := newAdamOf[T](o.AdamStep, b), copies[T](b, 1, 4, 5)
	x, d := tensor.Slot[T](b.Inputs[2]), tensor.Slot[T](b.Inputs[6])
	sums := tensor.Slot[T](b.Outputs[3])
	plan := graph.Engine[T](b).Plan(m, n, k, tensor.TN)
	b.Shared = plan.Parts() > 1
	if bands := plan.Bands(adam.update); bands != nil {
		return after(copied, func() { adam.begin(); bands.Run(*x, *d, *sums) }), nil
	}
	bytes := b.Scratch[:m*n*tensor.DTypeOf[T]().Bytes()]
	g := tensor.Elements[T](tensor.ArrayOver(tensor.DTypeOf[T](), bytes, m*n))
	step := inParts(b, m*n, func(lo, hi int) { adam.update(lo, g[lo:hi]) })
	return after(copied, func() {
		plan.MatMulSums(g, *x, *d, *sums)
		adam.begin()
		step()
	}), nil
}
