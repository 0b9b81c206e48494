package op

import (
	"fmt"
	"math"

	"simdnn/graph"
	"simdnn/internal/portable"
	"simdnn/tensor"
)

// Pairing names a function of [Pairwise].
type Pairing string

// The functions of two numbers. Mod has the sign of its second argument, as in Python, and
// Remainder that of its first, as in C; of integers by 0 both are errors of the run, and so are
// negative powers and shifts. And, Or and Xor are those of bools, or of each bit of integers; bits
// shifted by more than the width are gone.
const (
	PowOf       Pairing = "pow"
	ModOf       Pairing = "mod"
	RemainderOf Pairing = "remainder"
	AndOf       Pairing = "and"
	OrOf        Pairing = "or"
	XorOf       Pairing = "xor"
	ShiftLeft   Pairing = "shift_left"
	ShiftRight  Pairing = "shift_right"
)

var pairings = []Pairing{PowOf, ModOf, RemainderOf, AndOf, OrOf, XorOf,
	ShiftLeft, ShiftRight}

// Pairwise computes an element-wise function of two values that has no kernel in assembly; they are
// broadcast as NumPy does. Powers of floats are those of package portable.
type Pairwise struct {
	By Pairing `json:"-"` // its name is the operator's
}

// Pow returns x to the power y, element by element.
func Pow(b *graph.Builder, x, y *graph.Value) *graph.Value { return b.Apply(Pairwise{PowOf}, x, y) }

// Name returns the function: "pow".
func (o Pairwise) Name() string { return string(o.By) }

// Infer returns the inputs' element type in the shape that they are broadcast to.
func (o Pairwise) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 2 || in[0].DType != in[1].DType || !o.takes(in[0].DType) {
		return nil, fmt.Errorf("%s needs two inputs of one type that it is defined for", o.By)
	}
	shape, err := graph.Broadcast(in[0].Shape, in[1].Shape)
	return []graph.Type{in[0].With(shape)}, err
}

// takes reports whether the function is defined for elements of this type.
func (o Pairwise) takes(d tensor.DType) bool {
	switch o.By {
	case AndOf, OrOf, XorOf:
		return d.IsInteger() || d == tensor.BoolType
	case ShiftLeft, ShiftRight:
		return d.IsInteger()
	}
	return d.IsInteger() || d.IsFloat()
}

// Overwrites says that the output may stand where one of the inputs does.
func (o Pairwise) Overwrites(int) []int { return []int{0, 1} }

// Scratch returns the size of integers that are widened.
func (o Pairwise) Scratch(_ *graph.Binding, in []graph.Type) int { return widenedBytes(o, in) }

// Bind returns a step that goes through the elements.
func (o Pairwise) Bind(b *graph.Binding) (graph.Step, error) {
	if b.Inputs[0].DType() == tensor.BoolType {
		return o.bindBools(b), nil
	}
	return forNumber(b, o, bindFloatPairs[float32], bindFloatPairs[float64], bindIntegerPairs[int32],
		bindIntegerPairs[int64], bindIntegerPairs[uint64])
}

func (o Pairwise) bindBools(b *graph.Binding) graph.Step {
	f := func(x, y uint64) uint64 { return x ^ y }
	switch o.By {
	case AndOf:
		f = func(x, y uint64) uint64 { return x & y }
	case OrOf:
		f = func(x, y uint64) uint64 { return x | y }
	}
	return byRows(b, func(z, x, y []bool) { tensor.Bools(z, x, y, f) })
}

func bindFloatPairs[T tensor.Float](o Pairwise, b *graph.Binding) (graph.Step, error) {
	switch o.By {
	case PowOf:
		if b.Inputs[0].DType() == tensor.Float32Type {
			return byElement(b, power32), nil
		}
		return byElement(b, func(x, y T) T { return T(portable.Pow(float64(x), float64(y))) }), nil
	case ModOf:
		return byElement(b, floored[T]), nil
	}
	return byElement(b, func(x, y T) T { return T(math.Mod(float64(x), float64(y))) }), nil
}

