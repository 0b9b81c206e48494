package asm

import "math"

// Halves are the kernels that convert between float32 and the two types of 16 bits, whose bits they
// take: IEEE 754's binary16 and bfloat16, the upper half of a float32. Narrowing rounds to the
// nearest, half to even: what is too large becomes an infinity, subnormal numbers are kept. A NaN
// keeps its sign and the upper bits of its payload and becomes quiet, but that of a bfloat16 keeps
// all of its bits. All ISAs give the same bits, generic and NaNs included.
type Halves struct {
	WidenFloat16   func(dst []float32, src []uint16)
	NarrowFloat16  func(dst []uint16, src []float32)
	WidenBFloat16  func(dst []float32, src []uint16)
	NarrowBFloat16 func(dst []uint16, src []float32)
}

// halvesPure returns the pure-Go kernels.
func halvesPure() Halves {
	return Halves{
		WidenFloat16: func(dst []float32, src []uint16) {
			for i, h := range src[:len(dst)] {
				dst[i] = FromFloat16(h)
			}
		},
		NarrowFloat16: func(dst []uint16, src []float32) {
			for i, v := range src[:len(dst)] {
				dst[i] = ToFloat16(v)
			}
		},
		WidenBFloat16: func(dst []float32, src []uint16) {
			for i, h := range src[:len(dst)] {
				dst[i] = FromBFloat16(h)
			}
		},
		NarrowBFloat16: func(dst []uint16, src []float32) {
			for i, v := range src[:len(dst)] {
				dst[i] = ToBFloat16(v)
			}
		},
	}
}

const (
	signBit  = 1 << 31
	infinity = 0x7F800000 // of float32
	rebias   = (127 - 15) << 23
)

// FromFloat16 returns the number with these bits.
func FromFloat16(h uint16) float32 {
	sign, exponent, fraction := uint32(h)<<16&signBit, uint32(h)>>10&31, uint32(h)&0x3FF
	switch {
	case exponent == 0: // subnormal numbers are multiples of the smallest
		return math.Float32frombits(math.Float32bits(float32(fraction)*0x1p-24) | sign)
	case exponent < 31:
		return math.Float32frombits(sign | exponent<<23 + rebias | fraction<<13)
	case fraction == 0:
		return math.Float32frombits(sign | infinity)
	}
	return math.Float32frombits(sign | infinity | 1<<22 | fraction<<13)
}

// ToFloat16 returns the bits of the nearest number.
func ToFloat16(x float32) uint16 {
	b := math.Float32bits(x)
	sign, b := uint16(b>>16&0x8000), b&^signBit
	switch {
	case b > infinity:
		return sign | 0x7E00 | uint16(b>>13&0x3FF)
	case b >= 0x477FF000: // 65520, half-way between the largest number and the next power of two
		return sign | 0x7C00
	case b >= 0x38800000: // 2⁻¹⁴, the smallest normal number
		b -= rebias
		return sign | uint16((b+0xFFF+b>>13&1)>>13)
	}
	// The last bit of a sum with ½ is worth the smallest subnormal number.
	const half = 0.5
	return sign | uint16(math.Float32bits(math.Float32frombits(b)+half)-math.Float32bits(half))
}

// FromBFloat16 returns the number with these bits.
func FromBFloat16(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

// ToBFloat16 returns the bits of the nearest number.
func ToBFloat16(x float32) uint16 {
	b := math.Float32bits(x)
	if b&^signBit > infinity {
		return uint16(b>>16) | 0x40
	}
	return uint16((b + 0x7FFF + b>>16&1) >> 16)
}
