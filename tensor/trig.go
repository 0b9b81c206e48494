package tensor

import "simdnn/tensor/asm"

// Sin sets dst to the sines of x, which is as long or longer and may be dst itself: each within
// 0.501 ULP, the same bits on every ISA.
func Sin(dst, x []float32) {
	requireLength("Sin", len(dst), len(x))
	asm.Active().Trig.Sin(dst, x)
}

// Cos sets dst to the cosines of x, as Sin does.
func Cos(dst, x []float32) {
	requireLength("Cos", len(dst), len(x))
	asm.Active().Trig.Cos(dst, x)
}
