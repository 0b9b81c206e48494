package asm

import "math"

// tanh is computed in two ways. A register of 16 or 8 float32 is also a table with 16 or twice 8
// entries, so that a polynomial of low degree for each of 16 intervals costs less than the division
// that the formula by exponentials needs. For float64, with registers half as long and polynomials
// twice as long, the formula wins.
//
// # float32
//
// On the intervals from 5/8 to 9.25, cut at every quarter of a power of two up to 7,
//
//	tanh(x) = a₀ + h·(a₁ + h·(a₂ + … + h·a₆)), h = |x| − center,
//
// where the center lies near the middle, chosen for tanh(center) to be almost exactly the float32
// a₀. The others come from Sollya:
//
//	fpminimax(tanh(x+center), [|1,…,6|], [|SG…|], [low-center;high-center], floating, absolute, a0)
//
// with an error below 0.04·2⁻²⁴ relative to the result. Below 5/8 the polynomial is odd: the center
// and a₀ are 0, a₁ is 1, and the inner steps multiply by h² instead of h:
//
//	fpminimax(tanh(x), [|3,5,7,9,11|], [|SG…|], [1b-20;0.625], floating, relative, x)
//
// with a relative error below 0.08·2⁻²⁴. From 9.25 on the result is 1, as it is from 9.02 on.
//
// An interval's place in the tables is the lowest two bits of the exponent and the highest two of
// the fraction of |x|, moved into the range from 1/2 to just below 8.
const (
	tanhHigh    = iota // the result is 1 from here on
	tanhFirst          // 5/8: odd below
	tanhLowest         // the arguments that are looked up reach from here
	tanhHighest        // to here
	tanhSign           // a number whose only bit is the sign
)

var tanh32 = [...]float32{9.25, 0.625, 0.5, 0x1.fffffep2, float32(math.Copysign(0, -1))}

// The tables of tanh32's intervals: the centers, then the coefficients from the highest down.
const (
	tanhCenters      = 0
	tanhPolynomial   = 1
	tanhCoefficients = 7
)

var tanhTables = [1 + tanhCoefficients][16]float32{
	{ // centers
		0x1.1ffe8p1, 0x1.5ffe74p1, 0x1.a0006ep1, 0x1.e001ecp1,
		0x1.2000dcp2, 0x1.6005ecp2, 0x1.9fef5cp2, 0x1.03e0c2p3,
		0, 0x1.600038p-1, 0x1.9fff5ep-1, 0x1.dfffbp-1,
		0x1.20009ap0, 0x1.5fffdap0, 0x1.9fff1p0, 0x1.e00076p0,
	},
	{ // a₆
		-0x1.78aacep-11, -0x1.1eb028p-11, -0x1.fc92b4p-13, -0x1.801fa6p-14,
		-0x1.7b82e6p-16, -0x1.a0cef2p-19, -0x1.020288p-22, 0x1.73f1cep-27,
		-0x1.758facp-8, -0x1.f7a16ep-5, -0x1.1805dp-5, -0x1.2fc2cep-5,
		0x1.20383cp-6, 0x1.5af322p-7, 0x1.0e1d42p-8, 0x1.86243cp-11,
	},
	{ // a₅
		0x1.04bde2p-8, 0x1.f5cfa6p-10, 0x1.93bcf2p-11, 0x1.3213dap-12,
		0x1.1e6a8cp-14, 0x1.3654fp-17, 0x1.4ce594p-20, 0x1.cb37c4p-25,
		0x1.5211c4p-6, -0x1.fcd47p-5, -0x1.e1f8ecp-5, -0x1.a12f1ep-5,
		-0x1.07093cp-5, -0x1.36395cp-7, 0x1.68fb78p-10, 0x1.2f690ap-8,
	},
	{ // a₄
		-0x1.93d37p-7, -0x1.4e4036p-8, -0x1.0079d4p-9, -0x1.7f673ep-11,
		-0x1.580b8p-13, -0x1.74b092p-16, -0x1.9ea39p-19, -0x1.765d56p-23,
		-0x1.b838ap-5, 0x1.eab676p-4, 0x1.481bb2p-4, 0x1.65062p-5,
		0x1.aeeeeap-9, -0x1.5da7e6p-6, -0x1.9d2cp-6, -0x1.55de08p-6,
	},
	{ // a₃
		0x1.bbd746p-6, 0x1.599d0ep-7, 0x1.03952p-8, 0x1.80df34p-10,
		0x1.585818p-12, 0x1.74f738p-15, 0x1.95341cp-18, 0x1.f65988p-23,
		0x1.110704p-3, 0x1.d7896ep-7, 0x1.0714f2p-4, 0x1.8427e6p-4,
		0x1.c68f52p-4, 0x1.97d75p-4, 0x1.33e10cp-4, 0x1.a8599cp-5,
	},
	{ // a₂
		-0x1.5c455ep-5, -0x1.078458p-6, -0x1.87beb2p-8, -0x1.214c92p-9,
		-0x1.02a89ep-11, -0x1.180002p-14, -0x1.2fbf36p-17, -0x1.5c308ep-22,
		-0x1.555532p-2, -0x1.897d4p-2, -0x1.79c138p-2, -0x1.5aa268p-2,
		-0x1.1deee8p-2, -0x1.970e6ep-3, -0x1.10661ep-3, -0x1.5ee76ap-4,
	},
	{ // a₁
		0x1.6418b4p-5, 0x1.09ae06p-6, 0x1.88eccap-8, 0x1.219efep-9,
		0x1.02b94p-11, 0x1.17ffe6p-14, 0x1.2ffde6p-17, 0x1.7b48fep-22,
		1, 0x1.49e694p-1, 0x1.198046p-1, 0x1.d8354p-2,
		0x1.614eaap-2, 0x1.cea7bep-3, 0x1.266032p-3, 0x1.6fce64p-4,
	},
	{ // a₀
		0x1.f4bf94p-1, 0x1.fbd4fp-1, 0x1.fe767cp-1, 0x1.ff6f1cp-1,
		0x1.ffdfa8p-1, 0x1.fffbap-1, 0x1.ffff68p-1, 0x1.fffffap-1,
		0, 0x1.315804p-1, 0x1.5788a6p-1, 0x1.77d814p-1,
		0x1.9e5d2p-1, 0x1.c27894p-1, 0x1.d9c6b6p-1, 0x1.e878b4p-1,
	},
}

