package asm

import "math"

// The error function, 2/√π·∫exp(−t²)dt from 0 to x, is computed in two ways, as tanh is.
//
// # float32
//
// A register of 16 or 8 float32 is also a table with 16 or twice 8 entries, one for each interval
// of |x| around a multiple of spacing:
//
//	k = round(|x|/spacing), h = |x| − k·spacing, erf(|x|) = b + (a₀' + h·(a₁ + … + h·a₆))
//
// with the float32 b = a₀ next to erf(k·spacing) and a₀' the rest of it. In the first interval,
// where erf is odd, b is h itself and a₀' is 0. The others come from Sollya, c being k·spacing:
//
//	fpminimax(erf(x+c)-a0, 6, [|SG…|], [-spacing/2;spacing/2], floating, absolute)
//	fpminimax(erf(x)-x, [|1,3,5|], [|SG…|], [1b-40;spacing/2], floating, relative, x)
//
// with an error below 0.07·2⁻²⁴ relative to the result, in the last interval up to 3.97, where the
// result has long been 1.
const (
	erfHigh       = iota // the result is 1 from here on
	erfPerSpacing        // 1/spacing
	erfMagic             // 1.5·2²³: see expMagic
	erfSpacing           // spacing, short enough for its multiples and h to be exact
	erfLast              // erfMagic and the number of the last interval
	erfHalf              // 1/2: k is below it in the first interval
	erfSign              // a number whose only bit is the sign
)

var erf32 = [...]float32{
	3.9375, 0x1.f07c2p1, 0x1.8p23, 0x1.08p-2, 0x1.8p23 + 15, 0.5, float32(math.Copysign(0, -1)),
}

// The tables of erf32's intervals: a₀', the coefficients from the highest down, a₀.
const (
	erfRest         = 0
	erfFirst        = 1
	erfCoefficients = 7
)

var erfTables = [1 + erfCoefficients][16]float32{
	{ // a₀'
		0, -0x1.f749bep-28, -0x1.ea45acp-26, 0x1.fdddp-29,
		-0x1.8db018p-28, -0x1.5d4f6cp-27, 0x1.1e08dcp-29, 0x1.780242p-27,
		-0x1.a96fc8p-26, 0x1.6c215ep-26, -0x1.5e3e8ep-26, -0x1.dba734p-31,
		0x1.e9f594p-26, 0x1.cf2ab6p-28, 0x1.bbc04p-26, 0x1.ed324cp-27,
	},
	{ // a₆
		0, -0x1.4fd44ep-5, -0x1.924292p-5, -0x1.866f9p-6,
		0x1.ed1886p-8, 0x1.66a728p-6, 0x1.2065aap-6, 0x1.bb2a8ap-8,
		-0x1.99da9p-11, -0x1.932d2p-9, -0x1.42c0f2p-9, -0x1.537372p-10,
		-0x1.0fa944p-11, -0x1.5caef2p-13, -0x1.7078c4p-15, -0x1.5f27b8p-17,
	},
	{ // a₅
		0x1.cb93cep-4, 0x1.3ffc6p-4, 0x1.84a86cp-9, -0x1.cc746cp-5,
		-0x1.148934p-4, -0x1.58cf42p-5, -0x1.4184bp-7, 0x1.27b7d8p-7,
		0x1.a79e12p-7, 0x1.334832p-7, 0x1.411cdap-8, 0x1.0807a6p-9,
		0x1.626efap-11, 0x1.8c1b7cp-13, 0x1.74fbb2p-15, 0x1.279a0ep-17,
	},
	{ // a₄
		0, 0x1.0a5facp-3, 0x1.77bd9ep-3, 0x1.27650ap-3,
		0x1.deec2cp-5, -0x1.e78d58p-7, -0x1.84d32p-5, -0x1.7834b2p-5,
		-0x1.f1598p-6, -0x1.fdd50ep-7, -0x1.a8a268p-8, -0x1.2610f6p-9,
		-0x1.57316p-11, -0x1.546204p-13, -0x1.2093c4p-15, -0x1.a33868p-18,
	},
	{ // a₃
		-0x1.81265cp-2, -0x1.387c08p-2, -0x1.1480dcp-3, 0x1.4caeccp-5,
		0x1.2bb3e8p-3, 0x1.53b8dep-3, 0x1.0a7386p-3, 0x1.471d5p-4,
		0x1.48b296p-5, 0x1.144bp-6, 0x1.89677ap-8, 0x1.de247ep-10,
		0x1.f2aa64p-12, 0x1.bfef4ap-14, 0x1.5b8288p-16, 0x1.d2ce86p-19,
	},
	{ // a₂
		0, -0x1.16bc56p-2, -0x1.c8b12cp-2, -0x1.eb5742p-2,
		-0x1.9b64a2p-2, -0x1.1aba8p-2, -0x1.46a04p-3, -0x1.413122p-4,
		-0x1.0ee382p-5, -0x1.89cca4p-7, -0x1.ef07a6p-9, -0x1.0dafecp-10,
		-0x1.fe48e2p-13, -0x1.a3bc5p-15, -0x1.2c7d5p-17, -0x1.76c6f6p-20,
	},
	{ // a₁
		0x1.06eba8p-3, 0x1.0e4a08p0, 0x1.bada5ap-1, 0x1.3da26ep-1,
		0x1.8eed38p-2, 0x1.b6a856p-3, 0x1.a64de6p-4, 0x1.63f3f4p-5,
		0x1.06ae12p-6, 0x1.536fc2p-8, 0x1.8005f6p-10, 0x1.7c62aep-12,
		0x1.49e1ap-14, 0x1.f4f1acp-17, 0x1.4d02cap-19, 0x1.83a26ep-22,
	},
	{ // a₀
		0, 0x1.236bfp-2, 0x1.117894p-1, 0x1.73b102p-1,
		0x1.b5e63p-1, 0x1.dd0788p-1, 0x1.f14e82p-1, 0x1.fa84fep-1,
		0x1.fe308p-1, 0x1.ff789ep-1, 0x1.ffdd18p-1, 0x1.fff81p-1,
		0x1.fffe68p-1, 0x1.ffffb8p-1, 0x1.fffff4p-1, 0x1.fffffep-1,
	},
}

