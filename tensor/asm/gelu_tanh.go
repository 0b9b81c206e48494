package asm

import "math"

// gelu's approximation by the hyperbolic tangent (Hendrycks and Gimpel 2016) is a sigmoid:
//
//	½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))) = x/(1 + exp(−v)),
//	v = x·(c₀ + c₁·x²), c₀ = 2·√(2/π), c₁ = 0.044715·c₀.
//
// The derivative at x and that at −x add up to 1: it is computed on the left, where 1−sigmoid does
// not cancel.
//
// v is kept in two parts, since exp turns its rounding error into a relative one. x is first
// clamped to the range beyond which the result is 0 or x.
const (
	geluTanhLow     = iota // the result rounds to 0 here
	geluTanhHigh           // and is x from here on
	geluTanhC0             // c₀
	geluTanhC0Low          // and the rest of it
	geluTanhC1             // c₁
	geluTanhC1Low          // and the rest of it
	geluTanhThreeC1        // 3·c₁
)

var geluTanh32 = [...]float32{-10.8, 6, 0x1.988454p0, -0x1.857936p-25, 0x1.2444f2p-4,
	0x1.49b16ap-29, 0x1.b6676cp-3}

var geluTanh64 = [...]float64{
	-21.57, 8, 0x1.9884533d43651p0, -0x1.cbc0d30ebfd15p-54,
	0x1.2444f2a4d8b4bp-4, -0x1.6c843a29d1c7p-61, 0x1.b6676bf7450fp-3,
}

func geluTanh[T Float](r rounding, dst, x []T) {
	s := constantsOf[T](sigmoid32[:], sigmoid64[:])
	c := constantsOf[T](geluTanh32[:], geluTanh64[:])
	for i := range dst {
		v := x[i]
		if v > c[geluTanhHigh] {
			dst[i] = v
			continue
		}
		bounded := clamp(v, c[geluTanhLow], c[geluTanhHigh])
		head, rest, _ := geluTanhArgument(r, c, bounded)
		// Adds NaN for −∞ and a zero of the result's sign else.
		dst[i] = fma(r, v, 0, overOnePlusExp(r, s, bounded, head, rest))
	}
}

func geluTanhGrad[T Float](r rounding, dst, g, x []T) {
	s := constantsOf[T](sigmoid32[:], sigmoid64[:])
	c := constantsOf[T](geluTanh32[:], geluTanh64[:])
	for i := range dst {
		v := clamp(-T(math.Abs(float64(x[i]))), c[geluTanhLow], c[geluTanhHigh])
		head, rest, square := geluTanhArgument(r, c, v)
		a := overOnePlusExp(r, s, 1, head, rest)
		slope := fma(r, square, c[geluTanhThreeC1], c[geluTanhC0]) // that of the argument
		d := fma(r, T(a*T(v*slope)), 1-a, a)
		if !math.Signbit(float64(x[i])) {
			d = 1 - d
		}
		dst[i] = g[i] * d
	}
}

// geluTanhArgument returns x·(c₀ + c₁·x²) and what its rounding took, and x². Products' rests are
// found exactly in every ISA.
func geluTanhArgument[T Float](r rounding, c []T, x T) (v, rest, square T) {
	square = T(x * x)
	squareRest := fma(once, x, x, -square)
	p := T(square * c[geluTanhC1])
	pRest := fma(once, square, c[geluTanhC1], -p)
	pRest = fma(r, squareRest, c[geluTanhC1], pRest)
	pRest = fma(r, square, c[geluTanhC1Low], pRest)
	// Two-sum (Knuth): w + wRest is c₀ + p.
	w := c[geluTanhC0] + p
	head := w - c[geluTanhC0]
	wRest := (c[geluTanhC0] - (w - head)) + (p - head)
	wRest += pRest + c[geluTanhC0Low]
	v = T(x * w)
	rest = fma(once, x, w, -v)
	return v, fma(r, x, wRest, rest), square
}
