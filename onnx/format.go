package onnx

import (
	"fmt"
	"math"

	"simdnn/graph"
	"simdnn/tensor"
)

// format is a format of floats that are stored, but computed with as float32.
type format string

// The formats. Those of 8 and 4 bits are OCP's, and the variants without infinities and a negative
// zero (UZ) of Graphcore, AMD and Qualcomm; E8M0 are powers of two. They stand in bytes.
const (
	half       format = "float16"
	brain      format = "bfloat16"
	e4m3fn     format = "float8e4m3fn"
	e4m3fnuz   format = "float8e4m3fnuz"
	e5m2       format = "float8e5m2"
	e5m2fnuz   format = "float8e5m2fnuz"
	e2m1       format = "float4e2m1"
	powerOfTwo format = "float8e8m0"
)

// layout says how a format's bits are laid out: sign, exponent, mantissa.
type layout struct {
	exponent, mantissa, bias int
	infinity                 bool // the highest exponent is that of infinities and NaN, as in IEEE 754
	unsigned0                bool // the bits of −0 are NaN, the only one
	finite                   bool // there is no NaN
	storage                  tensor.DType
}

var layouts = map[format]layout{
	half:     {exponent: 5, mantissa: 10, bias: 15, infinity: true, storage: tensor.Float16Type},
	brain:    {exponent: 8, mantissa: 7, bias: 127, infinity: true, storage: tensor.BFloat16Type},
	e4m3fn:   {exponent: 4, mantissa: 3, bias: 7, storage: tensor.Uint8Type},
	e4m3fnuz: {exponent: 4, mantissa: 3, bias: 8, unsigned0: true, storage: tensor.Uint8Type},
	e5m2:     {exponent: 5, mantissa: 2, bias: 15, infinity: true, storage: tensor.Uint8Type},
	e5m2fnuz: {exponent: 5, mantissa: 2, bias: 16, unsigned0: true, storage: tensor.Uint8Type},
	e2m1:     {exponent: 2, mantissa: 1, bias: 1, finite: true, storage: tensor.Uint8Type},
}

// decode returns the number that the bits of a format stand for.
func decode(f format, bits uint32) float32 {
	if f == powerOfTwo {
		if bits == 0xFF {
			return float32(math.NaN())
		}
		return float32(math.Ldexp(1, int(bits)-127))
	}
	l := layouts[f]
	sign := bits >> (l.exponent + l.mantissa) & 1
	e := int(bits >> l.mantissa & (1<<l.exponent - 1))
	m := bits & (1<<l.mantissa - 1)
	top := e == 1<<l.exponent-1
	var v float64
	switch {
	case l.infinity && top && m == 0:
		v = math.Inf(1)
	case l.infinity && top, l.unsigned0 && sign == 1 && e == 0 && m == 0,
		!l.infinity && !l.unsigned0 && !l.finite && top && m == 1<<l.mantissa-1:
		return float32(math.NaN())
	case e == 0:
		v = math.Ldexp(float64(m), 1-l.bias-l.mantissa)
	default:
		v = math.Ldexp(float64(m|1<<l.mantissa), e-l.bias-l.mantissa)
	}
	if sign == 1 {
		v = -v
	}
	return float32(v)
}

// encode returns the bits of the nearest number of a format, of two the even one. What is
// beyond the largest becomes that one if it saturates, else infinity, or NaN where there is none. NaN
// becomes the format's, or 0 where it has none.
func encode(f format, x float32, saturate bool) uint32 {
	if f == powerOfTwo {
		return encodePowerOfTwo(x, saturate)
	}
	l := layouts[f]
	var sign uint32
	if math.Signbit(float64(x)) {
		sign = 1 << (l.exponent + l.mantissa)
	}
	top := uint32(1)<<l.exponent - 1
	ones := uint32(1)<<l.mantissa - 1
	nan, largest := sign|top<<l.mantissa|1<<(l.mantissa-1), top<<l.mantissa|ones
	switch {
	case l.infinity:
		largest = (top-1)<<l.mantissa | ones
	case l.unsigned0:
		nan = 1 << (l.exponent + l.mantissa)
	case l.finite:
		nan = 0
	default:
		nan, largest = sign|largest, largest-1
	}
	a := math.Abs(float64(x))
	if a != a {
		return nan
	}
	bits := roundTo(l, a)
	if bits > largest {
		switch {
		case l.finite, saturate && !(l.storage != tensor.Uint8Type):
			bits = largest
		case l.infinity:
			bits = top << l.mantissa
		default:
			return nan
		}
	}
	if bits == 0 && l.unsigned0 {
		return 0
	}
	return sign | bits
}

