package asm

import "math"

// The exponential is computed as
//
//	n = round(x/ln 2), r = x − n·ln 2, exp(x) = 2ⁿ·exp(r), |r| ≤ 0.3468,
//
// where n·ln 2 is taken away in two parts, the first short enough for n·ln2High to be exact, and
// exp(r) = 1 + r·(1 + r·q(r)). q comes from Sollya:
//
//	fpminimax(exp(x), [|2,…,d|], [|SG…|] or [|D…|], [-0.3468;0.3468], floating, relative, 1+x)
//
// with d = 6 for float32 (the relative error of the exact polynomial is below 0.054·2⁻²⁴) and d =
// 11 for float64 (0.035·2⁻⁵³).
//
// x is first clamped to a range beyond which the result is 0 or +∞ anyway, so that n stays small.
const (
	expLow        = iota // 2ⁿ·exp(r) rounds to 0 here
	expHigh              // and to +∞ here
	expLog2E             // 1/ln 2
	expMagic             // 1.5·2²³ or 1.5·2⁵²: adding it rounds to an integer, which then stands in the lowest bits
	expLn2High           // ln 2 with a short significand
	expLn2Low            // and the rest of it
	expOne               // 1
	expNone              // −∞, which 2ⁿ is exactly 0 for
	expLowest            // the factors of 2ⁿ in AVX2, see EXP_SCALE, are exactly 0 here
	expPolynomial        // coefficients of q from here on, the highest degree first
)

var exp32 = [...]float32{
	-104, 89, 0x1.715476p0, 0x1.8p23, 0x1.62e4p-1, 0x1.7f7d1cp-20, 1,
	float32(math.Inf(-1)), -176, 0x1.6a624cp-10, 0x1.123abcp-7, 0x1.55589ep-5, 0x1.55549p-3, 0x1.fffffcp-2,
}

var exp64 = [...]float64{
	-746, 710, 0x1.71547652b82fep0, 0x1.8p52, 0x1.62e42feep-1, 0x1.a39ef35793c76p-33, 1,
	math.Inf(-1), -1418, 0x1.ad904c232627dp-26, 0x1.28ae252d63205p-22, 0x1.71df1af29625ap-19,
	0x1.a01999392ab12p-16, 0x1.a01a012edf549p-13,
	0x1.6c16c18482215p-10, 0x1.1111111126ecbp-7, 0x1.555555555069cp-5,
	0x1.55555555554fdp-3, 0x1.000000000000ap-1,
}

func exp[T Float](r rounding, dst, x []T) {
	c := constantsOf[T](exp32[:], exp64[:])
	for i := range dst {
		dst[i] = expOf(r, c, x[i])
	}
}

func expSub[T Float](r rounding, dst, x []T, shift T) {
	c := constantsOf[T](exp32[:], exp64[:])
	for i := range dst {
		dst[i] = expOf(r, c, x[i]-shift)
	}
}

// expOf returns exp(x), given the table of constants.
func expOf[T Float](r rounding, c []T, x T) T {
	n, s := expReduce(r, c, clamp(x, c[expLow], c[expHigh]))
	return expFinish(r, c, n, s)
}

// expReduce returns n and the rest of x, which lies between its bounds, without n·ln 2.
func expReduce[T Float](r rounding, c []T, x T) (n, rest T) {
	n = fma(r, x, c[expLog2E], c[expMagic]) - c[expMagic]
	x = fma(r, n, -c[expLn2High], x)
	return n, fma(r, n, -c[expLn2Low], x)
}

// expFinish returns 2ⁿ·exp(x).
func expFinish[T Float](r rounding, c []T, n, x T) T {
	p := polynomial(r, c[expPolynomial:], x)
	p = fma(r, p, x, 1)
	p = fma(r, p, x, 1)
	// 2ⁿ may be out of range where the result is not. In two steps only the second can round.
	half := T(math.Floor(float64(n) / 2))
	return p * powerOfTwo(half) * powerOfTwo(n-half)
}

// expMinusOne returns exp(x) − 1 for the rest of a reduction.
func expMinusOne[T Float](r rounding, c []T, x T) T {
	return fma(r, polynomial(r, c[expPolynomial:], x), T(x*x), x)
}
