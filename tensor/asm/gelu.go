package asm

import "math"

// gelu(x) = x·Φ(x), where Φ is the distribution function of the standard normal distribution:
// x·½(1+erf(x/√2)). With y = |x|,
//
//	gelu(x) = max(x, 0) − y·Φ(−y), Φ(−y) = exp(−y²/2)·g(y)
//
// loses nothing in the tail on the left, where Φ itself would cancel. g, Mills' ratio divided by
// √(2π), falls slowly from 1/2 like 1/(y·√(2π)). y² is kept in two parts, exp(−y²/2) is found as in
// sigmoid.go, with the polynomial from there, and g comes in two parts, so that all of it is
// rounded once:
//
//	exp(−y²/2) = 2ⁿ·((1−s) + t), |s| ≤ 0.3468, y·g = r + rest,
//	y·Φ(−y) = 2ⁿ·((r − r·s) + (r·t + rest·(1−s))).
//
// The derivative is Φ(x) + x·φ(x), with φ the density exp(−x²/2)/√(2π): what follows from
//
//	Φ(−y) − y·φ(y) = exp(−y²/2)·(g(y) − y/√(2π))
//
// at negative x, and 1 less that at positive x.
//
// # float32
//
// As in tanh.go, g is a polynomial on each of 16 intervals,
//
//	g(y) = a₀ + h·(a₁ + h·(a₂ + … + h·a₆)), h = y − center,
//
// whose place in the tables is the lowest two bits of the exponent and the highest two of the
// fraction of 1+y. The center is chosen for g(center) to be almost exactly the float32 a₀, so that
// a₀ and what is added to it are g in two parts. The others come from Sollya:
//
//	fpminimax(g(x+center), [|1,…,6|], [|SG…|], [low-center;high-center], floating, absolute, a0)
//
// with an error below 0.1·2⁻²⁴ relative to g.
//
// # float64
//
//	g(y) = F(t)/(1 + b·y), t = (y−k)/(y+k), F(t) = c₀ + t·(c₁ + …),
//
// with b chosen to make F nearly flat, where an error of t matters little, and k to keep the degree
// low. F comes from Sollya:
//
//	fpminimax((1+b*k*(1+x)/(1-x))*g(k*(1+x)/(1-x)), 22, [|D…|], [-1;0.7712], floating, relative)
//
// with a relative error below 0.24·2⁻⁵³.
const (
	geluHigh    = iota // y·Φ(−y) rounds to 0 here
	geluHalf           // 1/2
	geluOne            // 1
	geluScale          // a power of two: times 2ⁿ it is a normal number for any n in use
	geluUnscale        // its inverse
	geluShift          // its exponent
	geluDensity        // 1/√(2π), the density at 0
	geluSign           // a number whose only bit is the sign
	geluK              // k, and what else float64 needs
	geluMinusK
	geluB
	geluPolynomial // F's coefficients from the highest degree down
)

var gelu32 = [...]float32{14.5, 0.5, 1, 0x1p100, 0x1p-100, 100, 0x1.988454p-2,
	float32(math.Copysign(0, -1))}

var gelu64 = [...]float64{
	38.7, 0.5, 1, 0x1p512, 0x1p-512, 512, 0x1.9884533d43651p-2, math.Copysign(0, -1), 5, -5, 0.8125,
	0x1.2f826e99cdd8ep-31, 0x1.ab42054526c51p-29, 0x1.81465e4d93f85p-31,
	-0x1.a9f53eb82b82dp-26, -0x1.56ce62b201c45p-26,
	0x1.4ac2ea32560bdp-23, 0x1.f14cabe1a683p-24, -0x1.1168987c563dfp-20,
	-0x1.881899434f226p-23, 0x1.de150344d4e2cp-18,
	-0x1.c8024b542f943p-18, -0x1.6bddc9d19ab85p-15, 0x1.1eecbd430a737p-13,
	0x1.084e29b502a15p-15, -0x1.5a32da5292e15p-10,
	0x1.3e0d605b8b509p-8, -0x1.5ca776f71daf6p-7, 0x1.fd6ac761b101cp-7,
	-0x1.98e0ca148ca23p-7, -0x1.cd4bbb1f61b22p-8,
	0x1.80d1e033b2535p-5, -0x1.9edc84793c3bfp-4, 0x1.8ebfead4cc78dp-2,
}

