package asm

// elu(x) is x at x ≥ 0 and −0, and alpha·(exp(x)−1) below (Clevert, Unterthiner and Hochreiter
// 2015). As in exp.go
//
//	exp(x) − 1 = (2ⁿ − 1) + 2ⁿ·(r + r²·q(r)),
//
// where nothing cancels near 0, since n is 0 there and r is x. What the sum's rounding took is
// added to the small last part, so that all of it is rounded once before the product with alpha.
const (
	eluLow = iota // exp(x) − 1 rounds to −1 here
	eluOne        // 1
)

var elu32 = [...]float32{-18, 1}

var elu64 = [...]float64{-38, 1}

func elu[T Float](r rounding, dst, x []T, alpha T) {
	c, e := constantsOf[T](elu32[:], elu64[:]), constantsOf[T](exp32[:], exp64[:])
	for i := range dst {
		v := x[i]
		if !(v < 0) {
			dst[i] = v
			continue
		}
		n, s := expReduce(r, e, max(v, c[eluLow]))
		p := T(polynomial(r, e[expPolynomial:], s) * T(s*s))
		power := powerOfTwo(n)
		head := power - 1
		sum := fma(r, power, s, head)
		rest := fma(r, power, p, fma(r, power, s, head-sum))
		dst[i] = alpha * (sum + rest)
	}
}

// eluGrad multiplies by the derivative: 1 above 0, alpha·exp(x) else.
func eluGrad[T Float](r rounding, dst, g, x []T, alpha T) {
	e := constantsOf[T](exp32[:], exp64[:])
	for i := range dst {
		if x[i] > 0 {
			dst[i] = g[i]
			continue
		}
		dst[i] = g[i] * T(alpha*expOf(r, e, x[i]))
	}
}
