package tree

import (
	"math"
	"math/big"
	"sync"
)

// roots returns the powers 2^(i/n) for a power n of 2, i < n, to more bits than a float64 has.
func roots(n int) []*big.Float {
	const bits = 160
	root := new(big.Float).SetPrec(bits).SetInt64(2)
	for i := n; i > 1; i /= 2 {
		root.Sqrt(root)
	}
	powers := []*big.Float{new(big.Float).SetPrec(bits).SetInt64(1)}
	for i := 1; i < n; i++ {
		powers = append(powers, new(big.Float).SetPrec(bits).Mul(powers[i-1], root))
	}
	return powers
}

// exp and exp32 are the exponentials of the C libraries that both programs run with: at most 0.52
// and 0.503 units in the last place from the true values, which nearly all are roundings of. To
// agree bit by bit needs the same steps: x·n/ln 2 = k + rest for n steps of an octave, a table of
// 2^(i/n), and a polynomial of the rest (S. Nagy, Arm's optimized routines, 2018). The coefficients
// are minimax.
const (
	exp32Steps = 32
	expSteps   = 128
)

// Tables are filled by the first use, so that programs without it don't carry what fills them.
var (
	exp32Once   sync.Once
	exp32Values [exp32Steps]float64 // 2^(i/n)
	expOnce     sync.Once
	expValues   [expSteps][2]float64 // 2^(i/n), and by what part of itself each is off
)

func exp32Table() *[exp32Steps]float64 {
	exp32Once.Do(func() {
		for i, r := range roots(exp32Steps) {
			exp32Values[i], _ = r.Float64()
		}
	})
	return &exp32Values
}

// exp32 returns e to the power x.
func exp32(x float32) float32 {
	const (
		inverse = 0x1.71547652b82fep+0 * exp32Steps
		c0      = 0x1.c6af84b912394p-5 / exp32Steps / exp32Steps / exp32Steps
		c1      = 0x1.ebfce50fac4f3p-3 / exp32Steps / exp32Steps
		c2      = 0x1.62e42ff0c52d6p-1 / exp32Steps
	)
	switch {
	case x != x:
		return x
	case x > 0x1.62e42ep6:
		return float32(math.Inf(1))
	case x < -0x1.9fe368p6:
		return 0
	}
	z := inverse * float64(x)
	k := math.RoundToEven(z)
	r := math.FMA(inverse, float64(x), -k)
	s := math.Ldexp(exp32Table()[int(k)&(exp32Steps-1)], int(k)>>5)
	y := math.FMA(c2, r, 1)
	y = math.FMA(math.FMA(c0, r, c1), float64(r*r), y)
	return float32(float64(y * s))
}

// log32Table are 1/c and ln c for 16 steps of an octave: numbers c near their middles whose 1/c and
// ln c are nearly floats of 64 bits.
var log32Table = [16][2]float64{
	{0x1.661ec79f8f3bep+0, -0x1.57bf7808caadep-2}, {0x1.571ed4aaf883dp+0, -0x1.2bef0a7c06ddbp-2},
	{0x1.49539f0f010bp+0, -0x1.01eae7f513a67p-2}, {0x1.3c995b0b80385p+0, -0x1.b31d8a68224e9p-3},
	{0x1.30d190c8864a5p+0, -0x1.6574f0ac07758p-3}, {0x1.25e227b0b8eap+0, -0x1.1aa2bc79c81p-3},
	{0x1.1bb4a4a1a343fp+0, -0x1.a4e76ce8c0e5ep-4}, {0x1.12358f08ae5bap+0, -0x1.1973c5a611cccp-4},
	{0x1.0953f419900a7p+0, -0x1.252f438e10c1ep-5}, {0x1p+0, 0},
	{0x1.e608cfd9a47acp-1, 0x1.aa5aa5df25984p-5}, {0x1.ca4b31f026aap-1, 0x1.c5e53aa362eb4p-4},
	{0x1.b2036576afce6p-1, 0x1.526e57720db08p-3}, {0x1.9c2d163a1aa2dp-1, 0x1.bc2860d22477p-3},
	{0x1.886e6037841edp-1, 0x1.1058bc8a07ee1p-2}, {0x1.767dcf5534862p-1, 0x1.4043057b6ee09p-2},
}