// The tables of gelu32's intervals: the centers, then the coefficients from the highest down.
const (
	geluCenters      = 0
	geluFirst        = 1
	geluCoefficients = 7
)

var geluTables = [1 + geluCoefficients][16]float32{
	{ // centers
		0x1.3ff1b8p0, 0x1.bffd44p0, 0x1.1ff24p1, 0x1.600268p1,
		0x1.bffd08p1, 0x1.1ff76p2, 0x1.5ff446p2, 0x1.a007bcp2,
		0x1.00051cp3, 0x1.3ff586p3, 0x1.7fff9ap3, 0x1.b7f7p3,
		0, 0x1.800c1ep-2, 0x1.3ff29ep-1, 0x1.bff496p-1,
	},
	{ // a₆
		0x1.400d56p-11, 0x1.e5ed62p-13, 0x1.8e82f4p-14, 0x1.606f0cp-15,
		0x1.dada8ep-17, 0x1.040e26p-18, 0x1.515ec6p-20, 0x1.f8bc8ap-22,
		0x1.1c4ebp-23, 0x1.0daadp-25, 0x1.432234p-27, 0x1.ff984p-29,
		0x1.e2a752p-8, 0x1.123a4ap-8, 0x1.2fb686p-9, 0x1.668d46p-10,
	},
	{ // a₅
		-0x1.0668cp-9, -0x1.b4f8c4p-11, -0x1.8a4336p-12, -0x1.7b7578p-13,
		-0x1.211ee6p-14, -0x1.72322ep-16, -0x1.142558p-17, -0x1.d07e5ap-19,
		-0x1.36b576p-20, -0x1.65f52ap-22, -0x1.f8865ap-24, -0x1.c544d4p-25,
		-0x1.a1a1bep-6, -0x1.761b6ep-7, -0x1.b56ffep-8, -0x1.0d952p-8,
	},
	{ // a₄
		0x1.9013a8p-8, 0x1.722146p-9, 0x1.70f96ap-10, 0x1.87ad96p-11,
		0x1.4faf0ap-12, 0x1.fa6e4ap-14, 0x1.b67edcp-15, 0x1.a64ae4p-16,
		0x1.4997e2p-17, 0x1.d127aap-19, 0x1.857862p-20, 0x1.93bda2p-21,
		0x1.fe499ep-5, 0x1.dc2396p-6, 0x1.27c5dp-6, 0x1.78b128p-7,
	},
	{ // a₃
		-0x1.1f4722p-6, -0x1.296532p-7, -0x1.49e124p-8, -0x1.838558p-9,
		-0x1.7e8008p-10, -0x1.55d7e6p-11, -0x1.5824f4p-12, -0x1.7b4662p-13,
		-0x1.616084p-14, -0x1.3075a6p-15, -0x1.2ddebap-16, -0x1.63d908p-17,
		-0x1.104d38p-3, -0x1.15c34ap-4, -0x1.6ea2fcp-5, -0x1.efaa3ap-6,
	},
	{ // a₂
		0x1.7b91dcp-5, 0x1.bd4abap-6, 0x1.15c4fep-6, 0x1.6c58c6p-7,
		0x1.a2a5b8p-8, 0x1.bfdd7ep-9, 0x1.07fb8ep-9, 0x1.4e93d8p-10,
		0x1.7610bep-11, 0x1.8b17a4p-12, 0x1.d0fcdp-13, 0x1.381478p-13,
		0x1.ffff76p-3, 0x1.222a36p-3, 0x1.9a5412p-4, 0x1.28c738p-4,
	},
	{ // a₁
		-0x1.c4a85p-4, -0x1.325618p-4, -0x1.b423a2p-5, -0x1.4327acp-5,
		-0x1.b6086ap-6, -0x1.1bf1dep-6, -0x1.8b3184p-7, -0x1.21a476p-7,
		-0x1.86a95cp-8, -0x1.fc1328p-9, -0x1.63d082p-9, -0x1.10579cp-9,
		-0x1.988452p-2, -0x1.06bc42p-2, -0x1.932e06p-3, -0x1.3bb5f6p-3,
	},
	{ // a₀
		0x1.d8a57ep-3, 0x1.7b5c6p-3, 0x1.3ab994p-3, 0x1.0bb7e4p-3,
		0x1.b39984p-4, 0x1.5b645ep-4, 0x1.2028b6p-4, 0x1.eb9d3ep-5,
		0x1.9261a6p-5, 0x1.43adfp-5, 0x1.0e7e14p-5, 0x1.d8ed54p-6,
		0x1p-1, 0x1.84b3eap-2, 0x1.4b2326p-2, 0x1.1e7fb2p-2,
	},
}