// # float64
//
// With y = |x| and e²ʸ = 2ⁿ·e²ʰ, |h| ≤ 0.1734,
//
//	tanh(y) = N/D, N = (1−2⁻ⁿ)/2 + (e²ʰ−1)/2, D = N + 2⁻ⁿ, (e²ʰ−1)/2 = h + h²·q(h).
//
// (1−2⁻ⁿ)/2 + h is exact when h is still without the low part of n·ln 2, which joins h²·q(h); the
// roundings of N and D are known exactly, too, and corrected for after the division. q comes from
// Sollya:
//
//	fpminimax(expm1(2*x)/2, [|2,…,11|], [|D…|], [-0.1734;0.1734], floating, relative, x)
//
// with a relative error below 0.18·2⁻⁵³.
const (
	tanh64High       = iota // the result is 1 from here on
	tanh64Sign              // a number whose only bit is the sign
	tanh64Log2E             // 2/ln 2
	tanh64Magic             // 1.5·2⁵²: see expMagic
	tanh64Ln2High           // ln 2/2 with a short significand
	tanh64Ln2Low            // and the rest of it, negative
	tanh64One               // 1
	tanh64Half              // 1/2
	tanh64Polynomial        // coefficients of q from here on, the highest degree first
)

var tanh64 = [...]float64{
	22, math.Copysign(0, -1), 0x1.71547652b82fep1, 0x1.8p52,
	0x1.62e42feep-2, -0x1.a39ef35793c76p-34, 1, 0.5,
	0x1.ae77dfb10b705p-16, 0x1.28a2b5be94786p-13, 0x1.71de80ea27e72p-11,
	0x1.a019a67fb5fcep-9, 0x1.a01a0177f53a4p-7,
	0x1.6c16c17f3825cp-5, 0x1.1111111118838p-3, 0x1.55555555520f5p-2,
	0x1.555555555553bp-1, 0x1.0000000000005p0,
}

func tanh[T Float](r rounding, dst, x []T) {
	switch dst := any(dst).(type) {
	case []float32:
		for i, v := range any(x).([]float32)[:len(dst)] {
			dst[i] = tanhOf32(r, v)
		}
	case []float64:
		for i, v := range any(x).([]float64)[:len(dst)] {
			dst[i] = tanhOf64(r, v)
		}
	}
}

func tanhOf32(r rounding, x float32) float32 {
	y := clamp(float32(math.Abs(float64(x))), 0, tanh32[tanhHigh])
	i := math.Float32bits(clamp(y, tanh32[tanhLowest], tanh32[tanhHighest])) >> 21 & 15
	h := y - tanhTables[tanhCenters][i]
	u := h
	if y < tanh32[tanhFirst] {
		u = h * h
	}
	p := tanhTables[tanhPolynomial][i]
	for k := tanhPolynomial + 1; k < tanhCoefficients; k++ {
		p = fma(r, p, u, tanhTables[k][i])
	}
	p = fma(r, p, h, tanhTables[tanhCoefficients][i])
	return float32(math.Copysign(float64(p), float64(x)))
}

func tanhOf64(r rounding, x float64) float64 {
	c := tanh64[:]
	y := clamp(math.Abs(x), 0, c[tanh64High])
	n := fma(r, y, c[tanh64Log2E], c[tanh64Magic]) - c[tanh64Magic]
	h := fma(r, n, -c[tanh64Ln2High], y)
	low := float64(n * c[tanh64Ln2Low])
	g := h + low
	power := powerOfTwo(-n)
	exact := fma(r, power, -c[tanh64Half], c[tanh64Half]) + h
	low = fma(r, polynomial(r, c[tanh64Polynomial:], g), float64(g*g), low)
	numerator := exact + low
	numeratorRest := (exact - numerator) + low
	denominator := numerator + power
	denominatorRest := (numerator - (denominator - power)) + numeratorRest
	inverse := 1 / denominator
	q := float64(numerator * inverse)
	residue := fma(r, -q, denominator, numerator) + numeratorRest
	residue = fma(r, -q, denominatorRest, residue)
	return math.Copysign(fma(r, residue, inverse, q), x)
}
