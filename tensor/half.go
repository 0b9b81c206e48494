package tensor

import (
	"fmt"
	"math"

	"simdnn/tensor/asm"
)

// Half is a type of 16 bits that stores numbers which are computed with as float32. How numbers and
// NaNs are converted, with the same bits on every ISA, says [asm.Halves].
type Half interface{ Float16 | BFloat16 }

// Float32 returns the number, which float32 holds exactly.
func (h Float16) Float32() float32 { return asm.FromFloat16(uint16(h)) }

// Float32 returns the number, which float32 holds exactly.
func (h BFloat16) Float32() float32 { return asm.FromBFloat16(uint16(h)) }

// String returns the number in the fewest digits that tell it from other float32.
func (h Float16) String() string { return fmt.Sprint(h.Float32()) }

// String returns the number in the fewest digits that tell it from other float32.
func (h BFloat16) String() string { return fmt.Sprint(h.Float32()) }

// ToHalf returns the half nearest to x, ties to even, in one rounding.
func ToHalf[H Half](x float64) H {
	var h [1]H
	switch h := any(&h).(type) {
	case *[1]Float16:
		h[0] = Float16(asm.ToFloat16(toOdd(x)))
	case *[1]BFloat16:
		h[0] = BFloat16(asm.ToBFloat16(toOdd(x)))
	}
	return h[0]
}

// toOdd returns x, or if float32 does not hold it the one of its neighbours whose last bit is 1:
// rounding that to fewer bits gives what rounding x would (Boldo and Melquiond 2008).
func toOdd(x float64) float32 {
	f := float32(x)
	if float64(f) == x || x != x {
		return f
	}
	b := math.Float32bits(f)
	if math.Abs(float64(f)) > math.Abs(x) {
		b-- // towards zero
	}
	return math.Float32frombits(b | 1)
}

// Widen sets dst to the numbers of src, which is at least as long.
func Widen[H Half](dst []float32, src []H) {
	requireLength("Widen", len(dst), len(src))
	kernel := asm.Active().Halves.WidenFloat16
	if DTypeOf[H]() == BFloat16Type {
		kernel = asm.Active().Halves.WidenBFloat16
	}
	kernel(dst, halfBits(src))
}

// Narrow sets dst to the halves nearest to the numbers of src, which is at least as long.
func Narrow[H Half](dst []H, src []float32) {
	requireLength("Narrow", len(dst), len(src))
	kernel := asm.Active().Halves.NarrowFloat16
	if DTypeOf[H]() == BFloat16Type {
		kernel = asm.Active().Halves.NarrowBFloat16
	}
	kernel(halfBits(dst), src)
}

func halfBits[H Half](x []H) []uint16 {
	return bitsOf[uint16](x)
}

// requireLength panics unless a source has an element for each of its destination.
func requireLength(op string, dst, src int) {
	if src < dst {
		panic(fmt.Sprintf("tensor: %s: %d elements for a destination of %d", op, src, dst))
	}
}
