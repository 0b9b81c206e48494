package asm

import "math"

// mish(x) = x·tanh(ln(1+exp(x))) (Misra 2019) is, without its logarithm and its hyperbolic tangent,
//
//	x·N/(N + 2), N = e·(e + 2), e = exp(x).
//
// e is found as in exp.go, in two parts, N and N+2 are kept in two parts, and one step of Newton's
// corrects the quotient. The numerator is scaled, so that only the last multiplication rounds
// subnormal results. mish(−∞) is NaN, as −∞·0 is.
const (
	mishLow     = iota // x·N rounds to 0 here
	mishHigh           // N/(N+2) is 1 from here on
	mishOne            // 1
	mishTwo            // 2
	mishScale          // a power of two: times 2ⁿ it is a normal number for any n in use
	mishUnscale        // its inverse
	mishShift          // its exponent
	mishSign           // a number whose only bit is the sign
	mishFour           // 4
)

var mish32 = [...]float32{
	-111, 10, 1, 2, 0x1p64, 0x1p-64, 64, float32(math.Copysign(0, -1)), 4,
}

var mish64 = [...]float64{
	-753, 20, 1, 2, 0x1p128, 0x1p-128, 128, math.Copysign(0, -1), 4,
}

func mish[T Float](r rounding, dst, x []T) {
	c, e := constantsOf[T](mish32[:], mish64[:]), constantsOf[T](exp32[:], exp64[:])
	for i := range dst {
		v := x[i]
		if v > c[mishHigh] {
			dst[i] = v
			continue
		}
		b := clamp(v, c[mishLow], c[mishHigh])
		n, s := expReduce(r, e, b)
		p := expMinusOne(r, e, s)
		head := 1 + p
		rest := p - (head - 1)
		power := powerOfTwo(n + c[mishShift])
		scaled, scaledRest := product(head, power), product(rest, power)
		exponential := product(scaled, c[mishUnscale])

		twice := scaled + scaled
		numerator := fmaApart(r, scaled, exponential, twice)
		numeratorRest := fmaApart(r, scaled, exponential, twice-numerator)
		numeratorRest = fmaApart(r, scaledRest+scaledRest, exponential+1, numeratorRest)
		denominator := fmaApart(r, numerator, c[mishUnscale], 2)
		denominatorRest := fmaApart(r, numerator, c[mishUnscale], 2-denominator)
		denominatorRest = fmaApart(r, numeratorRest, c[mishUnscale], denominatorRest)
		inverse := 1 / denominator
		q := T(numerator * inverse)
		residue := fmaApart(r, -q, denominator, numerator) + numeratorRest
		residue = fmaApart(r, -q, denominatorRest, residue)
		result := fmaApart(r, b, q, T(b*T(residue*inverse))) * c[mishUnscale]
		result = fmaApart(r, v, 0, result) // adds NaN for −∞ and a zero else
		dst[i] = T(math.Copysign(float64(result), float64(v)))
	}
}

// mishGrad multiplies by the derivative,
//
//	N/(N+2) + 4·x·e·(e+1)/(N+2)² = e/(N+2)·((e+2) + 4·x·(e+1)/(N+2)).
func mishGrad[T Float](r rounding, dst, g, x []T) {
	c, e := constantsOf[T](mish32[:], mish64[:]), constantsOf[T](exp32[:], exp64[:])
	for i := range dst {
		b := clamp(x[i], c[mishLow], c[mishHigh])
		exponential := expOf(r, e, b)
		inverse := 1 / (fmaApart(r, exponential, exponential, exponential+exponential) + 2)
		slope := T(T(4*b) * (exponential + 1))
		d := T(exponential*inverse) * fmaApart(r, slope, inverse, exponential+2)
		if x[i] > c[mishHigh] {
			d = 1
		}
		dst[i] = g[i] * d
	}
}
