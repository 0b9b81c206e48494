package op

import (
	"fmt"
	"math"

	"simdnn/graph"
	"simdnn/tensor"
)

// CastTo converts elements to another type: integers to integers by their lowest bits, floats to
// integers by cutting off the fraction, where what is out of range becomes the nearest integer that
// is not, and NaN 0 (C leaves both open); anything but 0 becomes true, and true 1. Halves are exact
// as float32; what becomes one is rounded once, to the nearest, ties to even.
type CastTo struct {
	To tensor.DType `json:"to"`
}

// Cast returns x with elements of another type.
func Cast(b *graph.Builder, x *graph.Value, to tensor.DType) *graph.Value {
	if b.Err() == nil && x.DType() == to {
		return x
	}
	return b.Apply(CastTo{to}, x)
}

// Name returns "cast".
func (CastTo) Name() string { return "cast" }

// Infer returns the input's shape with the other type.
func (o CastTo) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 1 {
		return nil, fmt.Errorf("%d inputs, not 1", len(in))
	}
	if o.To == tensor.InvalidDType || o.To >= tensor.DTypes {
		return nil, fmt.Errorf("a cast of %v to %v", in[0], o.To)
	}
	return []graph.Type{{DType: o.To, Shape: in[0].Shape}}, nil
}

// isReal reports whether values of this type change continuously.
func isReal(d tensor.DType) bool {
	return d.IsFloat() || d == tensor.Float16Type || d == tensor.BFloat16Type
}

// Gradient converts the upstream gradient back, if both types are floats or halves.
func (o CastTo) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	if !isReal(o.To) || !isReal(n.Inputs[0].DType()) {
		return []*graph.Value{nil}
	}
	return []*graph.Value{Cast(b, g[0], n.Inputs[0].DType())}
}

// Bind returns a step that converts element by element.
func (o CastTo) Bind(b *graph.Binding) (graph.Step, error) {
	switch b.Inputs[0].DType() {
	case tensor.Float32Type:
		return castFloat[float32](b), nil
	case tensor.Float64Type:
		return castFloat[float64](b), nil
	case tensor.Float16Type:
		return castHalf[tensor.Float16](b), nil
	case tensor.BFloat16Type:
		return castHalf[tensor.BFloat16](b), nil
	case tensor.Int8Type:
		return castInteger(b, elementsOf[int8](b)), nil
	case tensor.Int16Type:
		return castInteger(b, elementsOf[int16](b)), nil
	case tensor.Int32Type:
		return castInteger(b, elementsOf[int32](b)), nil
	case tensor.Int64Type:
		return castInteger(b, elementsOf[int64](b)), nil
	case tensor.Uint16Type:
		return castInteger(b, elementsOf[uint16](b)), nil
	case tensor.Uint32Type:
		return castInteger(b, elementsOf[uint32](b)), nil
	case tensor.Uint64Type:
		return castInteger(b, elementsOf[uint64](b)), nil
	case tensor.BoolType: // false and true are the bytes 0 and 1
		in := b.Inputs[0]
		return castInteger(b, func() []uint8 { return tensor.Words[uint8](in) }), nil
	}
	return castInteger(b, elementsOf[uint8](b)), nil
}

type integer interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
}

type number interface{ integer | tensor.Float }

// castHalf returns the step for halves, by way of float32.
func castHalf[H tensor.Half](b *graph.Binding) graph.Step {
	x := tensor.Slot[H](b.Inputs[0])
	if b.Outputs[0].DType() == tensor.Float32Type {
		y := tensor.Slot[float32](b.Outputs[0])
		return func() { tensor.Widen(*y, *x) }
	}
	wide := make([]float32, b.Inputs[0].Len())
	from := *b
	from.Inputs = []*tensor.Array{tensor.ArrayOf(wide, b.Inputs[0].Shape()...)}
	step := castFloat[float32](&from)
	return func() {
		tensor.Widen(wide, *x)
		step()
	}
}

