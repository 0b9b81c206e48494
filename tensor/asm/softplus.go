package asm

import "math"

// softplus(x) = ln(1+exp(x)) is computed as
//
//	max(x, 0) + ln(1+e), e = exp(−|x|), ln(1+e) = e + e²·p(e),
//
// which loses nothing on either side. e is found as in exp.go, in two parts, and what its sum with
// x takes is corrected for. p comes from Sollya:
//
//	fpminimax(log1p(x), [|2,…,d|], [|SG…|] or [|D…|], [1b-30;1], floating, relative, x)
//
// with d = 10 for float32 (a relative error below 0.09·2⁻²⁴) and d = 21 for float64 (0.09·2⁻⁵³).
// All is kept scaled, so that only the last multiplication rounds subnormal results.
const (
	softplusHigh       = iota // the result is x beyond
	softplusOne               // 1
	softplusScale             // a power of two: times 2ⁿ it is a normal number for any n in use
	softplusUnscale           // its inverse
	softplusShift             // its exponent
	softplusSign              // a number whose only bit is the sign
	softplusPolynomial        // coefficients of p from here on, the highest degree first
)

var softplus32 = [...]float32{
	20, 1, 0x1p64, 0x1p-64, 64, float32(math.Copysign(0, -1)),
	-0x1.b22adep-9, 0x1.4a9226p-6, -0x1.d7efa8p-5, 0x1.b53c48p-4, -0x1.3a6736p-3,
	0x1.935568p-3, -0x1.ff2556p-3, 0x1.554ddap-2, -0x1.ffffd2p-2,
}

var softplus64 = [...]float64{
	40, 1, 0x1p128, 0x1p-128, 128, math.Copysign(0, -1),
	0x1.a9067c05a4c2ep-16, -0x1.31f8cd7a6207ap-12, 0x1.a25bf10450d3fp-10, -0x1.6b4e60f2382acp-8,
	0x1.c57efadab199bp-7, -0x1.b632818d739d7p-6, 0x1.5a892cb8ffafap-5, -0x1.d7115508cb8bp-5,
	0x1.202df1e815f6cp-4, -0x1.4b022086f55f2p-4, 0x1.712df6166ba31p-4, -0x1.98d296b9a7e37p-4,
	0x1.c6f6a83b8b02fp-4, -0x1.fffa8bd00015p-4, 0x1.2491fed9cfc49p-3, -0x1.55554fbe64ea4p-3,
	0x1.99999951fb01bp-3, -0x1.fffffffdd4a4bp-3, 0x1.5555555551052p-2, -0x1.fffffffffff9fp-2,
}

func softplus[T Float](r rounding, dst, x []T) {
	c := constantsOf[T](softplus32[:], softplus64[:])
	e := constantsOf[T](exp32[:], exp64[:])
	for i := range dst {
		v := x[i]
		if v > c[softplusHigh] {
			dst[i] = v
			continue
		}
		n, s := expReduce(r, e, max(-T(math.Abs(float64(v))), e[expLow]))
		p := expMinusOne(r, e, s)
		head := 1 + p
		rest := p - (head - 1)
		power := powerOfTwo(n + c[softplusShift])
		scaled := T(head * power)
		exponential := scaled * c[softplusUnscale]
		q := polynomial(r, c[softplusPolynomial:], exponential)
		w := T(exponential * q)
		wRest := fma(r, exponential, q, -w)
		rest = fma(r, head, wRest, fma(r, rest, w, rest))
		// Two-sum (Knuth): sum + sumRest is max(v, 0) + scaled.
		positive := T(max(v, 0) * c[softplusScale])
		sum := positive + scaled
		part := sum - positive
		sumRest := (positive - (sum - part)) + (scaled - part)
		sumRest = fma(r, scaled, w, fma(r, rest, power, sumRest))
		dst[i] = (sum + sumRest) * c[softplusUnscale]
	}
}

// softplusGrad multiplies by the derivative, which is the sigmoid.
func softplusGrad[T Float](r rounding, dst, g, x []T) {
	c := constantsOf[T](sigmoid32[:], sigmoid64[:])
	for i := range dst {
		dst[i] = g[i] * overOnePlusExp(r, c, 1, clamp(x[i], c[sigmoidLow], c[sigmoidHigh]), 0)
	}
}
