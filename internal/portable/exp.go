package portable

import "math"

// ln2 in two forms: the sum of three numbers, of which the first is short enough for its products
// with an exponent to be exact, and a double.
const (
	ln2Short  = 0x1.62e42feep-1
	ln2Middle = 0x1.a39ef35793c76p-33
	ln2Rest   = 0x1.cc01f97b57a08p-87
)

var (
	ln2 = double{0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56}
	one = double{1, 0}

	// inverseFactorials are 1/n!.
	inverseFactorials = func() (c [28]double) {
		c[0] = one
		for n := 1; n < len(c); n++ {
			c[n] = c[n-1].over(double{float64(n), 0})
		}
		return c
	}()
	// inverseOdds are 1/(2k+1).
	inverseOdds = func() (c [21]double) {
		for k := range c {
			c[k] = one.over(double{float64(2*k + 1), 0})
		}
		return c
	}()
)

// expParts returns n and m for exp(x) = 2ⁿ·(1+m), |m| < 0.42: the rest of x/ln 2 is divided by 2⁸,
// where the series is short, and 1+m squared 8 times without losing the small m. |x| < 1000.
func expParts(x double) (n float64, m double) {
	n = math.RoundToEven(float64(x.hi * (1 / math.Ln2)))
	r := twoSum(x.hi, -float64(n*ln2Short))
	r = r.plus(double{x.lo, 0})
	r = r.minus(twoProduct(n, ln2Middle))
	r = r.minus(double{float64(n * ln2Rest), 0})
	s := r.scaled(1.0 / 256)
	m = s.times(series(inverseFactorials[1:10], 5, s))
	for range 8 {
		m = m.scaled(2).plus(m.times(m))
	}
	return n, m
}

// expOf returns exp(x)·2ⁿ, rounded.
func expOf(x double, n int) float64 {
	switch {
	case x.hi > 711:
		return math.Inf(1)
	case x.hi < -747:
		return 0
	}
	k, m := expParts(x)
	return math.Ldexp(one.plus(m).value(), int(k)+n)
}

// Expm1 returns exp(x) − 1.
func Expm1(x float64) float64 {
	switch {
	case math.Abs(x) < 0x1p-54 || x != x:
		return x
	case x > 60:
		return expOf(double{x, 0}, 0)
	case x < -60:
		return -1
	}
	return expm1(x).value()
}

// expm1 returns exp(x) − 1 for |x| ≤ 60.
func expm1(x float64) double {
	n, m := expParts(double{x, 0})
	if n == 0 {
		return m
	}
	return one.plus(m).scaled(math.Ldexp(1, int(n))).minus(one)
}

// Sinh returns (exp(x) − exp(−x))/2.
func Sinh(x float64) float64 {
	return odd(x, func(x float64) float64 {
		if x > 40 {
			return expOf(double{x, 0}, -1)
		}
		m := expm1(x)
		return m.plus(m.over(one.plus(m))).scaled(0.5).value()
	})
}

// Cosh returns (exp(x) + exp(−x))/2.
func Cosh(x float64) float64 {
	x = math.Abs(x)
	if x > 40 || x != x {
		return expOf(double{x, 0}, -1)
	}
	e := one.plus(expm1(x))
	return e.plus(one.over(e)).scaled(0.5).value()
}

// Log1p returns ln(1 + x).
func Log1p(x float64) float64 {
	switch {
	case math.Abs(x) < 0x1p-54 || x != x || math.IsInf(x, 1):
		return x
	case x == -1:
		return math.Inf(-1)
	case x < -1:
		return math.NaN()
	}
	return log1p(double{x, 0}).value()
}

// log1p returns ln(1 + x) for x > −1.
func log1p(x double) double {
	if x.hi < -0.29 || x.hi > 0.41 {
		return logOf(twoSum(1, x.hi).plus(double{x.lo, 0}))
	}
	return logNear1(x)
}

// logNear1 returns ln(1 + x) = 2·artanh(x/(2+x)) for −0.3 < x < 0.42.
func logNear1(x double) double {
	s := x.over(x.plus(double{2, 0}))
	return s.scaled(2).times(series(inverseOdds[:], 11, s.times(s)))
}

// logOf returns ln(x) for a positive x.
func logOf(x double) double {
	f, n := math.Frexp(x.hi)
	if f < math.Sqrt2/2 {
		f, n = 2*f, n-1
	}
	rest := double{f - 1, 0}.plus(double{math.Ldexp(x.lo, -n), 0})
	return logNear1(rest).plus(ln2.times(double{float64(n), 0}))
}

// Asinh returns the inverse of Sinh: ln(x + √(x²+1)), without cancellation ln(1 + x +
// x²/(1+√(x²+1))).
func Asinh(x float64) float64 {
	return odd(x, func(x float64) float64 {
		switch {
		case math.IsInf(x, 1):
			return x
		case x > 0x1p60:
			return logOf(double{x, 0}).plus(ln2).value()
		}
		square := twoProduct(x, x)
		more := square.over(square.plus(one).sqrt().plus(one))
		return log1p(double{x, 0}.plus(more)).value()
	})
}

// Acosh returns the inverse of Cosh for x ≥ 1: ln(1 + t + √(2t+t²)) with t = x − 1.
func Acosh(x float64) float64 {
	switch {
	case x < 1 || x != x:
		return math.NaN()
	case x == 1:
		return 0
	case math.IsInf(x, 1):
		return x
	case x > 0x1p60:
		return logOf(double{x, 0}).plus(ln2).value()
	}
	t := twoSum(x, -1)
	return log1p(t.plus(t.times(t.plus(double{2, 0})).sqrt())).value()
}

// Atanh returns the inverse of tanh for |x| ≤ 1: ½·ln(1 + 2x/(1−x)).
func Atanh(x float64) float64 {
	return odd(x, func(x float64) float64 {
		switch {
		case x > 1:
			return math.NaN()
		case x == 1:
			return math.Inf(1)
		}
		return log1p(double{2 * x, 0}.over(twoSum(1, -x))).scaled(0.5).value()
	})
}

// Pow returns x to the power y. Pow(x, 2) is x·x, Pow(x, 0.5) the square root of a positive x, and
// Pow(x, −1) is 1/x.
func Pow(x, y float64) float64 {
	switch {
	case y == 0 || x == 1:
		return 1
	case x != x || y != y:
		return math.NaN()
	case y == 1:
		return x
	case y == 2:
		return float64(x * x)
	case y == -1:
		return 1 / x
	case y == 0.5 && x > 0:
		return math.Sqrt(x)
	}
	isWhole := y == math.Floor(y)
	isOdd := isWhole && math.Abs(y) < 0x1p53 && int64(y)&1 == 1
	size := math.Abs(x)
	var power float64
	switch {
	case math.IsInf(y, 0) && size == 1:
		return 1
	case math.IsInf(y, 0) || math.IsInf(x, 0) || x == 0:
		if (size > 1) == (y > 0) {
			power = math.Inf(1)
		}
	case x < 0 && !isWhole:
		return math.NaN()
	default:
		power = powOf(size, y)
	}
	if isOdd {
		return math.Copysign(power, x)
	}
	return power
}

// powOf returns exp(y·ln x) for a positive x.
func powOf(x, y float64) float64 {
	l := logOf(double{x, 0})
	switch rough := float64(l.hi * y); {
	case rough > 711:
		return math.Inf(1)
	case rough < -747:
		return 0
	case math.Abs(rough) < 0x1p-60:
		return 1
	}
	return expOf(l.times(double{y, 0}), 0)
}