// log32 returns ln x as the C library does, at most 0.82 units in the last place from the true
// value: x = 2^k·z, and ln x = k·ln 2 + ln c + ln(z/c) with a polynomial of z/c − 1 (as for exp).
func log32(x float32) float32 {
	const (
		least = 0x3f330000 // the bits of the smallest z, near √½
		c2    = -0x1.ffffef20a4123p-2
		c3    = 0x1.5575b0be00b6ap-2
		c4    = -0x1.00ea348b88334p-2
	)
	switch {
	case x != x || x < 0:
		return float32(math.NaN())
	case x == 0 || math.IsInf(float64(x), 1):
		return float32(math.Log(float64(x)))
	}
	fraction, exponent := math.Frexp(float64(x))
	above := int32(math.Float32bits(float32(fraction))) - least
	entry := log32Table[above>>19&15]
	k := exponent + int(above>>23)
	z := math.Ldexp(fraction, exponent-k)
	r := math.FMA(z, entry[0], -1)
	y := math.FMA(float64(k), math.Ln2, entry[1])
	square := float64(r * r)
	p := math.FMA(c4, square, math.FMA(c3, r, c2))
	return float32(math.FMA(p, square, y+r))
}

func expTable() *[expSteps][2]float64 {
	expOnce.Do(func() {
		for i, r := range roots(expSteps) {
			entry := &expValues[i]
			entry[0], _ = r.Float64()
			off := new(big.Float).Quo(r, new(big.Float).SetPrec(r.Prec()).SetFloat64(entry[0]))
			entry[1], _ = off.Sub(off, new(big.Float).SetInt64(1)).Float64()
		}
	})
	return &expValues
}

// exp returns e to the power x.
func exp(x float64) float64 {
	const (
		inverse = 0x1.71547652b82fep0 * expSteps
		high    = -0x1.62e42fefa0000p-8 // −ln 2/n, its products with k exact
		low     = -0x1.cf79abc9e3b39p-47
		shift   = 0x1.8p52
		c2      = 0x1.ffffffffffdbdp-2
		c3      = 0x1.555555555543cp-3
		c4      = 0x1.55555cf172b91p-5
		c5      = 0x1.1111167a4d017p-7
	)
	switch {
	case x != x:
		return x
	case x > 0x1.62e42fefa39efp9:
		return math.Inf(1)
	case x < -0x1.74910d52d3052p9:
		return 0
	case math.Abs(x) < 0x1p-54:
		return 1 + x
	}
	k := math.FMA(inverse, x, shift) - shift
	r := math.FMA(k, low, math.FMA(k, high, x))
	entry := expTable()[int(k)&(expSteps-1)]
	square := float64(r * r)
	y := math.FMA(square, math.FMA(r, c3, c2), entry[1]+r)
	y = math.FMA(float64(square*square), math.FMA(r, c5, c4), y)
	n := int(k) >> 7
	if n > -1000 && n < 1000 {
		s := math.Ldexp(entry[0], n)
		return math.FMA(s, y, s)
	}
	return math.Ldexp(math.FMA(entry[0], y, entry[0]), n)
}

// log1p returns ln(1 + x) for x ≥ 0 in the steps of the C library, which are fdlibm's (K. C. Ng,
// 1993) with the polynomial in pairs and fused: 1 + x = 2^k·(1 + f), and the rounding of 1 + x made
// good.
func log1p(x float64) float64 {
	const (
		ln2High = 0x1.62e42feep-1
		ln2Low  = 0x1.a39ef35793c76p-33
	)
	switch {
	case x != x || math.IsInf(x, 1) || x < 0x1p-54:
		return x
	case x < 0x1p-29:
		return x - float64(float64(x*x)*0.5)
	}
	k, f, c := 0.0, x, 0.0
	if math.Float64bits(x)>>32 >= 0x3fda827a { // x is √2 − 1 at least
		u := 1 + x
		if exponent := math.Float64bits(u)>>52 - 1023; x < 0x1p53 {
			if c = x - (u - 1); exponent > 0 {
				c = 1 - (u - x)
			}
			c /= u
		} else {
			u = x
		}
		fraction, exponent := math.Frexp(u)
		if k = float64(exponent); fraction < 0x1.6a09ep-1 { // √½, nearly
			fraction, k = 2*fraction, k-1
		}
		f = fraction - 1
	}
	half := float64(float64(0.5*f) * f)
	rest := c + float64(k*ln2Low)
	if math.Abs(f) < 0x1p-20 && k > 0 {
		if f == 0 {
			return float64(k*ln2High) + rest
		}
		r := float64(half * (1 - float64(0.66666666666666666*f)))
		return float64(k*ln2High) - ((r - rest) - f)
	}
	s := f / (2 + f)
	z := float64(s * s)
	z2 := float64(z * z)
	z4 := float64(z2 * z2)
	r := math.FMA(z, 6.666666666666735130e-01,
		float64(z2*math.FMA(z, 2.857142874366239149e-01, 3.999999999940941908e-01)))
	r = math.FMA(z4, math.FMA(z, 1.818357216161805012e-01, 2.222219843214978396e-01), r)
	r = math.FMA(float64(z4*z2), math.FMA(z, 1.479819860511658591e-01, 1.531383769920937332e-01), r)
	if k == 0 {
		return f - (half - float64(s*(half+r)))
	}
	return float64(k*ln2High) - ((half - (float64(s*(half+r)) + rest)) - f)
}
