package asm

import (
	"math"

	"simdnn/internal/portable"
)

// Trig are sine and cosine of float32, computed in float64 and rounded once: within 0.501 ULP. All
// ISAs give the same bits, generic included. They are NaN at ±∞, and Sin(−0) is −0.
type Trig struct{ Sin, Cos func(dst, x []float32) }

// Up to trigFar both are computed from the distance to the nearest zero,
//
//	x = (n + phase)·π + r, |r| ≤ π/2, f(x) = (−1)ⁿ·(r + r·z·q(z)), z = r²,
//
// where the phase is 0 for the sine and −½ for the cosine. The first step of r is exact: both x and
// (n + phase)·π are multiples of the last place of π, or both are small. q comes from Remez's
// exchange for the least relative error of the sine, which is below 2⁻⁴³. Beyond that, package
// portable has the bits of π that it takes.
const (
	trigPerPi      = iota // 1/π
	trigMagic             // 1.5·2⁵²: the lowest bit of it and n is that of n
	trigPi                // π
	trigPiLow             // and the rest of it
	trigOne               // 1
	trigPolynomial        // coefficients of q from here on, the highest degree first
)

var trig64 = [...]float64{
	0x1.45f306dc9c883p-2, 0x1.8p52, 0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53, 1,
	0x1.52dbecaa1e984p-33, -0x1.ae03f84586581p-26, 0x1.71dcf84bef370p-19,
	-0x1.a019fd5951362p-13, 0x1.1111110a55945p-7, -0x1.5555555547140p-3,
}

const trigFar = 0x1p30

// trigBlock is the number of elements whose range is found at once: they stay in the nearest cache.
const trigBlock = 1 << 10

// nearTrig sets dst[i] to the sine of x[i] − phase·π, for |x[i]| ≤ trigFar or NaN.
type nearTrig func(dst, x []float32, phase float64)

// trigBy returns the kernels that leave near numbers to one of an ISA.
func trigBy(near nearTrig, rangeOf func(x []float32) (lowest, highest float32, ok bool)) Trig {
	by := func(phase float64, far func(x float64) float64) func(dst, x []float32) {
		return func(dst, x []float32) {
			for len(dst) > 0 {
				n := min(len(dst), trigBlock)
				if lowest, highest, _ := rangeOf(x[:n]); max(-lowest, highest) <= trigFar {
					near(dst[:n], x, phase)
				} else {
					eachTrig(dst[:n], x, phase, far)
				}
				dst, x = dst[n:], x[n:]
			}
		}
	}
	return Trig{Sin: by(0, portable.Sin), Cos: by(-0.5, portable.Cos)}
}

// trigPure returns the pure-Go kernels.
func trigPure() Trig { return trigBy(trigNear, rangeOf) }

// eachTrig computes block that has far numbers.
func eachTrig(dst, x []float32, phase float64, far func(x float64) float64) {
	for i := range dst {
		if v := float64(x[i]); math.Abs(v) > trigFar {
			dst[i] = float32(far(v))
		} else {
			dst[i] = trigOf(x[i], phase)
		}
	}
}

func trigNear(dst, x []float32, phase float64) {
	for i := range dst {
		dst[i] = trigOf(x[i], phase)
	}
}

// trigOf is [nearTrig] of one number. Each multiply-add is fused, in the generic set, too: r needs
// it.
func trigOf(v float32, phase float64) float32 {
	c, x := trig64[:], float64(v)
	k := math.FMA(x, c[trigPerPi], -phase) + c[trigMagic]
	n := k - c[trigMagic] + phase
	r := math.FMA(-n, c[trigPi], x)
	r = math.FMA(-n, c[trigPiLow], r)
	z := float64(r * r)
	p := c[trigPolynomial]
	for _, a := range c[trigPolynomial+1:] {
		p = math.FMA(p, z, a)
	}
	p = math.FMA(p, z, c[trigOne])
	flip := math.Float64bits(k) << 63
	return float32(math.Float64frombits(math.Float64bits(r*p) ^ flip))
}