// castFloat returns the step for floats: to integers, these have limits.
func castFloat[X tensor.Float](b *graph.Binding) graph.Step {
	switch b.Outputs[0].DType() {
	case tensor.Int8Type:
		return saturate[int8, X](b, math.MinInt8, math.MaxInt8)
	case tensor.Int16Type:
		return saturate[int16, X](b, math.MinInt16, math.MaxInt16)
	case tensor.Int32Type:
		return saturate[int32, X](b, math.MinInt32, math.MaxInt32)
	case tensor.Int64Type:
		return saturate[int64, X](b, math.MinInt64, math.MaxInt64)
	case tensor.Uint8Type:
		return saturate[uint8, X](b, 0, math.MaxUint8)
	case tensor.Uint16Type:
		return saturate[uint16, X](b, 0, math.MaxUint16)
	case tensor.Uint32Type:
		return saturate[uint32, X](b, 0, math.MaxUint32)
	case tensor.Uint64Type:
		return saturate[uint64, X](b, 0, math.MaxUint64)
	}
	return castNumber(b, elementsOf[X](b))
}

// saturate returns the step from floats to integers.
func saturate[Y integer, X tensor.Float](b *graph.Binding, lowest, highest Y) graph.Step {
	y, x := tensor.Slot[Y](b.Outputs[0]), tensor.Slot[X](b.Inputs[0])
	return func() {
		for i, v := range *x {
			switch {
			case v != v:
				(*y)[i] = 0
			case float64(v) <= float64(lowest):
				(*y)[i] = lowest
			case float64(v) >= float64(highest): // rounded up, where an int64 is no float64
				(*y)[i] = highest
			default:
				(*y)[i] = Y(v)
			}
		}
	}
}

// elementsOf returns what gives the input's elements.
func elementsOf[X number](b *graph.Binding) func() []X {
	x := tensor.Slot[X](b.Inputs[0])
	return func() []X { return *x }
}

// castInteger returns the step for integers. Of other integers it makes the low bits, whether these
// have a sign or not.
func castInteger[X integer](b *graph.Binding, x func() []X) graph.Step {
	out := b.Outputs[0]
	if !out.DType().IsInteger() {
		return castNumber(b, x)
	}
	switch out.DType().Bytes() {
	case 1:
		return lowBits[uint8](out, x)
	case 2:
		return lowBits[uint16](out, x)
	case 4:
		return lowBits[uint32](out, x)
	}
	return lowBits[uint64](out, x)
}

func lowBits[U tensor.Word, X integer](out *tensor.Array, x func() []X) graph.Step {
	return func() {
		from := x()
		to := tensor.Words[U](out)[:len(from)]
		for i, v := range from {
			to[i] = U(v)
		}
	}
}

// castNumber returns the step from numbers of any type to floats, halves or bools.
func castNumber[X number](b *graph.Binding, x func() []X) graph.Step {
	switch out := b.Outputs[0]; out.DType() {
	case tensor.Float32Type:
		return convert[float32](out, x)
	case tensor.Float64Type:
		return convert[float64](out, x)
	case tensor.Float16Type:
		return narrow[tensor.Float16](out, x)
	case tensor.BFloat16Type:
		return narrow[tensor.BFloat16](out, x)
	}
	y := tensor.Slot[bool](b.Outputs[0])
	return func() {
		for i, v := range x() {
			(*y)[i] = v != 0
		}
	}
}

// convert returns the step to floats by Go's conversion.
func convert[Y tensor.Float, X number](out *tensor.Array, x func() []X) graph.Step {
	y := tensor.Slot[Y](out)
	return func() {
		from := x()
		to := (*y)[:len(from)]
		for i, v := range from {
			to[i] = Y(v)
		}
	}
}

// narrow returns the step to halves.
func narrow[H tensor.Half, X number](out *tensor.Array, x func() []X) graph.Step {
	y := tensor.Slot[H](out)
	if x, ok := any(x).(func() []float32); ok {
		return func() { tensor.Narrow(*y, x()) }
	}
	return func() {
		for i, v := range x() {
			(*y)[i] = tensor.ToHalf[H](wholeOdd(v))
		}
	}
}

// wholeOdd returns v, or if float64 does not hold it a neighbour whose last bit is 1: rounding that
// to a half gives what rounding v would.
func wholeOdd[X number](v X) float64 {
	const cut = 1<<11 - 1 // what an integer of 64 bits has beyond float64's 53
	switch v := any(v).(type) {
	case int64:
		if v&cut != 0 && (v > 1<<53 || v < -1<<53) {
			return float64(v&^cut | (cut + 1))
		}
	case uint64:
		if v&cut != 0 && v > 1<<53 {
			return float64(v&^cut | (cut + 1))
		}
	}
	return float64(v)
}
