package asm

import (
	"math"
	"math/big"
)

// The truth for float64 is computed with 250 bits, from the exponential's series alone.
const bigPrecision = 250

func bigFloat(x float64) *big.Float { return new(big.Float).SetPrec(bigPrecision).SetFloat64(x) }

func bigNew() *big.Float { return new(big.Float).SetPrec(bigPrecision) }

// counts reports whether a series may have to go on: whether its last term is a part of the sum's
// digits. (Sums of numbers farther apart than that also take long: they are computed in full.)
func counts(term, sum *big.Float) bool {
	return term.Sign() != 0 && term.MantExp(nil) >= sum.MantExp(nil)-bigPrecision
}

// bigExp returns eˣ: Taylor's series at x/2⁶⁴⁺, squared back.
func bigExp(x *big.Float) *big.Float {
	halvings := 12
	if e := x.MantExp(nil); x.Sign() != 0 && e > 0 {
		halvings += e
	}
	small := bigNew().SetMantExp(x, -halvings)
	sum, term := bigFloat(1), bigFloat(1)
	for i := int64(1); counts(term, sum); i++ {
		term.Mul(term, small)
		term.Quo(term, bigNew().SetInt64(i))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum
}

// bigLog returns ln(x) by two of Newton's steps, each doubling the 50 bits that math.Log gives.
func bigLog(x *big.Float) *big.Float {
	mantissa := bigNew()
	exponent := x.MantExp(mantissa)
	start, _ := mantissa.Float64()
	y := bigFloat(math.Log(start) + float64(exponent)*math.Ln2)
	if start, _ := x.Float64(); exponent == 0 || exponent == 1 {
		y = bigFloat(math.Log(start))
	}
	for range 3 {
		// y + 2·(x−eʸ)/(x+eʸ)
		e := bigExp(y)
		step := bigNew().Quo(bigNew().Sub(x, e), bigNew().Add(x, e))
		y.Add(y, step.Add(step, step))
	}
	return y
}

func bigTanh(x *big.Float) *big.Float {
	if exponent := x.MantExp(nil); exponent < -90 {
		return x // x − x³/3 would only lose bits of 1 − e²ˣ
	}
	e := bigExp(bigNew().Add(x, x))
	one := bigFloat(1)
	return bigNew().Quo(bigNew().Sub(e, one), bigNew().Add(e, one))
}

func bigSigmoid(x *big.Float) *big.Float {
	one := bigFloat(1)
	return bigNew().Quo(one, bigNew().Add(one, bigExp(bigNew().Neg(x))))
}

func bigSilu(x *big.Float) *big.Float { return bigNew().Mul(x, bigSigmoid(x)) }

// bigPi is π to bigPrecision bits.
var bigPi = func() *big.Float {
	const digits = "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899"
	pi, _, err := big.ParseFloat(digits, 10, bigPrecision, big.ToNearestEven)
	if err != nil {
		panic(err)
	}
	return pi
}()

// bigGelu returns x·Φ(x): with y = |x|, Φ(−y) is the density times Mills' ratio, whose continued
// fraction is 1/(y+1/(y+2/(y+3/(y+…)))), or for small y 1/2 less the density times the series y +
// y³/3 + y⁵/(3·5) + ….
func bigGelu(x *big.Float) *big.Float {
	y := bigNew().Abs(x)
	square := bigNew().Mul(y, y)
	density := bigExp(bigNew().Neg(bigNew().Quo(square, bigFloat(2))))
	density.Quo(density, bigNew().Sqrt(bigNew().Mul(bigPi, bigFloat(2))))
	tail := bigNew()
	if y.Cmp(bigFloat(3)) > 0 {
		tail.Set(y)
		for i := 300.0; i >= 1; i-- {
			tail.Add(y, tail.Quo(bigFloat(i), tail))
		}
		tail.Quo(density, tail)
	} else {
		sum, term := bigNew().Set(y), bigNew().Set(y)
		for i := 3.0; counts(term, sum); i += 2 {
			term.Quo(term.Mul(term, square), bigFloat(i))
			sum.Add(sum, term)
		}
		tail.Sub(bigFloat(0.5), sum.Mul(sum, density))
	}
	if x.Sign() > 0 {
		tail.Sub(bigFloat(1), tail)
	}
	return bigNew().Mul(x, tail)
}

// bigGeluTanh returns x times the sigmoid of 2·√(2/π)·(x + 0.044715·x³).
func bigGeluTanh(x *big.Float) *big.Float {
	v := bigNew().Mul(x, bigNew().Quo(bigFloat(44715), bigFloat(1e6)))
	v.Mul(v, x)
	v.Mul(v, x)
	v.Add(v, x)
	v.Mul(v, bigNew().Sqrt(bigNew().Quo(bigFloat(8), bigPi)))
	return v.Mul(x, bigSigmoid(v))
}
