package op

import (
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// Binary computes an element-wise function of two values of floats or integers, which are broadcast
// as NumPy does. Integers wrap around; their quotients are cut off towards 0, and a division by 0
// is an error of the run.
type Binary struct {
	Function tensor.Binary `json:"-"` // its name is the operator's
}

// Add returns x + y.
//
//go:noinline
func Add(b *graph.Builder, x, y *graph.Value) *graph.Value {
	return b.Apply(Binary{tensor.Add}, x, y)
}

// Sub returns x − y.
//
//go:noinline
func Sub(b *graph.Builder, x, y *graph.Value) *graph.Value {
	return b.Apply(Binary{tensor.Sub}, x, y)
}

// Mul returns x·y, element by element.
//
//go:noinline
func Mul(b *graph.Builder, x, y *graph.Value) *graph.Value {
	return b.Apply(Binary{tensor.Mul}, x, y)
}

// Div returns x/y, element by element.
//
//go:noinline
func Div(b *graph.Builder, x, y *graph.Value) *graph.Value {
	return b.Apply(Binary{tensor.Div}, x, y)
}

// Minimum returns the smaller one of x and y, element by element.
func Minimum(b *graph.Builder, x, y *graph.Value) *graph.Value {
	return b.Apply(Binary{tensor.Minimum}, x, y)
}

// Maximum returns the larger one of x and y, element by element.
func Maximum(b *graph.Builder, x, y *graph.Value) *graph.Value {
	return b.Apply(Binary{tensor.Maximum}, x, y)
}

// Name returns the function's name: "add".
func (o Binary) Name() string { return o.Function.String() }

// Infer returns the type with the shape that the inputs are broadcast to.
func (o Binary) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := numbers(2, in); err != nil {
		return nil, err
	}
	shape, err := graph.Broadcast(in[0].Shape, in[1].Shape)
	return []graph.Type{in[0].With(shape)}, err
}

// Scratch returns the size of integers that are widened.
func (o Binary) Scratch(_ *graph.Binding, in []graph.Type) int { return widenedBytes(o, in) }

// Bind returns a step that runs the function's kernel, row by row where an input is broadcast.
func (o Binary) Bind(b *graph.Binding) (graph.Step, error) {
	if b.Inputs[0].DType().IsFloat() {
		return forFloat(b, o, bindBinary[float32], bindBinary[float64])
	}
	return forInteger(b, o, bindIntegers[int32], bindIntegers[int64], bindIntegers[uint64])
}

func bindBinary[T tensor.Float](o Binary, b *graph.Binding) (graph.Step, error) {
	kernel := graph.Engine[T](b).Kernels().Binary[o.Function]
	step := byRows(b, kernel)
	if !slices.Equal(b.Inputs[0].Shape(), b.Inputs[1].Shape()) {
		return step, nil
	}
	z, x, y := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0]), tensor.Slot[T](b.Inputs[1])
	return elementwise(b, step, func(lo, hi int) {
		kernel((*z)[lo:hi], (*x)[lo:hi], (*y)[lo:hi])
	}), nil
}

func bindIntegers[T integer](o Binary, b *graph.Binding) (graph.Step, error) {
	switch o.Function {
	case tensor.Add:
		return byElement(b, func(x, y T) T { return x + y }), nil
	case tensor.Sub:
		return byElement(b, func(x, y T) T { return x - y }), nil
	case tensor.Mul:
		return byElement(b, func(x, y T) T { return x * y }), nil
	case tensor.Minimum:
		return byElement(b, func(x, y T) T { return min(x, y) }), nil
	case tensor.Maximum:
		return byElement(b, func(x, y T) T { return max(x, y) }), nil
	}
	return byElement(b, func(x, y T) T {
		if y == 0 {
			b.Fail(fmt.Errorf("a division of %d by 0", x))
			return 0
		}
		return x / y
	}), nil
}

// byElement returns a step that computes each element of the output from those of two inputs, which
// are broadcast.
func byElement[Z, X tensor.Element](b *graph.Binding, f func(x, y X) Z) graph.Step {
	return byRows(b, func(z []Z, x, y []X) {
		x, y = x[:len(z)], y[:len(z)]
		for i := range z {
			z[i] = f(x[i], y[i])
		}
	})
}

// byRows returns a step that computes each row of the output from those of two inputs, which are
// broadcast: one row if nothing is.
func byRows[Z, X tensor.Element](b *graph.Binding, f func(z []Z, x, y []X)) graph.Step {
	z := tensor.Slot[Z](b.Outputs[0])
	x, y := tensor.Slot[X](b.Inputs[0]), tensor.Slot[X](b.Inputs[1])
	w := newBlockWalk(b.Outputs[0].Shape(), b.Inputs[0].Shape(), b.Inputs[1].Shape())
	if w.isFlat() {
		return func() { f(*z, *x, *y) }
	}
	xs, ys := newRepeated[X](w, 0), newRepeated[X](w, 1)
	return func() {
		for r := range w.rows() {
			to := (*z)[r*w.inner:][:w.inner]
			xs.begin(*x)
			ys.begin(*y)
			for lo := 0; lo < w.inner; lo += w.block {
				hi := min(lo+w.block, w.inner)
				f(to[lo:hi], xs.part(lo, hi), ys.part(lo, hi))
			}
			w.next()
		}
	}
}

// Overwrites says that the output may stand where one of the inputs does.
func (o Binary) Overwrites(int) []int { return []int{0, 1} }

// Gradient follows d(x·y) = y·dx + x·dy and its like; that of the smaller and of the larger one
// goes to that one, halved where both are the same, as in PyTorch. What was broadcast is summed
// again.
func (o Binary) Gradient(b *graph.Builder, n *graph.Node, upstream []*graph.Value) []*graph.Value {
	g, x, y, z := upstream[0], n.Inputs[0], n.Inputs[1], n.Outputs[0]
	if !x.DType().IsFloat() {
		return []*graph.Value{nil, nil}
	}
	var dx, dy *graph.Value
	switch o.Function {
	case tensor.Add:
		dx, dy = g, g
	case tensor.Sub:
		dx, dy = g, Scale(b, g, -1)
	case tensor.Mul:
		dx, dy = Mul(b, g, y), Mul(b, g, x)
	case tensor.Div: // by y: −x/y² = −z/y
		dx = Div(b, g, y)
		dy = Scale(b, Mul(b, dx, z), -1)
	case tensor.Minimum:
		dx, dy = gradientOfLess(b, g, x, y)
	case tensor.Maximum:
		dx, dy = gradientOfLess(b, g, y, x)
	}
	return []*graph.Value{SumLike(b, dx, x), SumLike(b, dy, y)}
}

// gradientOfLess returns the gradients of x and y: g where it is the smaller one, or with x and y
// exchanged the larger one, and g/2 where both are the same.
func gradientOfLess(b *graph.Builder, g, x, y *graph.Value) (dx, dy *graph.Value) {
	zero := Scalar(b, x.DType(), 0)
	half := Where(b, Equal(b, x, y), Scale(b, g, 0.5), g)
	return Where(b, Less(b, y, x), zero, half), Where(b, Less(b, x, y), zero, half)
}
