package asm

// sigmoid(x) and silu(x) = x·sigmoid(x) are N/(1+exp(−x)) with N = 1 and N = x. With
//
//	n = round(−x/ln 2), s = x + n·ln 2, exp(−x) = 2ⁿ·exp(−s), |s| ≤ 0.3468,
//	exp(−s) − 1 = s²·q(s) − s,
//
// 1 + exp(−x) = (1 + 2ⁿ) + 2ⁿ·(exp(−s) − 1) is rounded once, what the rounding took is found
// exactly, and one step of Newton's corrects the quotient for it and for its own. The denominator
// is kept scaled by a small unit, so that it can't overflow before the result underflows; the
// multiplication of the result by that unit rounds subnormal results. q comes from Sollya:
//
//	fpminimax(expm1(-x), [|2,…,d|], [|SG…|] or [|D…|], [-0.3468;0.3468], floating, absolute, -x)
//
// with d = 6 for float32 (the error relative to exp(−s) is below 0.061·2⁻²⁴) and d = 11 for float64
// (0.044·2⁻⁵³).
//
// silu(−∞) is NaN, as −∞·0 is.
const (
	sigmoidLow        = iota // the results round to 0 here, x·sigmoid(x) too
	sigmoidHigh              // 1 + exp(−x) rounds to 1 long before
	sigmoidLog2E             // −1/ln 2
	sigmoidMagic             // 1.5·2²³ or 1.5·2⁵²: see expMagic
	sigmoidLn2High           // ln 2 with a short significand
	sigmoidLn2Low            // and the rest of it
	sigmoidOne               // 1
	sigmoidUnit              // a power of two: times 2ⁿ it is a normal number for any n in use
	sigmoidShift             // its exponent
	sigmoidSilu              // silu(x) is x beyond, where the correction would make NaN of +∞
	sigmoidPolynomial        // coefficients of q from here on, the highest degree first
)

var sigmoid32 = [...]float32{
	-111, 60, -0x1.715476p0, 0x1.8p23, 0x1.62e4p-1, 0x1.7f7d1cp-20, 1, 0x1p-33, -33, 30,
	0x1.6a39ap-10, -0x1.123bf2p-7, 0x1.55595ap-5, -0x1.55548ep-3, 0x1.fffffap-2,
}

var sigmoid64 = [...]float64{
	-753, 600, -0x1.71547652b82fep0, 0x1.8p52, 0x1.62e42feep-1,
	0x1.a39ef35793c76p-33, 1, 0x1p-64, -64, 50,
	-0x1.af8597fb8d5c9p-26, 0x1.28b11a129387dp-22, -0x1.71dddfc3fe0a4p-19,
	0x1.a0199599560fep-16, -0x1.a01a01bae464fp-13,
	0x1.6c16c18610f9cp-10, -0x1.111111110d639p-7, 0x1.555555554fde9p-5,
	-0x1.5555555555561p-3, 0x1.000000000000cp-1,
}

func sigmoid[T Float](r rounding, dst, x []T) {
	c := constantsOf[T](sigmoid32[:], sigmoid64[:])
	for i := range dst {
		dst[i] = overOnePlusExp(r, c, 1, clamp(x[i], c[sigmoidLow], c[sigmoidHigh]), 0)
	}
}

func silu[T Float](r rounding, dst, x []T) {
	c := constantsOf[T](sigmoid32[:], sigmoid64[:])
	for i := range dst {
		v := x[i]
		if v > c[sigmoidSilu] {
			dst[i] = v
			continue
		}
		bounded := clamp(v, c[sigmoidLow], c[sigmoidHigh])
		// Adds NaN for −∞ and a zero of the result's sign else.
		dst[i] = fma(r, v, 0, overOnePlusExp(r, c, bounded, bounded, 0))
	}
}

func siluGrad[T Float](r rounding, dst, g, x []T) {
	c := constantsOf[T](sigmoid32[:], sigmoid64[:])
	for i := range dst {
		s := overOnePlusExp(r, c, 1, clamp(x[i], c[sigmoidLow], c[sigmoidHigh]), 0)
		dst[i] = g[i] * fma(r, T(s*x[i]), 1-s, s)
	}
}

// overOnePlusExp returns numerator/(1+exp(−x)) for an argument in two parts, x and its rest, given
// the table of constants. x lies between its bounds.
func overOnePlusExp[T Float](r rounding, c []T, numerator, x, rest T) T {
	n := fma(r, x, c[sigmoidLog2E], c[sigmoidMagic]) - c[sigmoidMagic]
	s := fma(r, n, c[sigmoidLn2High], x)
	s = fma(r, n, c[sigmoidLn2Low], s) + rest
	p := fma(r, polynomial(r, c[sigmoidPolynomial:], s), T(s*s), -s)

	unit := c[sigmoidUnit]
	power := powerOfTwo(n + c[sigmoidShift])
	head := power + unit
	denominator := fma(r, p, power, head)
	denominatorRest := fma(r, p, power, head-denominator) + ((power - head) + unit)
	inverse := 1 / denominator
	q := T(numerator * inverse)
	// Of this sign, since it is +0 at zeros of either sign, and the sum below keeps −0.
	excess := fma(r, q, denominator, -numerator)
	excess = fma(r, q, denominatorRest, excess)
	return fma(r, -excess, inverse, q) * unit
}
