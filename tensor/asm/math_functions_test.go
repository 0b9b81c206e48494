package asm

import (
	"fmt"
	"math"
	"math/big"
)

// function is an elementary function and what is true of it: all that tests need to know of it.
type function struct {
	op      fmt.Stringer                  // a Unary or a Parametric
	alpha   float64                       // of a Parametric
	truth   func(x float64) float64       // to about float64's precision
	precise func(x *big.Float) *big.Float // for finite x where the result is finite and not zero
	points  []float64                     // where it gets hard: the neighbours of these are tested too
	// special returns arguments and the results that the contract names for them, given the type's
	// smallest and largest positive number.
	special func(smallest, largest float64) (x, want []float64)

	slope      func(x float64) float64 // the derivative, if it has a test of its own, and
	slopeError float64                 // how far it may be off, in units of epsilon
	// genericGradient is how far generic may be from reference in the gradient, in units of
	// epsilon·(1+|result|): 8 if it is 0.
	genericGradient float64

	bits      [2]string // the results on record, see TestElementaryBitsAreKept
	constants string    // those of its own file, if it has one, see TestCoefficientsAreKept
}

// kernelOf returns the function's kernel in a table.
func kernelOf[T Float](k *Kernels[T], f function) func(dst, x []T) {
	if op, ok := f.op.(Parametric); ok {
		return func(dst, x []T) { k.Parametric[op](dst, x, T(f.alpha)) }
	}
	return k.Unary[f.op.(Unary)]
}

// gradientOf returns the function's gradient kernel in a table.
func gradientOf[T Float](k *Kernels[T], f function) func(dst, g, x []T) {
	if op, ok := f.op.(Parametric); ok {
		return func(dst, g, x []T) { k.ParametricGradient[op](dst, g, x, T(f.alpha)) }
	}
	return k.UnaryGradient[f.op.(Unary)]
}

var inf, nan, negativeZero = math.Inf(1), math.NaN(), math.Copysign(0, -1)