// roundTo returns the bits of a finite number or infinity, with an exponent that may be too large.
func roundTo(l layout, a float64) uint32 {
	if math.IsInf(a, 1) {
		return math.MaxUint32
	}
	if a == 0 {
		return 0
	}
	_, e := math.Frexp(a) // a = 0.5…1 · 2^e
	e = max(e-1, 1-l.bias)
	units := math.RoundToEven(math.Ldexp(a, l.mantissa-e))
	bits := int64(e+l.bias-1)<<l.mantissa + int64(units) // the leading one adds to the exponent
	return uint32(min(bits, math.MaxUint32))
}

// encodePowerOfTwo rounds up to the next power of two.
func encodePowerOfTwo(x float32, saturate bool) uint32 {
	a := math.Abs(float64(x))
	switch {
	case a != a:
		return 0xFF
	case math.IsInf(a, 0):
		if saturate {
			return 0xFE
		}
		return 0xFF
	case a == 0:
		return 0
	}
	m, e := math.Frexp(a)
	e--
	if m > 0.5 {
		e++
	}
	return uint32(min(max(e+127, 0), 254))
}

// widen converts numbers of a format to float32, exactly.
type widen struct {
	From format `json:"from"`
}

// Name returns "widen".
func (widen) Name() string { return "widen" }

// formatStorage returns the type of the array that holds numbers of a format.
func formatStorage(f format) (tensor.DType, error) {
	if f == powerOfTwo {
		return tensor.Uint8Type, nil
	}
	l, ok := layouts[f]
	if !ok {
		return tensor.InvalidDType, fmt.Errorf("the format %q is unknown", string(f))
	}
	return l.storage, nil
}

// Infer returns float32 in the input's shape.
func (o widen) Infer(in []graph.Type) ([]graph.Type, error) {
	d, err := formatStorage(o.From)
	if err == nil && (len(in) != 1 || in[0].DType != d) {
		err = fmt.Errorf("numbers of the format %s stand in %v", o.From, d)
	}
	if err != nil {
		return nil, err
	}
	return []graph.Type{{DType: tensor.Float32Type, Shape: in[0].Shape}}, nil
}

// Bind returns a step that looks the numbers up.
func (o widen) Bind(b *graph.Binding) (graph.Step, error) {
	y, in := tensor.Slot[float32](b.Outputs[0]), b.Inputs[0]
	if in.DType() == tensor.BFloat16Type {
		x := tensor.Slot[tensor.BFloat16](in)
		return func() {
			for i, v := range *x {
				(*y)[i] = math.Float32frombits(uint32(v) << 16)
			}
		}, nil
	}
	table := make([]float32, 1<<(8*in.DType().Bytes()))
	for i := range table {
		table[i] = decode(o.From, uint32(i))
	}
	if in.DType() == tensor.Uint8Type {
		x := tensor.Slot[uint8](in)
		return func() {
			for i, v := range *x {
				(*y)[i] = table[v]
			}
		}, nil
	}
	x := tensor.Slot[tensor.Float16](in)
	return func() {
		for i, v := range *x {
			(*y)[i] = table[v]
		}
	}, nil
}

// narrow rounds float32 to numbers of a format, half to even.
type narrow struct {
	To       format `json:"to"`
	Saturate bool   `json:"saturate,omitempty"` // see [encode]
}

// Name returns "narrow".
func (narrow) Name() string { return "narrow" }

// Infer returns the format's storage in the input's shape.
func (o narrow) Infer(in []graph.Type) ([]graph.Type, error) {
	d, err := formatStorage(o.To)
	if err == nil && (len(in) != 1 || in[0].DType != tensor.Float32Type) {
		err = fmt.Errorf("what is rounded to the format %s is float32", o.To)
	}
	if err != nil {
		return nil, err
	}
	return []graph.Type{{DType: d, Shape: in[0].Shape}}, nil
}

// Bind returns a step that rounds number by number.
func (o narrow) Bind(b *graph.Binding) (graph.Step, error) {
	x, out := tensor.Slot[float32](b.Inputs[0]), b.Outputs[0]
	if out.DType() == tensor.Uint8Type {
		y := tensor.Slot[uint8](out)
		return func() {
			for i, v := range *x {
				(*y)[i] = uint8(encode(o.To, v, o.Saturate))
			}
		}, nil
	}
	return func() {
		y := tensor.Words[uint16](out)
		for i, v := range *x {
			y[i] = uint16(encode(o.To, v, o.Saturate))
		}
	}, nil
}