// power32 returns x to the power y. Third and fourth powers, of which float64 holds the square
// exactly, are rounded as those of package portable are, and take a hundredth of the time.
func power32(x, y float32) float32 {
	wide := float64(x)
	switch square := float64(wide * wide); y {
	case 3:
		return float32(square * wide)
	case 4:
		return float32(square * square)
	}
	return float32(portable.Pow(wide, float64(y)))
}

// floored returns the remainder of x/y with the sign of y, ±0 with it too.
func floored[T tensor.Float](x, y T) T {
	r := math.Mod(float64(x), float64(y))
	switch {
	case r == 0:
		return T(math.Copysign(0, float64(y)))
	case (r < 0) != (y < 0):
		r += float64(y)
	}
	return T(r)
}

func bindIntegerPairs[T integer](o Pairwise, b *graph.Binding) (graph.Step, error) {
	switch o.By {
	case PowOf:
		return byElement(b, func(x, y T) T { return integerPower(b, x, y) }), nil
	case ModOf, RemainderOf:
		isFloored := o.By == ModOf
		return byElement(b, func(x, y T) T { return integerRemainder(b, x, y, isFloored) }), nil
	case AndOf:
		return byElement(b, func(x, y T) T { return x & y }), nil
	case OrOf:
		return byElement(b, func(x, y T) T { return x | y }), nil
	case XorOf:
		return byElement(b, func(x, y T) T { return x ^ y }), nil
	}
	isLeft := o.By == ShiftLeft
	return byElement(b, func(x, y T) T { return shift(b, x, y, isLeft) }), nil
}

// integerPower returns x to the power y, which wraps around.
func integerPower[T integer](b *graph.Binding, x, y T) T {
	if y < 0 {
		b.Fail(fmt.Errorf("the integer %d to the negative power %d", x, y))
		return 0
	}
	power := T(1)
	for ; y > 0; y >>= 1 {
		if y&1 == 1 {
			power *= x
		}
		x *= x
	}
	return power
}

// integerRemainder returns the remainder of x/y, with the sign of y if floored, else that of x.
func integerRemainder[T integer](b *graph.Binding, x, y T, isFloored bool) T {
	if y == 0 {
		b.Fail(fmt.Errorf("a division of %d by 0", x))
		return 0
	}
	r := x % y
	if isFloored && r != 0 && (r < 0) != (y < 0) {
		r += y
	}
	return r
}

// shift returns x shifted by y bits: to the right, negative integers are filled up with their sign.
func shift[T integer](b *graph.Binding, x, y T, isLeft bool) T {
	switch {
	case y < 0:
		b.Fail(fmt.Errorf("a shift of %d by %d bits", x, y))
		return 0
	case isLeft:
		return x << uint64(y)
	}
	return x >> uint64(y)
}

// Gradient of xʸ is y·xʸ⁻¹·dx + xʸ·ln x·dy, where factors of 0 win over infinite ones.
// Of remainders, that by y is −⌊x/y⌋, or x/y cut off.
func (o Pairwise) Gradient(b *graph.Builder, n *graph.Node, up []*graph.Value) []*graph.Value {
	g, x, y, z := up[0], n.Inputs[0], n.Inputs[1], n.Outputs[0]
	if !x.DType().IsFloat() {
		return []*graph.Value{nil, nil}
	}
	var dx, dy *graph.Value
	zero := Scalar(b, x.DType(), 0)
	switch o.By {
	case PowOf:
		one := Scalar(b, x.DType(), 1)
		slope := Mul(b, y, Pow(b, x, Sub(b, y, one)))
		dx = Mul(b, g, Where(b, Equal(b, y, zero), zero, slope))
		growth := Mul(b, z, Apply(b, tensor.Log, x))
		dy = Mul(b, g, Where(b, Equal(b, z, zero), zero, growth))
	case ModOf:
		dx, dy = g, Mul(b, g, Map(b, Neg, Map(b, Floor, Div(b, x, y))))
	case RemainderOf:
		dx, dy = g, Mul(b, g, Map(b, Neg, Map(b, Trunc, Div(b, x, y))))
	}
	return []*graph.Value{SumLike(b, dx, x), SumLike(b, dy, y)}
}