var functions = []function{
	{
		op:    Exp,
		truth: math.Exp, precise: bigExp,
		points: []float64{
			0, math.Ln2 / 2, -math.Ln2 / 2, 88.72283, -87.33654, -103.27893, -103.97208,
			709.782712893384, -708.3964185322641, -744.4400719213812, -745.1332191019412,
			0x1p-30, -0x1p-30, 0x1p-60,
		},
		special: func(smallest, largest float64) (x, want []float64) {
			return []float64{0, negativeZero, inf, -inf, nan, largest, -largest, smallest,
					-smallest, 800, -800},
				[]float64{1, 1, inf, 0, nan, inf, 0, 1, 1, inf, 0}
		},
		bits:      [2]string{"2b704014a49b390c", "0cd67eab6db1ff38"},
		constants: "22a52f141c7ab1de",
	},
	{
		op:    Log,
		truth: math.Log, precise: bigLog,
		points: []float64{
			1, 0.75, 1.5, 3, 0.375, math.MaxFloat32, math.MaxFloat64, 0x1p-126, 0x1p-149,
			0x1p-1022, 0x1p-1074, 0x1p-1040, 2, 0.5,
		},
		special: func(smallest, largest float64) (x, want []float64) {
			return []float64{0, negativeZero, 1, inf, -inf, nan, -1, -smallest, -largest},
				[]float64{-inf, -inf, 0, inf, nan, nan, nan, nan, nan}
		},
		bits:      [2]string{"561f4ba7fe0fb305", "f00bd5ccc2996f01"},
		constants: "c21f8707438bdeb3",
	},
	{
		op:    Tanh,
		truth: math.Tanh, precise: bigTanh,
		points: []float64{
			0, 0.625, 0.75, 1, 2, 4, 7, 8, 9.010913, 9.25, 19.06154746539849, 22,
			0.17328679513998632, 0.5198603854199589, 0x1p-126, 0x1p-149, 0x1p-1022, 0x1p-1074,
			0x1p-12, 0x1p-26, 0x1p-27,
		},
		special: func(smallest, largest float64) (x, want []float64) {
			return []float64{0, negativeZero, inf, -inf, nan, smallest, -smallest, 3 * smallest,
					largest, -largest, 20, -20},
				[]float64{0, negativeZero, 1, -1, nan, smallest, -smallest, 3 * smallest, 1, -1,
					1, -1}
		},
		genericGradient: 100,
		bits:            [2]string{"84bf17ee70848faf", "f16b6559dbf98469"},
		constants:       "d327fa0945c11b73",
	},
	{
		op:    Sigmoid,
		truth: trueSigmoid, precise: bigSigmoid,
		points: []float64{
			0, 17.32868, -16.63553, -17.32868, -87.33654, -100, -103.97208, -708.3964185322641,
			-740, -745.1332191019412, 36.7368, -36.04, -36.7368, -69.3, -693.1, 0.34657359,
			-0.34657359,
		},
		special: func(smallest, largest float64) (x, want []float64) {
			return []float64{0, negativeZero, inf, -inf, nan, smallest, -smallest, largest,
					-largest, 40, -800},
				[]float64{0.5, 0.5, 1, 0, nan, 0.5, 0.5, 1, 0, 1, 0}
		},
		genericGradient: 100,
		bits:            [2]string{"1d0580b5bc45e3c7", "74cdf88929c65e20"},
		constants:       "aad2ac779d97bdc5",
	},
	{
		op:    Silu,
		truth: func(x float64) float64 { return x * trueSigmoid(x) }, precise: bigSilu,
		points: []float64{
			0, 17.32868, 30, 50, -16.63553, -17.32868, -91.9, -103.97208, -108.7, -714,
			-745.1332191019412, -751.5, 36.7368, -36.04, -36.7368, 0x1p-126, 0x1p-149, 0x1p-1022,
			0x1p-1074,
		},
		special: func(smallest, largest float64) (x, want []float64) {
			return []float64{0, negativeZero, inf, -inf, nan, 4 * smallest, -4 * smallest,
					largest, -largest, 40, -800},
				[]float64{0, negativeZero, inf, nan, nan, 2 * smallest, -2 * smallest, largest,
					negativeZero, 40, negativeZero}
		},
		bits: [2]string{"21b901c12b651e1a", "bc2a4d91b13fe965"},
	},
	{
		op:    Gelu,
		truth: trueGelu, precise: bigGelu,
		points: []float64{
			0, 0.25, -0.25, 0.5, -0.5, 0.75, 1, 1.5, -2, 3, -3, -4, 5, 5.5, -9, -13, -12.9,
			-13.2, -14.16, -14.5, 8.3, -37.5, -38.2, -38.5, -38.7, 38.7, 0x1p-126, -0x1p-126,
			0x1p-149, 0x1p-1022, -0x1p-1022, 0x1p-1074,
		},
		special: func(smallest, largest float64) (x, want []float64) {
			return []float64{0, negativeZero, inf, -inf, nan, 4 * smallest, -4 * smallest,
					largest, -largest, 40, -40},
				[]float64{0, negativeZero, inf, nan, nan, 2 * smallest, -2 * smallest, largest,
					negativeZero, 40, negativeZero}
		},
		slope: trueGeluSlope, slopeError: 2,
		bits:      [2]string{"c08f64de900c168c", "487b94a98cd5fad2"},
		constants: "34d37894f94604b4",
	},
	{
		op:    GeluTanh,
		truth: trueGeluTanh, precise: bigGeluTanh,
		points: []float64{
			0, 1, -1, 4.7, 5, 6, 8, -5, -9.8, -10.05, -10.6, -10.8, -21, -21.3, -21.5, -21.57,
			0x1p-126, -0x1p-126, 0x1p-149, 0x1p-1022, -0x1p-1022, 0x1p-1074,
		},
		special: func(smallest, largest float64) (x, want []float64) {
			return []float64{0, negativeZero, inf, -inf, nan, 4 * smallest, -4 * smallest,
					largest, -largest, 40, -40},
				[]float64{0, negativeZero, inf, nan, nan, 2 * smallest, -2 * smallest, largest,
					negativeZero, 40, negativeZero}
		},
		slope: trueGeluTanhSlope, slopeError: 4,
		bits:      [2]string{"9292c530c201fda1", "6a408bf6a4523f55"},
		constants: "2159c881487f1f9b",
	},
	{
		op:    Erf,
		truth: math.Erf, precise: bigErf,
		points: []float64{
			0, 0.129, 0.387, 0.5, 0.59, 0.7, 1, 1.02, 2.25, 3.9, 3.9192, 3.9375, 5.86, 5.92,
			5.9375, 0x1p-30, 0x1p-126, 0x1p-149, 0x1p-1022, 0x1p-1074,
		},
		special: func(smallest, largest float64) (x, want []float64) {
			return []float64{0, negativeZero, inf, -inf, nan, smallest, -smallest, largest,
					-largest, 20, -20},
				[]float64{0, negativeZero, 1, -1, nan, smallest, -smallest, 1, -1, 1, -1}
		},
		slope: func(x float64) float64 { return 2 / math.SqrtPi * math.Exp(-x*x) }, slopeError: 2,
		bits:      [2]string{"5a164afbd3c8a37a", "ff5bbe53cd8f3a7c"},
		constants: "0176f91193e52040",
	},
	{
		op:      Softplus,
		truth:   func(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) },
		precise: bigSoftplus,
		points: []float64{
			0, 0.34657359, -0.34657359, 1.0397, -1.0397, 16.6, 20, 36.7, 40, -16.6, -87.33654,
			-103.97208, -708.3964185322641, -745.1332191019412, 0x1p-149, 0x1p-30,
		},
		special: func(smallest, largest float64) (x, want []float64) {
			return []float64{0, negativeZero, inf, -inf, nan, smallest, -smallest, largest,
					-largest, 800, -800},
				[]float64{math.Ln2, math.Ln2, inf, 0, nan, math.Ln2, math.Ln2, largest, 0, 800, 0}
		},
		slope: trueSigmoid, slopeError: 1,
		bits:      [2]string{"ee1919cc491d10f9", "56903c4da864e0eb"},
		constants: "6162ea3270734ba7",
	},
	{
		op:    Hardswish,
		truth: trueHardswish, precise: bigHardswish,
		points: []float64{
			0, 1, -1.5, 3, -3, 0x1p-30, 0x1p-126, -0x1p-126, 0x1p-149, -0x1p-149, 0x1p-1022,
			0x1p-1074,
		},
		special: func(smallest, largest float64) (x, want []float64) {
			return []float64{0, negativeZero, inf, -inf, nan, 4 * smallest, -4 * smallest,
					largest, -largest, 3, -3, 40, -40},
				[]float64{0, negativeZero, inf, nan, nan, 2 * smallest, -2 * smallest, largest,
					negativeZero, 3, negativeZero, 40, negativeZero}
		},
		slope: trueHardswishSlope, slopeError: 1,
		bits:      [2]string{"5543263b528184b5", "3c03e152e4d50e3d"},
		constants: "6af31cbebfdf6038",
	},
	{
		op:    Mish,
		truth: trueMish, precise: bigMish,
		points: []float64{
			0, 0.34657359, -0.34657359, 9, 10, 19, 20, -1.19, -17, -37, -91.9, -103.97208,
			-108.7, -714, -745.1332191019412, -751.5, 0x1p-126, -0x1p-126, 0x1p-149, 0x1p-1022,
			0x1p-1074,
		},
		special: func(smallest, largest float64) (x, want []float64) {
			return []float64{0, negativeZero, inf, -inf, nan, 4 * smallest, -4 * smallest,
					largest, -largest, 40, -800},
				[]float64{0, negativeZero, inf, nan, nan, 2 * smallest, -2 * smallest, largest,
					negativeZero, 40, negativeZero}
		},
		slope: trueMishSlope, slopeError: 4,
		bits:      [2]string{"81d9b75804a28d5e", "5e25a9d5a1c9745f"},
		constants: "7fae0133f1ee351c",
	},
	{
		op: Elu, alpha: 1,
		truth:   func(x float64) float64 { return max(x, 0) + math.Expm1(min(x, 0)) },
		precise: bigElu,
		points: []float64{
			0, -0.34657359, -1.0397, -17.4, -18, -36.7, -37.4, -38, -1e-6, -3e-8, -0x1p-126,
			-0x1p-149, -0x1p-1022, -0x1p-1074,
		},
		special: func(smallest, largest float64) (x, want []float64) {
			return []float64{0, negativeZero, inf, -inf, nan, smallest, -smallest, largest,
					-largest, 40, -800},
				[]float64{0, negativeZero, inf, -1, nan, smallest, -smallest, largest, -1, 40, -1}
		},
		slope: func(x float64) float64 { return math.Exp(min(x, 0)) }, slopeError: 2,
		bits: [2]string{"8eefaf94c9c2880c", "64c07d01ee245e0f"},
	},
}