// # float64
//
// With y = |x|, E = exp(−y²) and the complement erfc(y) = E·(1 − y·S(y)),
//
//	erf(y) = (1 − E) + E·y·S(y), S(y) = 1 + u(t), t = y/(y+k),
//
// a sum of positive terms. y² is kept in two parts, E = 2ⁿ·(1 + p) with |p| < 0.42 is found as in
// exp.go, and so
//
//	erf(y) = (1 − 2ⁿ) + 2ⁿ·(v + p·(v − 1)), v = y·S(y),
//
// in which the sums' roundings are corrected for. u comes from Sollya:
//
//	fpminimax((1-exp(y^2)*erfc(y))/y-1, 14, [|D…|], [1b-30;2.5/(2.5+k)], floating, absolute)
//
// with y = k·x/(1−x) and k = 7/2, which holds the error of E·y·S(y) relative to the result below
// 0.1·2⁻⁵³ for larger y, too, where E vanishes.
const (
	erf64High       = iota // the result is 1 from here on
	erf64K                 // k
	erf64One               // 1
	erf64Sign              // a number whose only bit is the sign
	erf64Polynomial        // coefficients of u from here on, the highest degree first
)

var erf64 = [...]float64{
	5.9375, 3.5, 1, math.Copysign(0, -1),
	0x1.d2b407d0e4a41p-8, -0x1.4062c0e2eb217p-6, 0x1.54be5c8b6c311p-8, 0x1.7c6edca24e644p-6,
	0x1.a88c1676f37bbp-6, -0x1.7b43f6aef60b4p-4, -0x1.8f80c794ea852p-4, 0x1.a79d080b447c8p-2,
	0x1.8c9ada3098988p-4, -0x1.17b3fc878c62cp1, 0x1.3f271e517d6efp2, -0x1.a077b78467e25p2,
	0x1.6dc4243dd5709p2, -0x1.c00000000000fp1, 0x1.06eba8214db69p-3,
}

// The derivative is 2/√π·exp(−x²), with x² in two parts, since exp makes its rounding error
// relative.
const (
	erfGradHigh  = iota // exp(−x²) rounds to 0 here
	erfGradScale        // 2/√π
	erfGradSign         // a number whose only bit is the sign
)

var erfGrad32 = [...]float32{10.2, 0x1.20dd76p0, float32(math.Copysign(0, -1))}

var erfGrad64 = [...]float64{27.3, 0x1.20dd750429b6dp0, math.Copysign(0, -1)}

func erf[T Float](r rounding, dst, x []T) {
	switch dst := any(dst).(type) {
	case []float32:
		for i, v := range any(x).([]float32)[:len(dst)] {
			dst[i] = erfOf32(r, v)
		}
	case []float64:
		for i, v := range any(x).([]float64)[:len(dst)] {
			dst[i] = erfOf64(r, v)
		}
	}
}

func erfOf32(r rounding, x float32) float32 {
	y := min(float32(math.Abs(float64(x))), erf32[erfHigh]) // NaN stays NaN
	k := fma(r, y, erf32[erfPerSpacing], erf32[erfMagic])
	k = min(k, erf32[erfLast]) - erf32[erfMagic]
	i := int(k) & 15 // of NaN, any
	h := fma(r, k, -erf32[erfSpacing], y)
	b := erfTables[erfCoefficients][i]
	if k < erf32[erfHalf] {
		b = h
	}
	p := erfTables[erfFirst][i]
	for j := erfFirst + 1; j < erfCoefficients; j++ {
		p = fma(r, p, h, erfTables[j][i])
	}
	p = fma(r, p, h, erfTables[erfRest][i])
	return float32(math.Copysign(float64(b+p), float64(x)))
}

func erfOf64(r rounding, x float64) float64 {
	c := erf64[:]
	y := min(math.Abs(x), c[erf64High]) // NaN stays NaN
	square := float64(y * y)
	n, s := expReduce(r, exp64[:], -square)
	s -= fma(once, y, y, -square)
	p := expMinusOne(r, exp64[:], s)
	power := powerOfTwo(n)
	t := y / (y + c[erf64K])
	u := polynomial(r, c[erf64Polynomial:], t)
	v := fma(r, y, u, y)
	vRest := fma(r, y, u, y-v)
	w := v - c[erf64One]
	b := fma(r, p, w, v)
	bRest := fma(r, p, w, v-b) + vRest
	h := c[erf64One] - power
	sum := fma(r, power, b, h)
	sumRest := fma(r, power, b, h-sum)
	return math.Copysign(fma(r, power, bRest, sumRest)+sum, x)
}

func erfGrad[T Float](r rounding, dst, g, x []T) {
	c, e := constantsOf[T](erfGrad32[:], erfGrad64[:]), constantsOf[T](exp32[:], exp64[:])
	for i := range dst {
		y := min(T(math.Abs(float64(x[i]))), c[erfGradHigh])
		square := T(y * y)
		n, s := expReduce(r, e, -square)
		s -= fma(once, y, y, -square) // the generic set, too, has to know it: exp makes it relative
		dst[i] = g[i] * T(c[erfGradScale]*expFinish(r, e, n, s))
	}
}
