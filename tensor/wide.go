package tensor

import "simdnn/tensor/asm"

// SumProducts returns Σ x[i]·y[i] over slices of one length: products rounded to float32, added in
// float64 in an order that depends on the length alone, the same bits on every ISA.
func SumProducts(x, y []float32) float64 {
	requireLength("SumProducts", len(x), len(y))
	return asm.Active().Wide.SumProducts(x, y)
}