func trueGelu(x float64) float64 { return x * math.Erfc(-x/math.Sqrt2) / 2 }

func trueGeluTanh(x float64) float64 {
	return x * trueSigmoid(math.Sqrt(8/math.Pi)*(x+float64(0.044715*x*x*x)))
}

func trueSigmoid(x float64) float64 {
	if x < 0 {
		e := math.Exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-x))
}

func trueGeluSlope(x float64) float64 {
	if math.Abs(x) > 50 {
		return max(0, math.Copysign(1, x))
	}
	return math.Erfc(-x/math.Sqrt2)/2 + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
}

func trueGeluTanhSlope(x float64) float64 {
	if math.Abs(x) > 50 {
		return max(0, math.Copysign(1, x))
	}
	c := math.Sqrt(8 / math.Pi)
	v := c * (x + float64(0.044715*x*x*x))
	return trueSigmoid(v) + float64(trueSigmoid(v)*trueSigmoid(-v)*x*c*(1+float64(3*0.044715*x*x)))
}

func trueHardswish(x float64) float64 { return x * (min(max(x+3, 0), 6) / 6) }

func trueHardswishSlope(x float64) float64 {
	if math.Abs(x) >= 3 {
		return max(0, math.Copysign(1, x))
	}
	return x/3 + 0.5
}