func gelu[T Float](r rounding, dst, x []T) {
	c := constantsOf[T](gelu32[:], gelu64[:])
	for i := range dst {
		v := x[i]
		y := clamp(T(math.Abs(float64(v))), 0, c[geluHigh])
		g, rest := mills(r, y)
		s, t, power := halfSquareExp(r, y)
		product := T(y * g)
		rest = fma(r, y, rest, fma(r, y, g, -product))
		rest = fma(r, product, t, fma(r, -rest, s, rest))
		head := fma(r, -product, s, product)
		rest += fma(r, -product, s, product-head)
		tail := T((head + rest) * power)
		if math.Signbit(float64(v)) {
			v *= 0 // a zero of the result's sign, but NaN for −∞
		}
		dst[i] = fma(r, -c[geluUnscale], tail, v)
	}
}

func geluGrad[T Float](r rounding, dst, g, x []T) {
	c := constantsOf[T](gelu32[:], gelu64[:])
	for i := range dst {
		y := clamp(T(math.Abs(float64(x[i]))), 0, c[geluHigh])
		ratio, _ := mills(r, y)
		s, t, power := halfSquareExp(r, y)
		ratio = fma(r, -c[geluDensity], y, ratio)
		tail := T(fma(r, ratio, t-s, ratio) * power)
		step := T(1)
		if math.Signbit(float64(x[i])) {
			step, tail = 0, -tail
		}
		dst[i] = g[i] * fma(r, -c[geluUnscale], tail, step)
	}
}

// mills returns g(y) and what its rounding took.
func mills[T Float](r rounding, y T) (g, rest T) {
	switch y := any(y).(type) {
	case float32:
		g, rest := mills32(r, y)
		return T(g), T(rest)
	case float64:
		g, rest := mills64(r, y)
		return T(g), T(rest)
	}
	return
}

func mills32(r rounding, y float32) (g, rest float32) {
	i := math.Float32bits(y+1) >> 21 & 15
	h := y - geluTables[geluCenters][i]
	p := geluTables[geluFirst][i]
	for k := geluFirst + 1; k < geluCoefficients; k++ {
		p = fma(r, p, h, geluTables[k][i])
	}
	a := geluTables[geluCoefficients][i]
	g = fma(r, p, h, a)
	return g, fma(r, p, h, a-g)
}

func mills64(r rounding, y float64) (g, rest float64) {
	c := gelu64[:]
	t := (y + c[geluMinusK]) / (y + c[geluK])
	last := len(c) - 1
	p := polynomial(r, c[geluPolynomial:last], t)
	f := fma(r, p, t, c[last])
	fRest := fma(r, p, t, c[last]-f)
	d := fma(r, c[geluB], y, 1)
	dRest := fma(r, c[geluB], y, 1-d)
	g = f / d
	return g, fma(r, -g, dRest, fma(r, -g, d, f)+fRest) / d
}

// halfSquareExp returns s, t and 2ⁿ·geluScale with exp(−y²/2) = 2ⁿ·((1−s) + t), in terms of
// sigmoid.go's reduction and polynomial.
func halfSquareExp[T Float](r rounding, y T) (s, t, power T) {
	c, e := constantsOf[T](gelu32[:], gelu64[:]), constantsOf[T](sigmoid32[:], sigmoid64[:])
	half := T(y * c[geluHalf])
	square := T(half * y)
	rest := fma(once, half, y, -square) // generic, too, has to know it: exp makes it relative
	n := fma(r, square, e[sigmoidLog2E], e[sigmoidMagic]) - e[sigmoidMagic]
	high, low := fma(r, n, e[sigmoidLn2High], square), fma(r, n, e[sigmoidLn2Low], rest)
	s = high + low
	low = (high - s) + low
	t = fma(r, polynomial(r, e[sigmoidPolynomial:], s), T(s*s), -low)
	return s, t, powerOfTwo(n + c[geluShift])
}
