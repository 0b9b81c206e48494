// Package op holds the operators of graphs: each is a small struct of its attributes with its shape
// rule, its gradient and its way to the kernels. Beside it stands the function that applies it to
// values of a [graph.Builder]; most are linear algebra and calculus as every framework has them,
// and their doc comments give the shapes.
package op

import (
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// binder binds an operator O for elements of one type.
type binder[O any] = func(O, *graph.Binding) (graph.Step, error)

// forFloat binds an operator by the element type of its last input.
func forFloat[O any](b *graph.Binding, o O, f32, f64 binder[O]) (graph.Step, error) {
	return forFloatOf(b.Inputs[len(b.Inputs)-1].DType(), b, o, f32, f64)
}

// forFloatOf binds an operator for an element type.
func forFloatOf[O any](d tensor.DType, b *graph.Binding, o O, f32, f64 binder[O]) (
	graph.Step, error) {
	switch d {
	case tensor.Float32Type:
		return f32(o, b)
	case tensor.Float64Type:
		return f64(o, b)
	default:
		return nil, fmt.Errorf("op: %T of %v elements", o, d)
	}
}

// forInteger binds an operator by the element type of its first input. Smaller types than these are
// widened in the binding's scratch memory, see [widenedBytes], and results cut to their lowest bits
// again: of what operators compute of integers, which wraps around, these are the same.
func forInteger[O any](b *graph.Binding, o O, i32, i64, u64 binder[O]) (graph.Step, error) {
	d := b.Inputs[0].DType()
	wide := wider(d)
	bind := map[tensor.DType]binder[O]{tensor.Int32Type: i32, tensor.Int64Type: i64,
		tensor.Uint64Type: u64}[wide]
	switch {
	case bind == nil:
		return nil, fmt.Errorf("op: %T of %v elements", o, d)
	case wide == d:
		return bind(o, b)
	}
	return widened(b, wide, func(w *graph.Binding) (graph.Step, error) { return bind(o, w) })
}

// wider returns the type by which integers are computed with.
func wider(d tensor.DType) tensor.DType {
	switch d {
	case tensor.Int8Type, tensor.Int16Type, tensor.Uint8Type, tensor.Uint16Type:
		return tensor.Int32Type
	case tensor.Uint32Type:
		return tensor.Uint64Type
	}
	return d
}

// widenedBytes returns how much scratch memory an operator needs for inputs of these types that are
// widened, and for its outputs.
func widenedBytes(o graph.Operator, in []graph.Type) (bytes int) {
	narrow := in[0].DType
	wide := wider(narrow)
	if out, err := o.Infer(in); err == nil && wide != narrow {
		for _, t := range slices.Concat(in, out) {
			if shape, ok := t.Shape.Ints(); ok && t.DType == narrow {
				bytes += inUnits(product(shape) * wide.Bytes())
			}
		}
	}
	return bytes
}

// widened binds an operator by way of a wider type than that of its first input, for all arrays of
// that type.
func widened(b *graph.Binding, to tensor.DType,
	bind func(b *graph.Binding) (graph.Step, error)) (graph.Step, error) {
	narrow, memory := b.Inputs[0].DType(), b.Scratch
	wide := *b
	wide.Inputs, wide.Outputs = slices.Clone(b.Inputs), slices.Clone(b.Outputs)
	take := func(a *tensor.Array) *tensor.Array {
		if b.Scratch == nil { // where constants are folded
			return tensor.NewArray(to, a.Shape()...)
		}
		bytes := a.Len() * to.Bytes()
		part := tensor.ArrayOver(to, memory[:bytes:bytes], a.Shape()...)
		memory = memory[inUnits(bytes):]
		return part
	}
	var steps []graph.Step
	cast := func(from, to *tensor.Array) error {
		step, err := CastTo{to.DType()}.Bind(&graph.Binding{Inputs: []*tensor.Array{from},
			Outputs: []*tensor.Array{to}})
		steps = append(steps, step)
		return err
	}
	for i, a := range b.Inputs {
		if a.DType() == narrow {
			wide.Inputs[i] = take(a)
			if err := cast(a, wide.Inputs[i]); err != nil {
				return nil, err
			}
		}
	}
	at := len(steps)
	steps = append(steps, nil)
	for i, a := range b.Outputs {
		if a.DType() == narrow {
			wide.Outputs[i] = take(a)
			if err := cast(wide.Outputs[i], a); err != nil {
				return nil, err
			}
		}
	}
	step, err := bind(&wide)
	if err != nil || step == nil {
		return nil, err
	}
	steps[at], b.Shared = step, wide.Shared
	return func() {
		for _, step := range steps {
			step()
		}
	}, nil
}

// forNumber binds an operator by the element type of its first input.
func forNumber[O any](b *graph.Binding, o O, f32, f64, i32, i64, u64 binder[O]) (graph.Step, error) {
	switch b.Inputs[0].DType() {
	case tensor.Float32Type:
		return f32(o, b)
	case tensor.Float64Type:
		return f64(o, b)
	}
	return forInteger(b, o, i32, i64, u64)
}

// numbers says what is wrong with so many inputs of one type of floats or integers.
func numbers(inputs int, in []graph.Type) error {
	if len(in) != inputs {
		return fmt.Errorf("%d inputs, not %d", len(in), inputs)
	}
	for _, t := range in {
		if !t.DType.IsFloat() && !t.DType.IsInteger() || t.DType != in[0].DType {
			return fmt.Errorf("the elements must be numbers of one type, not %v and %v", in[0].DType,
				t.DType)
		}
	}
	return nil
}

// Gradients adds the nodes that compute dL/dv for each value in of, L being the sum of all elements
// of loss: nil where L does not depend on v.
func Gradients(b *graph.Builder, loss *graph.Value, of ...*graph.Value) []*graph.Value {
	if b.Err() != nil {
		return make([]*graph.Value, len(of))
	}
	if loss == nil {
		b.Fail("a gradient without a loss")
		return make([]*graph.Value, len(of))
	}
	seed := Expand(b, Scalar(b, loss.DType(), 1), loss)
	return graph.Gradients(b, []*graph.Value{loss}, []*graph.Value{seed}, of, Binary{tensor.Add})
}

// Scalar returns a constant of no dimensions. Integers must be exact in a float64.
func Scalar(b *graph.Builder, d tensor.DType, v float64) *graph.Value {
	a, err := scalarOf(d, v)
	if err != nil {
		b.Fail("a scalar: %w", err)
		return nil
	}
	return b.Constant(a)
}

// scalarOf returns an array of one number and no dimensions, or an error if its type does not have
// it.
func scalarOf(d tensor.DType, v float64) (*tensor.Array, error) {
	switch d {
	case tensor.Float32Type:
		return tensor.ArrayOf([]float32{float32(v)}), nil
	case tensor.Float64Type:
		return tensor.ArrayOf([]float64{v}), nil
	case tensor.Int8Type:
		return integerOf[int8](v)
	case tensor.Int16Type:
		return integerOf[int16](v)
	case tensor.Int32Type:
		return integerOf[int32](v)
	case tensor.Int64Type:
		return integerOf[int64](v)
	case tensor.Uint8Type:
		return integerOf[uint8](v)
	case tensor.Uint16Type:
		return integerOf[uint16](v)
	case tensor.Uint32Type:
		return integerOf[uint32](v)
	case tensor.Uint64Type:
		return integerOf[uint64](v)
	case tensor.BoolType:
		if v == 0 || v == 1 {
			return tensor.ArrayOf([]bool{v == 1}), nil
		}
	}
	return nil, fmt.Errorf("%v can't be of type %v", v, d)
}

func integerOf[T integer](v float64) (*tensor.Array, error) {
	if float64(T(v)) != v {
		return nil, fmt.Errorf("%v can't be of type %v", v, tensor.DTypeOf[T]())
	}
	return tensor.ArrayOf([]T{T(v)}), nil
}
