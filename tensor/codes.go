package tensor

import "simdnn/tensor/asm"

// Quantize sets dst to the codes of x/scale in a range: rounded half to even, cut off where the
// range ends, NaN as its lower end. Codes are bytes of integers with a sign or without, as the
// range has it.
func Quantize(dst []uint8, x []float32, scale float32, r CodeRange) {
	requireLength("Quantize", len(dst), len(x))
	asm.Active().Quant.Quantize(dst, x, scale, asm.Noescape(&r))
}

// Dequantize sets dst to (integer − zero)·scale for integers in bytes, signed or not.
func Dequantize(dst []float32, x []uint8, signed bool, zero int32, scale float32) {
	requireLength("Dequantize", len(dst), len(x))
	flip := uint8(0)
	if signed {
		flip, zero = 128, zero+128
	}
	asm.Active().Quant.Dequantize(dst, x, flip, zero, scale)
}

// MaxWindows sets y to the largest integers, signed or not, of windows of x.
func MaxWindows(y, x *uint8, w *Window, signed bool) {
	asm.Active().Quant.MaxWindows(y, x, w, codeFlip(!signed))
}

// RangeOf returns the smallest and the largest of the elements and 0, and whether none is NaN.
func RangeOf(x []float32) (lowest, highest float32, ok bool) { return asm.Active().Quant.Range(x) }

// QuantizeByRange sets dst to the codes of x, bytes without sign, whose range is that of x and 0:
//
//	scale = (highest − lowest)/255, or 1 if all elements are 0
//	zero  = −lowest/scale, rounded half to even, at most 255
//
// It returns them, and whether no element is NaN, which counts for nothing in the range and becomes
// code 0. A range of less than 255 times the smallest number has the scale 0, one that reaches
// infinity an infinite one: then zero is 255 where it is 0/0, or ∞/∞, as in ONNX Runtime.
func QuantizeByRange(dst []uint8, x []float32) (scale float32, zero uint8, ok bool) {
	lowest, highest, ok := RangeOf(x)
	if scale = (highest - lowest) / 255; highest == lowest {
		scale = 1
	}
	const whole = 3 << 22 // beyond which float32 has no fractions
	middle := -lowest / scale
	if !(middle <= 255) { // NaN among them
		middle = 255
	}
	middle = middle + whole - whole
	r := CodeRange{Low: -middle, High: 255 - middle, Zero: int32(middle)}
	Quantize(dst, x, scale, r)
	return scale, uint8(middle), ok
}
