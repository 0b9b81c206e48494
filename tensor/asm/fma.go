package asm

import (
	"math"
	"unsafe"
)

// rounding says how a pure-Go ISA rounds a multiply-add.
type rounding bool

const (
	once  rounding = true  // as a fused multiply-add: reference
	twice rounding = false // the product, then the sum: generic
)

// fma returns a·b + c, rounded once or twice. It is small enough to be inlined, so that the generic
// set pays one predictable branch.
func fma[T Float](r rounding, a, b, c T) T {
	if r == once {
		return fusedMultiplyAdd(a, b, c)
	}
	return T(a*b) + c
}

// fmaApart is fma for the rare caller in whose body compilers would fuse the product and the sum:
// it is too large to be inlined.
func fmaApart[T Float](r rounding, a, b, c T) T {
	if r == once {
		return fusedMultiplyAdd(a, b, c)
	}
	return product(a, b) + c
}

// product returns a·b rounded by itself. A conversion to T would be lost where the call is inlined,
// and with it what keeps compilers from fusing the product with a sum: the types are named.
func product[T Float](a, b T) T {
	if unsafe.Sizeof(a) == 4 {
		return T(float32(float32(a) * float32(b)))
	}
	return T(float64(float64(a) * float64(b)))
}

// fusedMultiplyAdd returns a·b + c rounded once, on every processor.
//
// For float32 the product is exact in float64. The sum is first rounded to odd (Boldo and Melquiond
// 2008: when it is inexact, the neighbour whose last bit is 1 is taken), because a second rounding
// of that to 24 bits gives what one rounding would have given.
func fusedMultiplyAdd[T Float](a, b, c T) T {
	if unsafe.Sizeof(a) == 8 {
		return T(math.FMA(float64(a), float64(b), float64(c)))
	}
	x, y := float64(float64(a)*float64(b)), float64(c)
	sum := x + y
	// Two-sum (Knuth): sum + rest is x + y exactly. Each difference is rounded to float64 by its
	// conversion.
	head := float64(sum - x)
	rest := float64(x-float64(sum-head)) + float64(y-head)
	if bits := math.Float64bits(sum); rest != 0 && bits&1 == 0 && !math.IsInf(sum, 0) && rest == rest {
		if (rest > 0) == (sum > 0) {
			bits++
		} else {
			bits--
		}
		sum = math.Float64frombits(bits)
	}
	return T(sum)
}
