package asm

import "unsafe"

// QuantActivation is what a function of floats makes of those of a [QuantTile] before they become
// codes, each operation rounded:
//
//	v = T(X + Offset)·Scale + Bias[j]
//	v = v·Before.Times + Before.Plus
//	v = v·Clamp(v + Shift)/By        where it is a gate, as HardGate has it, else Clamp(v)
//	v = v·After.Times + After.Plus
//	the code of v/Step
//
// NaN passes through. Clamp brings what is not NaN between Low and High, which may be infinite.
type QuantActivation struct {
	Bias                 *float32
	Before, After        QuantAffine
	IsGate               bool
	Shift, Low, High, By float32
	Step                 float32
	Inverse              float32 // of Step, which [CanDivideCodes] has accepted
}

// QuantAffine is a step of a [QuantActivation].
type QuantAffine struct{ Times, Plus float32 }

// CanDivideCodes reports whether kernels may divide by a scale as follows: the product q by the
// rounded inverse lacks the fraction (x − q·scale)/scale, and with it, fused, is the quotient as
// division rounds it, if nothing underflows. What is far beyond the codes may stay there.
func CanDivideCodes(scale float32) bool { return scale >= 0x1p-60 && scale <= 0x1p60 }

// activatedCodes is the pure-Go [Quant.Activated].
func activatedCodes(y *uint8, t *QuantTile, a *QuantActivation) {
	offset, scale := unsafe.Slice(t.Offset, t.Cols), unsafe.Slice(t.Scale, t.Cols)
	bias := unsafe.Slice(a.Bias, t.Cols)
	for i := range t.Rows {
		row := unsafe.Slice(element(y, i*t.LDY), t.Cols)
		for j, x := range unsafe.Slice(element(t.X, i*t.LDX), t.Cols) {
			v := float32(float32(x+offset[j])*scale[j]) + bias[j]
			v = float32(v*a.Before.Times) + a.Before.Plus
			if a.IsGate {
				v = v * min(max(v+a.Shift, a.Low), a.High) / a.By
			} else {
				v = min(max(v, a.Low), a.High)
			}
			v = float32(v*a.After.Times) + a.After.Plus
			row[j] = t.code(v / a.Step)
		}
	}
}
