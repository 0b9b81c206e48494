package asm

import "math"

// The logarithm is computed as
//
//	x = 2ᵏ·m, 3/4 ≤ m < 3/2, f = m − 1, log(x) = k·ln 2 + (f + f²·q(f)).
//
// q comes from Sollya:
//
//	fpminimax((log1p(x)-x)/x^2, [|0,…,d|], [|SG…|] or [|D…|], [-0.25;0.5], floating, absolute)
//
// with d = 8 for float32 (the error of the exact polynomial relative to log1p(f) is below
// 0.24·2⁻²⁴) and d = 19 for float64 (0.26·2⁻⁵³).
const (
	logLn2           = iota // ln 2 rounded down
	logLn2Low               // and the rest of it
	logOne                  // 1
	logThreeQuarters        // 3/4, the lower end of m
	logHalf                 // the fraction's highest bit: adding it carries when m ≥ 3/2
	logFraction             // a number whose bits are all those of the fraction
	logMagic                // 2²³ or 2⁵²: or-ing it to a small integer gives the float 2²³ + integer
	logBias                 // 2²³ or 2⁵², and the bias of the exponent
	logBiasSub              // the same, when x was scaled
	logNormal               // the smallest normal number
	logScale                // the power of two that makes a subnormal x normal
	logScaleExponent        // its exponent
	logInfinity             // +∞
	logPolynomial           // coefficients of q from here on, the highest degree first
)

var log32 = [...]float32{
	0x1.62e42ep-1, 0x1.efa39ep-25, 1, 0.75, 0x1p-127, 0x0.fffffep-126,
	0x1p23, 0x1p23 + 127, 0x1p23 + 127 + 24, 0x1p-126, 0x1p24, 24,
	float32(math.Inf(1)),
	-0x1.928ba2p-5, 0x1.ba3f34p-4, -0x1.0d452cp-3, 0x1.275b46p-3, -0x1.54defp-3,
	0x1.997a94p-3, -0x1.00009cp-2, 0x1.55557cp-2, -0x1p-1,
}

var log64 = [...]float64{
	0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56, 1, 0.75, 0x1p-1023, 0x0.fffffffffffffp-1022,
	0x1p52, 0x1p52 + 1023, 0x1p52 + 1023 + 54,
	0x1p-1022, 0x1p54, 54, math.Inf(1),
	0x1.27574ea7e8e68p-7, -0x1.01ca696ff53d9p-5, 0x1.ac2ac563df1e1p-5,
	-0x1.ea62d5c41aeb5p-5, 0x1.ef812d65f3795p-5,
	-0x1.fed3780efe65ap-5, 0x1.102fde32bd0cap-4, -0x1.2479c52c8f239p-4,
	0x1.3b2003f200c93p-4, -0x1.5557e98cf59f8p-4,
	0x1.745cc3e916a06p-4, -0x1.99997ea4e7397p-4, 0x1.c71c72b44d604p-4,
	-0x1.00000046338acp-3, 0x1.24924924841e8p-3,
	-0x1.55555554a460ap-3, 0x1.99999999980eep-3, -0x1.0000000000571p-2,
	0x1.555555555555ep-2, -0x1.fffffffffffffp-2,
}

func log[T Float](r rounding, dst, x []T) {
	c := constantsOf[T](log32[:], log64[:])
	for i := range dst {
		dst[i] = logOf(r, c, x[i])
	}
}

// logOf returns ln(x), given the table of constants.
func logOf[T Float](r rounding, c []T, x T) T {
	switch {
	case x != x || x == c[logInfinity]:
		return x
	case x < 0:
		return T(math.NaN())
	case x == 0:
		return T(math.Inf(-1))
	}
	m, exponent := math.Frexp(float64(x))
	if m < 0.75 {
		m, exponent = m*2, exponent-1
	}
	f, k := T(m)-1, T(exponent)
	q := polynomial(r, c[logPolynomial:], f)
	low := fma(r, k, c[logLn2Low], T(q*T(f*f)))
	return fma(r, k, c[logLn2], f+low)
}
