// Package formats has the operators between float32 and the formats of package
// simdnn/internal/minifloat.
package formats

import (
	"fmt"

	"simdnn/graph"
	"simdnn/internal/minifloat"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// Widen converts numbers of a format to float32, exactly.
type Widen struct {
	From minifloat.Format `json:"from"`
}

// Name returns "widen".
func (Widen) Name() string { return "widen" }

// Infer returns float32 in the input's shape.
func (o Widen) Infer(in []graph.Type) ([]graph.Type, error) {
	d, err := o.From.Storage()
	if err == nil && (len(in) != 1 || in[0].DType != d) {
		err = fmt.Errorf("numbers of the format %s stand in %v", o.From, d)
	}
	if err != nil {
		return nil, err
	}
	return []graph.Type{{DType: tensor.Float32Type, Shape: in[0].Shape}}, nil
}

// Bind returns a step of a kernel for halves, else one that looks the numbers up.
func (o Widen) Bind(b *graph.Binding) (graph.Step, error) {
	y, in := tensor.Slot[float32](b.Outputs[0]), b.Inputs[0]
	switch in.DType() {
	case tensor.BFloat16Type:
		x := tensor.Slot[tensor.BFloat16](in)
		return func() { tensor.Widen(*y, *x) }, nil
	case tensor.Float16Type:
		x := tensor.Slot[tensor.Float16](in)
		return func() { tensor.Widen(*y, *x) }, nil
	}
	var table [256]float32
	for i := range table {
		table[i] = o.From.Decode(uint32(i))
	}
	x := tensor.Slot[uint8](in)
	return func() {
		for i, v := range *x {
			(*y)[i] = table[v]
		}
	}, nil
}

// Narrow rounds float32 to numbers of a format, half to even.
type Narrow struct {
	To       minifloat.Format `json:"to"`
	Saturate bool             `json:"saturate,omitempty"` // see [minifloat.Format.Encode]
}

// Name returns "narrow".
func (Narrow) Name() string { return "narrow" }

// Infer returns the format's storage in the input's shape.
func (o Narrow) Infer(in []graph.Type) ([]graph.Type, error) {
	d, err := o.To.Storage()
	if err == nil && (len(in) != 1 || in[0].DType != tensor.Float32Type) {
		err = fmt.Errorf("what is rounded to the format %s is float32", o.To)
	}
	if err != nil {
		return nil, err
	}
	return []graph.Type{{DType: d, Shape: in[0].Shape}}, nil
}

// Bind returns a step of a kernel for halves, else one that rounds number by number.
func (o Narrow) Bind(b *graph.Binding) (graph.Step, error) {
	x, out := tensor.Slot[float32](b.Inputs[0]), b.Outputs[0]
	switch out.DType() {
	case tensor.BFloat16Type:
		y := tensor.Slot[tensor.BFloat16](out)
		return func() { tensor.Narrow(*y, *x) }, nil
	case tensor.Float16Type:
		y := tensor.Slot[tensor.Float16](out)
		return func() { tensor.Narrow(*y, *x) }, nil
	}
	y := tensor.Slot[uint8](out)
	return func() {
		for i, v := range *x {
			(*y)[i] = uint8(o.To.Encode(v, o.Saturate))
		}
	}, nil
}

// Of returns the format of floats that are stored only.
//
//go:noinline
func Of(e value.ElementType) minifloat.Format {
	return map[value.ElementType]minifloat.Format{
		value.Float16: minifloat.Float16, value.BFloat16: minifloat.BFloat16,
		value.Float8E4M3FN: minifloat.E4M3FN, value.Float8E4M3FNUZ: minifloat.E4M3FNUZ,
		value.Float8E5M2: minifloat.E5M2, value.Float8E5M2FNUZ: minifloat.E5M2FNUZ,
		value.Float4E2M1: minifloat.E2M1, value.Float8E8M0: minifloat.E8M0,
	}[e]
}
