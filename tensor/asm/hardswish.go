package asm

// hardswish(x) = x·min(max(x+3, 0), 6)/6 (Howard et al. 2019). The sum and its product with 1/6,
// itself in two parts, are kept in two parts each, so that all of it is rounded once. The second
// part of 1/6 is rounded up: the rest of the product is then above 0 where x+3 is, even when the
// first part is exact, and its product with x has the sign of x, at ±0 and +∞ as well. At −∞ the
// result is NaN, as −∞·0 is.
const (
	hardswishLow      = iota // 0 below
	hardswishHigh            // x above
	hardswishSixth           // 1/6
	hardswishSixthLow        // and the rest of it
	hardswishThird           // 1/3
	hardswishHalf            // 1/2
	hardswishOne             // 1
)

var hardswish32 = [...]float32{-3, 3, 0x1.555556p-3, -0x1.555554p-28, 0x1.555556p-2, 0.5, 1}

var hardswish64 = [...]float64{
	-3, 3, 0x1.5555555555555p-3, 0x1.5555555555556p-57, 0x1.5555555555555p-2, 0.5, 1,
}

func hardswish[T Float](r rounding, dst, x []T) {
	c := constantsOf[T](hardswish32[:], hardswish64[:])
	for i := range dst {
		b := clamp(x[i], c[hardswishLow], c[hardswishHigh])
		sum := b + c[hardswishHigh]
		sumRest := b - (sum - c[hardswishHigh])
		// What rounding took must be exact in every set, for its sign.
		s := T(sum * c[hardswishSixth])
		rest := fma(once, sum, c[hardswishSixth], -s)
		rest = fma(once, sum, c[hardswishSixthLow], rest)
		rest = fma(r, sumRest, c[hardswishSixth], rest)
		dst[i] = fma(r, x[i], s, T(x[i]*rest))
	}
}

// hardswishGrad multiplies by the derivative: 0 up to −3, x/3 + 1/2 up to 3, and 1 from there on.
func hardswishGrad[T Float](r rounding, dst, g, x []T) {
	c := constantsOf[T](hardswish32[:], hardswish64[:])
	for i := range dst {
		d := fma(r, x[i], c[hardswishThird], c[hardswishHalf])
		if x[i] >= c[hardswishHigh] {
			d = 1
		}
		if x[i] <= c[hardswishLow] {
			d = 0
		}
		dst[i] = g[i] * d
	}
}
