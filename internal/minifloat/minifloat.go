// Package minifloat converts between float32 and the shorter formats that files of models hold.
package minifloat

import (
	"fmt"
	"math"

	"simdnn/tensor"
)

// Format is a format of floats that are stored, but computed with as float32.
type Format string

// The formats. Those of 8 and 4 bits are OCP's, and the variants without infinities and a negative
// zero (UZ) of Graphcore, AMD and Qualcomm; E8M0 are powers of two. They stand in bytes.
const (
	Float16  Format = "float16"
	BFloat16 Format = "bfloat16"
	E4M3FN   Format = "float8e4m3fn"
	E4M3FNUZ Format = "float8e4m3fnuz"
	E5M2     Format = "float8e5m2"
	E5M2FNUZ Format = "float8e5m2fnuz"
	E2M1     Format = "float4e2m1"
	E8M0     Format = "float8e8m0"
)

// layout says how a format's bits are laid out: sign, exponent, mantissa.
type layout struct {
	exponent, mantissa, bias int
	infinity                 bool // the highest exponent is that of infinities and NaN, as in IEEE 754
	unsigned0                bool // the bits of −0 are NaN, the only one
	finite                   bool // there is no NaN
	storage                  tensor.DType
}

var layouts = map[Format]layout{
	Float16:  {exponent: 5, mantissa: 10, bias: 15, infinity: true, storage: tensor.Float16Type},
	BFloat16: {exponent: 8, mantissa: 7, bias: 127, infinity: true, storage: tensor.BFloat16Type},
	E4M3FN:   {exponent: 4, mantissa: 3, bias: 7, storage: tensor.Uint8Type},
	E4M3FNUZ: {exponent: 4, mantissa: 3, bias: 8, unsigned0: true, storage: tensor.Uint8Type},
	E5M2:     {exponent: 5, mantissa: 2, bias: 15, infinity: true, storage: tensor.Uint8Type},
	E5M2FNUZ: {exponent: 5, mantissa: 2, bias: 16, unsigned0: true, storage: tensor.Uint8Type},
	E2M1:     {exponent: 2, mantissa: 1, bias: 1, finite: true, storage: tensor.Uint8Type},
}

// Decode returns the number that the bits of a format stand for.
func (f Format) Decode(bits uint32) float32 {
	if f == E8M0 {
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

// Floats returns the numbers that bytes stand for, each of a format of at most 8 bits.
func (f Format) Floats(bytes []byte) []float32 {
	values := make([]float32, len(bytes))
	for i, b := range bytes {
		values[i] = f.Decode(uint32(b))
	}
	return values
}

// Encode returns the bits of the nearest number of a format, of two the even one. What is
// beyond the largest becomes that one if it saturates, else infinity, or NaN where there is none.
// NaN becomes the format's, or 0 where it has none.
func (f Format) Encode(x float32, saturate bool) uint32 {
	if f == E8M0 {
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

// Storage returns the type of the array that holds numbers of a format.
func (f Format) Storage() (tensor.DType, error) {
	if f == E8M0 {
		return tensor.Uint8Type, nil
	}
	l, ok := layouts[f]
	if !ok {
		return tensor.InvalidDType, fmt.Errorf("the format %q is unknown", string(f))
	}
	return l.storage, nil
}