func trueMish(x float64) float64 {
	if x > 50 {
		return x
	}
	e := math.Exp(x)
	return x * (e * (e + 2) / (e*(e+2) + 2))
}

func trueMishSlope(x float64) float64 {
	if math.Abs(x) > 50 {
		return max(0, math.Copysign(1, x))
	}
	e := math.Exp(x)
	d := e*(e+2) + 2
	return e*(e+2)/d + 4*x*e*(e+1)/d/d
}

func bigErf(x *big.Float) *big.Float {
	y := bigNew().Abs(x)
	square := bigNew().Mul(x, x)
	if y.Cmp(bigFloat(12)) > 0 {
		return bigFloat(float64(x.Sign()))
	}
	sum, term := bigNew().Set(x), bigNew().Set(x)
	for i := 3.0; counts(term, sum); i += 2 {
		term.Quo(term.Mul(term, bigNew().Mul(bigFloat(2), square)), bigFloat(i))
		sum.Add(sum, term)
	}
	sum.Mul(sum, bigExp(bigNew().Neg(square)))
	sum.Quo(sum, bigNew().Sqrt(bigPi))
	return sum.Mul(sum, bigFloat(2))
}

func bigSoftplus(x *big.Float) *big.Float {
	e := bigExp(bigNew().Neg(bigNew().Abs(x)))
	l := bigNew()
	if e.MantExp(nil) < -100 {
		l.Sub(e, bigNew().Quo(bigNew().Mul(e, e), bigFloat(2)))
	} else {
		l = bigLog(bigNew().Add(bigFloat(1), e))
	}
	if x.Sign() > 0 {
		l.Add(l, x)
	}
	return l
}

func bigHardswish(x *big.Float) *big.Float {
	if x.Cmp(bigFloat(3)) >= 0 {
		return x
	}
	y := bigNew().Add(x, bigFloat(3))
	if y.Sign() < 0 {
		return bigFloat(0)
	}
	return y.Quo(y.Mul(y, x), bigFloat(6))
}

func bigMish(x *big.Float) *big.Float {
	e := bigExp(x)
	n := bigNew().Mul(e, bigNew().Add(e, bigFloat(2)))
	return n.Mul(x, n.Quo(n, bigNew().Add(n, bigFloat(2))))
}

func bigElu(x *big.Float) *big.Float {
	if x.Sign() >= 0 {
		return x
	}
	if x.MantExp(nil) < -40 {
		s := bigNew().Mul(x, x)
		c := bigNew().Mul(s, x)
		s.Quo(s, bigFloat(2))
		c.Quo(c, bigFloat(6))
		s.Add(s, x)
		return s.Add(s, c)
	}
	return bigNew().Sub(bigExp(x), bigFloat(1))
}
